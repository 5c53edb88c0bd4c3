/** A row of the list of streams, and the filter of the list. */

import { element, setText } from "./element.js"
import { count, time } from "./marks.js"

export const ROW_HEIGHT = 58

/** Tell whether a row contains every word of a filter; the words `live` and `ended` match its state. */
export function fits(row, words) {
  const state = row.ending === null ? "live" : "ended"
  const text = [state, row.state, row.ending, row.scenario, row.question, row.run, row.path, `#${row.number}`, ...(row.faults ?? [])].join(" ").toLowerCase()
  return words.every((word) => text.includes(word))
}

export function renderRow(node, row) {
  if (!node.firstChild) {
    for (const name of ["name", "state", "numbers", "fault"]) node.append(element("span", { className: name }))
  }
  const [name, state, numbers, fault] = node.children
  setText(name, `#${row.number} ${row.scenario ?? row.path}`)
  setText(state, row.ending ?? row.state ?? "")
  node.classList.toggle("live", row.ending === null)
  node.classList.toggle("failed", row.ending !== null && row.ending !== "finished")
  setText(numbers, [...amounts(row), age(row)].filter(Boolean).join(" · "))
  setText(fault, [row.attempt > 1 ? `attempt ${row.attempt}` : "", ...(row.faults ?? []).map((text) => text.split(":")[0])].filter(Boolean).join(", ") || (row.question ?? ""))
  fault.classList.toggle("faulty", Boolean(row.faults?.length))
}

/** The bytes and events of the reply, if they are known. */
function amounts({ total_bytes, total_events }) {
  return total_bytes === null ? [] : [`${total_bytes.toLocaleString("en")} B`, count(total_events, "event")]
}

/** The time since the last byte of a live stream. */
function age({ ending, lastByteAt }) {
  if (ending !== null) return ""
  return lastByteAt === null ? "no byte yet" : `idle ${time(Math.round((performance.now() - lastByteAt) / 100) * 100)}`
}
