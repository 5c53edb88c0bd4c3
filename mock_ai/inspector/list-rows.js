/** The rows of the lists: writes as bytes, events and delivered frames by what they say. */

import { hex, isCut, parts, textParts } from "./bytes.js"
import { element } from "./element.js"
import { listTime, size, time } from "./marks.js"
import { sourcesOf, textOf } from "./tokens.js"

const SHOWN = 400 // bytes or characters of an item in its row

/** Show a write as text, or as hex. */
export function renderWrite(row, write, bytes, asHex) {
  const key = `${asHex}/${write.index}`
  if (row.shown === key) return
  row.shown = key
  const line = bytes.subarray(0, SHOWN)
  const cut = bytes.length === write.size && isCut(bytes)
  row.replaceChildren(
    cell("at", listTime(write.at_ms)),
    cell("size", size(write.size)),
    ...(cut ? [cell("cut-mark", "✂", "incomplete or invalid character")] : []),
    element("code", {}, ...(asHex ? [hex(line)] : partNodes(parts(line)))),
  )
}

export function renderEvent(row, event) {
  if (row.shown === event.index) return
  row.shown = event.index
  row.replaceChildren(cell("at", listTime(event.at_ms)), cell(`kind ${event.kind}`, event.event), said(event, event.text))
}

/** Show a frame with the time since its event was written, if it repeats one. */
export function renderFrame(row, frame) {
  if (row.shown === frame.index) return
  row.shown = frame.index
  const delay = frame.delay_ms === undefined ? "" : `+${time(Math.max(0, frame.delay_ms))}`
  const kind = kindOf(frame)
  row.replaceChildren(cell("at", listTime(frame.at_ms)), cell("size", delay), cell(`kind ${kind}`, frame.event), said({ kind, data: frame.data }, kind === "content" ? textOf({ kind, data: frame.data }) : null))
}

/** What an event says: its text, the titles of its sources, or its data. */
function said(event, text) {
  if (text !== null) return element("span", { className: "token" }, ...tokenNodes(text.slice(0, SHOWN)))
  const titles = sourcesOf(event).flatMap(({ title }, at) => [at ? " · " : "", element("span", { className: "title", textContent: title })])
  if (titles.length) return element("span", { className: "source-titles" }, ...titles)
  return element("code", { textContent: event.data.slice(0, SHOWN) })
}

/** The kind of a delivered frame; the feed has it only for events of the AI service. */
function kindOf({ event, data }) {
  if (event === "sources" || event === "end") return event
  return textOf({ kind: "content", data }) === null ? "other" : "content"
}

/** Text with visible control characters, and with visible spaces at its ends. */
function tokenNodes(text) {
  const [, before, inner, after] = /^( *)([^]*?)( *)$/.exec(text)
  const space = (spaces) => (spaces ? [element("span", { className: "space-mark", textContent: spaces })] : [])
  return [...space(before), ...partNodes(textParts(inner)), ...space(after)]
}

/** Bytes as DOM nodes: text, visible control characters, and a mark for each incomplete character. */
export function partNodes(found) {
  return found.map(({ text, control, cut }) => {
    if (cut) return element("mark", { textContent: cut, title: "incomplete or invalid character" })
    return control ? element("span", { className: "control", textContent: control }) : text
  })
}

function cell(className, textContent, label = "") {
  const made = element("span", { className, textContent })
  if (label) Object.assign(made, { role: "img", ariaLabel: label, title: label })
  return made
}
