/**
 * One stream as its mock tells it: planned, written, seen downstream, all by the start of the reply.
 *
 * `take` follows the feed; it returns false where the story has to be read again.
 */

import { bytesOf } from "./bytes.js"

export class Story {
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

  isSameMessage({ message_id }) {
    return message_id !== null && message_id === this.message_id
  }

  take(news) {
    if (news.type === "write") return this.#takeWrite(news)
    if (news.type === "seen") this.#takeSeen(news)
    if (news.type === "state") {
      const goesOn = this.state === "held" && news.state !== "held"
      Object.assign(this, { state: news.state, waits_for: news.waits_for })
      return !goesOn // the plan has other times now
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
    this.total_bytes = news.total_bytes
    this.total_events = news.total_events
    return true
  }

  #takeSeen({ message_id, frames }) {
    if (message_id !== this.message_id || this.began_ms === null) return
    this.downstream = true
    for (const frame of frames) this.seen.push({ ...frame, at_ms: frame.at_ms - this.began_ms })
  }

  #add({ actual_ms, size, base64, events }) {
    const index = this.writes.length
    this.writes.push({ index, at_ms: actual_ms, size, base64 })
    for (const event of events) this.events.push({ ...event, index: this.events.length, at_ms: actual_ms, write: index })
    this.answer += answerOf(events)
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
