/** The inspector: a live list of all streams of a mock, and one stream on a time axis. */

import { Address } from "./address.js"
import * as api from "./api.js"
import { setText } from "./element.js"
import { Feed } from "./feed.js"
import "./scenario-errors.js"
import "./shortcuts.js"
import { Store } from "./store.js"
import { fits, renderRow, ROW_HEIGHT } from "./stream-row.js"
import "./stream-story.js"
import "./theme.js"
import "./virtual-rows.js"

const BATCH_MS = 16 // about one animation frame
const $ = (selector) => document.querySelector(selector)
const feed = new Feed(api.feedUrl(BATCH_MS))
const store = new Store(feed)
const list = $("#streams")
const view = $("stream-story")
const filter = $("#filter")

view.actions = api
list.rowHeight = ROW_HEIGHT
list.anchored = true
list.keyOf = ({ number }) => number
list.render = renderRow
list.addEventListener("choose", ({ detail }) => store.choose(detail))
filter.addEventListener("input", () => store.touch())
feed.addEventListener("open", () => setText($("#connection"), ""))
feed.addEventListener("lost", () => setText($("#connection"), "The mock cannot be reached. Is it still running? The page tries again every second."))
$(".skip").addEventListener("click", (event) => {
  event.preventDefault() // the address belongs to the selected stream
  $("#story").focus()
})

$("shortcut-help").keys = {
  "/": () => filter.focus(),
  j: () => step(-1),
  k: () => step(1),
  z: () => view.zoomIn(),
  escape: () => (view.hasRange || view.zoomed ? view.back() : false),
}
new Address(store)

store.addEventListener("draw", () => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean)
  const shown = words.length ? store.rows.filter((row) => fits(row, words)) : store.rows
  list.show(shown, store.chosen)
  view.show(store.story, store)
  list.settle()
  const live = store.rows.filter(({ ending }) => ending === null).length
  setText($("#live"), `${live} of ${store.rows.length} live`)
  setText($("#no-match"), shown.length || !store.rows.length ? "" : "No stream matches.")
  $("scenario-errors").show(store.errors)
  $("#chat").hidden = store.chatUrl === null
  if (store.chatUrl !== null) $("#chat").href = store.chatUrl
})

function step(by) {
  store.step(by)
  const at = list.items.findIndex(({ number }) => number === store.chosen)
  if (at >= 0) list.reveal(at)
}
