/** The rows of the lists: writes as bytes, events and delivered frames by what they say. */

import { hex, isCut, parts, textParts } from "./bytes.js"
import { element, setText } from "./element.js"
import { sourcesOf, textOf } from "./tokens.js"
import { listTime, size, time } from "./units.js"

const CUT = "incomplete or invalid character"
const HEAD = [...new TextEncoder().encode("HTTP/1.")]
const SHOWN = 400 // bytes or characters of an item in its row

/** Show a write as text, or as hex. */
export function renderWrite(row, write, bytes, asHex) {
  const key = `${asHex}/${write.index}`
  if (row.shown === key) return
  row.shown = key
  const line = bytes.subarray(0, SHOWN)
  const cut = bytes.length === write.size && isCut(bytes)
  const [at, length, mark, code] = cells(row, ["at", "size", "cut-mark"], "code")
  at.textContent = listTime(write.at_ms)
  length.textContent = size(write.size)
  mark.hidden = !cut
  if (cut) Object.assign(mark, { textContent: "✂", role: "img", ariaLabel: CUT, title: CUT })
  code.classList.toggle("end-first", !asHex && bytes.length <= SHOWN && !isHead(bytes))
  code.replaceChildren(asHex ? hex(line) : element("bdi", { dir: "ltr" }, ...partNodes(parts(line))))
}

/** Tell whether bytes begin the head of a response. */
function isHead(bytes) {
  return HEAD.every((byte, at) => bytes[at] === byte)
}

export function renderEvent(row, event) {
  if (row.shown === event.index) return
  row.shown = event.index
  const [at, kind, what] = cells(row, ["at", "kind", "said"])
  at.textContent = listTime(event.at_ms)
  showKind(kind, event.kind, event.event)
  what.replaceChildren(...said(event, event.text))
}

/** Show a frame with the time since its event was written, if it repeats one. */
export function renderFrame(row, frame) {
  if (row.shown === frame.index) return
  row.shown = frame.index
  const event = { kind: kindOf(frame), data: frame.data }
  const [at, delay, kind, what] = cells(row, ["at", "size", "kind", "said"])
  at.textContent = listTime(frame.at_ms)
  delay.textContent = frame.delay_ms === undefined ? "" : `+${time(Math.max(0, frame.delay_ms))}`
  showKind(kind, event.kind, frame.event)
  what.replaceChildren(...said(event, event.kind === "content" ? textOf(event) : null))
}

/** What an event says: its text, the titles of its sources, or its data. */
function said(event, text) {
  if (text !== null) return tokenNodes(text.slice(0, SHOWN))
  const titles = sourcesOf(event).flatMap(({ title }, at) => [at ? " · " : "", element("span", { className: "title", textContent: title })])
  return titles.length ? titles : [element("code", { textContent: event.data.slice(0, SHOWN) })]
}

function showKind(node, kind, name) {
  const className = `kind ${kind}`
  if (node.className !== className) node.className = className
  setText(node, name)
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

/** The cells of a row, made on first use: spans with these classes, and perhaps a last element. */
function cells(row, classNames, last = null) {
  if (!row.cells) {
    row.cells = [...classNames.map((className) => element("span", { className })), ...(last ? [element(last)] : [])]
    row.replaceChildren(...row.cells)
  }
  return row.cells
}
