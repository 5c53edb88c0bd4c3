/**
 * One stream: planned writes, actual writes, and deliveries, with times from the start of the reply.
 *
 * `take` adds a feed message; it returns false if the story must be read again.
 */

import { bytesOf, sizeOf } from "./bytes.js"
import { RelayMatch } from "./relay-match.js"
import { sourcesOf, textOf } from "./tokens.js"

const ROUNDING_MS = 0.01

export class Story {
  writes = []
  /** The time of each write. */
  times = []
  events = []
  sources = []
  answer = ""
  firstToken_ms = null
  /** The longest time between two writes, and the index of the write that ended it. */
  gap_ms = null
  gapEnd = null
  #relay = new RelayMatch()
  #frozen
  #shifted = false

  /** A story from a timeline; a `frozen` one stays at the time when the timeline was made. */
  constructor({ sent, writes: _count, ...timeline }, { frozen = false } = {}) {
    Object.assign(this, timeline)
    this.readAt = performance.now()
    this.#frozen = frozen
    for (const write of sent) this.#add(write)
    this.delivered.forEach((frame, index) => (frame.index = index))
    this.#relay.update(this.delivered, this.events)
  }

  /** What tells this stream from all others, also after a restart of the mock. */
  get key() {
    return `${this.number} ${this.began_ms} ${this.method} ${this.path}`
  }

  get live() {
    return this.ending === null
  }

  /** The current time on the axis. */
  get elapsed() {
    if (this.began_ms === null) return 0
    return this.now_ms - this.began_ms + (this.#frozen ? 0 : performance.now() - this.readAt)
  }

  /** The time when each write is due; a running hold delays the writes after it. */
  dueTimes() {
    const done = this.writes.length
    if (!this.live || !this.waits_for || !done) return this.planned_ms
    const waited = Math.max(0, this.elapsed - this.planned_ms[done - 1])
    return this.planned_ms.map((ms, index) => (index < done ? ms : ms + waited))
  }

  /** The median time between the write of an event and its delivery; null without deliveries. */
  get relayDelay_ms() {
    return this.#relay.median_ms
  }

  /** Events per second, from the first to the last event; null for fewer than two. */
  get rate() {
    const [first, last] = [this.events[0], this.events.at(-1)]
    const spent = last ? last.at_ms - first.at_ms : 0
    return spent > 0 ? ((this.events.length - 1) * 1000) / spent : null
  }

  isSameMessage({ message_id }) {
    return message_id !== null && message_id === this.message_id
  }

  take(message) {
    if (this.began_ms === null) return false // it had no plan yet
    if (message.type === "write") return this.#takeWrite(message)
    if (message.type === "delivered") return this.#takeSeen(message)
    if (message.type === "state") Object.assign(this, { state: message.state, waits_for: message.waits_for })
    if (message.type === "ended") {
      Object.assign(this, { ending: message.entry.ending, ended_ms: message.entry.ended_ms, state: null, waits_for: null })
      return this.writes.length === message.entry.writes && !this.#shifted // other times were only estimated
    }
    return true
  }

  #takeWrite(message) {
    if (message.index < this.writes.length) return true
    if (message.index > this.writes.length || message.size > sizeOf(message.base64) || message.pushed) return false
    this.#shiftPlan(message.index, message.planned_ms)
    this.#add(message)
    this.problem = message.problem
    return true
  }

  /** Move the rest of the plan: a hold or a pause has ended, or a write was made ahead of its time. */
  #shiftPlan(index, planned_ms) {
    const shift = planned_ms - this.planned_ms[index]
    if (!(Math.abs(shift) > ROUNDING_MS)) return
    this.#shifted = true
    for (let at = index; at < this.planned_ms.length; at += 1) this.planned_ms[at] += shift
    for (const hold of this.holds) if (hold.index > index) hold.at_ms += shift
  }

  #takeSeen({ message_id, index, frames }) {
    if (message_id !== this.message_id || index < this.delivered.length) return true
    if (index > this.delivered.length) return false
    this.downstream = true
    for (const frame of frames) this.delivered.push({ ...frame, index: this.delivered.length, at_ms: frame.at_ms - this.began_ms })
    this.#relay.update(this.delivered, this.events)
    return true
  }

  #add({ actual_ms, size, base64, events }) {
    const index = this.writes.length
    if (!index) this.status ??= statusIn(base64)
    const gap = index ? actual_ms - this.times[index - 1] : 0
    if (index && gap > (this.gap_ms ?? -1)) [this.gap_ms, this.gapEnd] = [gap, index]
    this.times.push(actual_ms)
    this.writes.push({ index, at_ms: actual_ms, size, base64 })
    for (const event of events) this.#addEvent({ ...event, index: this.events.length, at_ms: actual_ms, write: index })
  }

  #addEvent(event) {
    event.text = textOf(event)
    if (event.text) this.firstToken_ms ??= event.at_ms
    this.answer += event.text ?? ""
    for (const source of sourcesOf(event)) this.sources.push(source)
    this.events.push(event)
  }

  /** The bytes of a write, decoded from base64 on first use. */
  bytes(write) {
    return (write.bytes ??= bytesOf(write.base64))
  }
}

/** The HTTP status in the first bytes of a reply; null if they have none. */
export function statusIn(base64) {
  const found = /^HTTP\/1\.\d (\d{3})/.exec(atob(base64.slice(0, 64)))
  return found ? Number(found[1]) : null
}
