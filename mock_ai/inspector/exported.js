/** An exported page: the view of one stream, read from the page itself. */

import "./shortcuts.js"
import { Story } from "./story.js"
import "./stream-story.js"
import "./theme.js"

const view = document.querySelector("stream-story")
const timeline = JSON.parse(document.querySelector("#exported").textContent)

document.querySelector("shortcut-help").keys = {
  z: () => view.zoomIn(),
  escape: () => (view.hasRange || view.zoomed ? view.back() : false),
}
view.show(new Story(timeline, { frozen: true }))
