/** The inspector: a live list of all streams of a mock, and one stream on a time axis. */

import { API } from "./api.js"
import { setText } from "./element.js"
import { Feed } from "./feed.js"
import { Store } from "./store.js"
import { fits, renderRow, ROW_HEIGHT } from "./stream-row.js"
import "./stream-story.js"
import "./theme.js"
import "./virtual-rows.js"

const $ = (selector) => document.querySelector(selector)
const feed = new Feed(API)
const store = new Store(feed)
const list = $("#streams")

list.rowHeight = ROW_HEIGHT
list.keyOf = ({ number }) => number
list.render = renderRow
list.addEventListener("choose", ({ detail }) => store.choose(detail))
$("#filter").addEventListener("input", () => store.touch())
$("stream-story").store = store

feed.addEventListener("open", () => setText($("#connection"), ""))
feed.addEventListener("lost", () => setText($("#connection"), "The connection to the mock is lost; reconnecting …"))

store.addEventListener("draw", () => {
  const words = $("#filter").value.toLowerCase().split(/\s+/).filter(Boolean)
  const rows = [...store.rows.values()].reverse()
  list.show(rows.filter((row) => fits(row, words)), store.chosen)
  const live = rows.filter(({ ending }) => ending === null).length
  setText($("#live"), `${live} of ${rows.length} live`)
})
