/** The details pane: everything about the selected write, event or frame, else the request. */

import { bytesOf, hexDump, parts } from "./bytes.js"
import { partNodes } from "./list-rows.js"
import { parse } from "./tokens.js"
import { count, time } from "./units.js"

const DUMP_BYTES = 16_384

export function writeDetails(story, write) {
  const bytes = story.bytes(write)
  const shown = bytes.subarray(0, DUMP_BYTES)
  const left = write.size - shown.length
  const due = story.planned_ms[write.index]
  const planned = due === undefined ? "" : `, planned at ${time(due)}`
  const more = left ? `\n… and ${count(left, "more byte")}` : ""
  return [`write ${write.index + 1} at ${time(write.at_ms)}${planned}, ${count(write.size, "byte")}\n\n`, ...partNodes(parts(shown)), `\n\n${hexDump(shown)}${more}`]
}

export function eventDetails({ index, at_ms, event, id, data, write, kind }) {
  return [`event ${index + 1} at ${time(at_ms)}, completed by write ${write + 1}\nevent: ${event}\nid: ${id}\ndata: ${data}${kind === "raw" ? "" : asJson(data)}`]
}

export function frameDetails({ index, at_ms, connection, event, id, data, delay_ms }) {
  const delay = delay_ms === undefined ? "" : `, ${time(delay_ms)} after the write of its event`
  return [`frame ${index + 1} at ${time(at_ms)} on connection ${connection}${delay}\nevent: ${event}\nid: ${id}\ndata: ${data}${asJson(data)}`]
}

export function requestDetails({ method, path, headers, body }) {
  const lines = headers.map(([name, value]) => `${name}: ${value}`)
  const sent = bytesOf(body.base64)
  return [`${method} ${path}\n${lines.join("\n")}\n`, ...(sent.length ? [asJson(body.text).slice(1) || `\n${body.text.slice(0, DUMP_BYTES)}`] : [])]
}

/** JSON with one key per line; empty for other data. */
function asJson(data) {
  const value = parse(data)
  return value === null || typeof value !== "object" ? "" : `\n\n${JSON.stringify(value, null, 2)}`
}
