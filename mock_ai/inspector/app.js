/** The inspector: every stream of a mock as it happens, and one of them on an axis of time. */

import { API } from "./api.js"
import { say } from "./element.js"
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

feed.addEventListener("open", () => say($("#connection"), ""))
feed.addEventListener("lost", () => say($("#connection"), "The mock is gone; waiting for it …"))

store.addEventListener("draw", () => {
  const words = $("#filter").value.toLowerCase().split(/\s+/).filter(Boolean)
  const rows = [...store.rows.values()].reverse()
  list.show(rows.filter((row) => fits(row, words)), store.chosen)
  const live = rows.filter(({ ending }) => ending === null).length
  say($("#live"), `${live} live of ${rows.length}`)
})
