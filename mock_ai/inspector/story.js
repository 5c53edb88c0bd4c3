/**
 * One stream: planned writes, actual writes, and deliveries, with times from the start of the reply.
 *
 * `take` adds a feed message; it returns false if the story must be read again.
 */

import { bytesOf } from "./bytes.js"

export class Story {
  #released = false

  constructor(timeline) {
    Object.assign(this, timeline)
    this.readAt = performance.now()
    this.writes = []
    this.events = []
    this.answer = ""
    for (const write of timeline.sent) this.#add(write)
    delete this.sent
  }

  get live() {
    return this.ending === null
  }

  /** The current time on the axis. */
  get elapsed() {
    return this.began_ms === null ? 0 : this.now_ms - this.began_ms + performance.now() - this.readAt
  }

  /** The time when each write is due; a running hold delays the writes after it. */
  get due_ms() {
    const done = this.writes.length
    if (!this.waits_for || !done) return this.planned_ms
    const waited = Math.max(0, this.elapsed - this.planned_ms[done - 1])
    return this.planned_ms.map((ms, index) => (index < done ? ms : ms + waited))
  }

  isSameMessage({ message_id }) {
    return message_id !== null && message_id === this.message_id
  }

  take(message) {
    if (this.began_ms === null) return false // it had no plan yet
    if (message.type === "write") return this.#takeWrite(message)
    if (message.type === "seen") return this.#takeSeen(message)
    if (message.type === "state") {
      this.#released ||= this.state === "held" && message.state !== "held"
      Object.assign(this, { state: message.state, waits_for: message.waits_for })
    }
    if (message.type === "ended") {
      Object.assign(this, { ending: message.entry.ending, ended_ms: message.entry.ended_ms, state: null, waits_for: null })
      return this.writes.length === message.entry.writes
    }
    return true
  }

  #takeWrite(message) {
    if (message.index < this.writes.length) return true
    if (message.index > this.writes.length || message.size > atob(message.base64).length) return false
    this.#add(message)
    return !this.#released // a release changes the planned times
  }

  #takeSeen({ message_id, index, frames }) {
    if (message_id !== this.message_id || index < this.seen.length) return true
    if (index > this.seen.length || this.began_ms === null) return false
    this.downstream = true
    for (const frame of frames) this.seen.push({ ...frame, at_ms: frame.at_ms - this.began_ms })
    return true
  }

  #add({ actual_ms, size, base64, events }) {
    const index = this.writes.length
    this.writes.push({ index, at_ms: actual_ms, size, base64 })
    for (const event of events) this.events.push({ ...event, index: this.events.length, at_ms: actual_ms, write: index })
    this.answer += answerOf(events)
  }

  /** The status in the written bytes; empty before the first write. */
  get status() {
    return this.writes.length ? (/^HTTP\/1\.\d (\d{3})/.exec(atob(this.writes[0].base64.slice(0, 64)))?.[1] ?? "") : ""
  }

  /** The bytes of a write, decoded from base64 on first use. */
  bytes(write) {
    return (write.bytes ??= bytesOf(write.base64))
  }
}

/** The joined texts of all content events. */
export function answerOf(events) {
  return events
    .filter(({ kind }) => kind === "content")
    .map(({ data }) => JSON.parse(data).content)
    .join("")
}
