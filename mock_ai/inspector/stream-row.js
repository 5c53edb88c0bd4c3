/** A row of the list of streams, and the filter of the list. */

import { element, setClass, setText } from "./element.js"
import { count, size, time } from "./units.js"

export const ROW_HEIGHT = 68
const IDLE_MS = 1000
const LINES = [
  ["name", "code"],
  ["about", "fault"],
  ["state", "numbers"],
]

/** Short words for the endings that would not fit into a row. */
const SHORT = { "dropped by the control API": "dropped", "not a valid request": "invalid request" }

const REFUSED = new Set(["no scenario", "not for this request", "not a valid request"])

/** Tell whether a row contains every word of a filter; `live` and `ended` are states, `#12` is a number. */
export function fits(row, words) {
  if (!words.length) return true
  const state = row.ending === null ? "live" : "ended"
  const texts = [state, row.state, row.ending, row.status, row.scenario, row.endpoint, row.title, row.question, row.run, row.path, row.message_id, ...(row.faults ?? [])]
  const text = texts.join(" ").toLowerCase()
  return words.every((word) => (/^#\d+$/.test(word) ? word === `#${row.number}` : text.includes(word)))
}

export function renderRow(node, row) {
  if (!node.firstChild) {
    for (const names of LINES) node.append(element("div", { className: "line" }, ...names.map((className) => element("span", { className }))))
    node.cells = [...node.querySelectorAll("span")]
  }
  const [name, code, about, fault, state, numbers] = node.cells
  setText(name, `#${row.number} ${row.scenario ?? row.endpoint ?? "refused"}`)
  setText(code, String(row.status ?? ""))
  setText(about, questionOf(row) || row.title || row.path)
  setText(fault, [row.attempt > 1 ? `attempt ${row.attempt}` : "", ...(row.faults ?? []).map((text) => text.split(":")[0])].filter(Boolean).join(", "))
  setText(state, [stateOf(row), lasted(row)].filter(Boolean).join(" · "))
  setText(numbers, amounts(row))
  setClass(node, "live", row.ending === null)
  setClass(node, "failed", row.ending !== null && row.ending !== "finished")
  setClass(node, "refused", row.status >= 400)
}

/** The question without the scenario that it names. */
function questionOf({ question, scenario }) {
  const named = `/${scenario}`
  return question === named || question.startsWith(`${named} `) ? question.slice(named.length).trim() : question
}

function stateOf({ ending, state }) {
  return ending === null ? (state ?? "") : (SHORT[ending] ?? ending)
}

/** How long the reply took, or takes so far; and since when a live one has been silent. */
function lasted({ ending, ended_ms, startedAt, lastByteAt }) {
  if (ending !== null) return ended_ms === null ? "" : time(ended_ms)
  if (startedAt === null) return ""
  const idle = performance.now() - (lastByteAt ?? startedAt)
  return `${rough(performance.now() - startedAt)}${idle >= IDLE_MS ? ` · idle ${rough(idle)}` : ""}`
}

function rough(ms) {
  return time(Math.round(ms / 100) * 100)
}

/** The bytes and events of the reply, if they are known; a refused request has none. */
function amounts({ ending, total_bytes, total_events }) {
  return total_bytes && !REFUSED.has(ending) ? `${size(total_bytes)} · ${count(total_events, "event")}` : ""
}
