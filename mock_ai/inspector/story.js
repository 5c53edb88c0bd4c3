/**
 * One stream as its mock tells it: planned, written, seen downstream, all by the start of the reply.
 *
 * `take` follows the feed; it returns false where the story has to be read again.
 */

import { bytesOf } from "./bytes.js"

export class Story {
  #released = false

  constructor(told) {
    Object.assign(this, told)
    this.readAt = performance.now()
    this.writes = []
    this.events = []
    this.answer = ""
    for (const write of told.sent) this.#add(write)
    delete this.sent
  }

  get live() {
    return this.ending === null
  }

  /** The time on the axis that is now. */
  get elapsed() {
    return this.began_ms === null ? 0 : this.now_ms - this.began_ms + performance.now() - this.readAt
  }

  /** When each write is due; what waits behind a hold is due after now. */
  get due_ms() {
    const done = this.writes.length
    if (!this.waits_for || !done) return this.planned_ms
    const waited = Math.max(0, this.elapsed - this.planned_ms[done - 1])
    return this.planned_ms.map((ms, index) => (index < done ? ms : ms + waited))
  }

  isSameMessage({ message_id }) {
    return message_id !== null && message_id === this.message_id
  }

  take(news) {
    if (this.began_ms === null) return false // its plan was not made yet
    if (news.type === "write") return this.#takeWrite(news)
    if (news.type === "seen") return this.#takeSeen(news)
    if (news.type === "state") {
      this.#released ||= this.state === "held" && news.state !== "held"
      Object.assign(this, { state: news.state, waits_for: news.waits_for })
    }
    if (news.type === "ended") {
      Object.assign(this, { ending: news.entry.ending, ended_ms: news.entry.ended_ms, state: null, waits_for: null })
      return this.writes.length === news.entry.writes
    }
    return true
  }

  #takeWrite(news) {
    if (news.index < this.writes.length) return true
    if (news.index > this.writes.length || news.size > atob(news.base64).length) return false
    this.#add(news)
    return !this.#released // else the plan has other times now
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

  /** The status of the reply, as it was written. */
  get status() {
    return this.writes.length ? (/^HTTP\/1\.\d (\d{3})/.exec(atob(this.writes[0].base64.slice(0, 64)))?.[1] ?? "") : ""
  }

  /** The bytes of a write; they are decoded only when somebody looks. */
  bytes(write) {
    return (write.bytes ??= bytesOf(write.base64))
  }
}

/** The answer in some events: the texts of all content, one after another. */
export function answerOf(events) {
  return events
    .filter(({ kind }) => kind === "content")
    .map(({ data }) => JSON.parse(data).content)
    .join("")
}
