/**
 * Which event of the AI service each delivered frame repeats, and so how long the relay kept it.
 *
 * Only the first connection counts: later ones repeat what was delivered before. A frame that joins
 * the text of several events belongs to the last of them. A frame of the relay's own has no event.
 */

import { parse, textOf } from "./tokens.js"

const AHEAD = 64 // events that a relay may leave out between two frames

export class RelayMatch {
  /** Times between write and delivery, in ms, in the order of the frames. */
  delays = []
  #connection = null
  #frames = 0
  #next = 0

  /** Take the frames and events that were not seen before. */
  update(frames, events) {
    for (; this.#frames < frames.length; this.#frames += 1) {
      const frame = frames[this.#frames]
      this.#connection ??= frame.connection
      if (frame.connection !== this.#connection) continue
      const event = this.#eventOf(frame, events)
      if (!event) continue
      frame.delay_ms = frame.at_ms - event.at_ms
      this.delays.push(frame.delay_ms)
    }
  }

  /** The median; null without deliveries. */
  get median_ms() {
    if (!this.delays.length) return null
    const sorted = Float64Array.from(this.delays).sort()
    const middle = sorted.length >> 1
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  #eventOf(frame, events) {
    const last = Math.min(events.length, this.#next + AHEAD)
    const key = keyOf(frame)
    for (let at = this.#next; at < last; at += 1) if (keyOf(events[at]) === key) return this.#take(events, at)
    const text = textOf({ kind: "content", data: frame.data })
    if (!text) return null
    for (let at = this.#next, joined = ""; at < last && text.startsWith(joined); at += 1) {
      joined += events[at].text ?? ""
      if (joined === text) return this.#take(events, at)
    }
    return null
  }

  #take(events, at) {
    this.#next = at + 1
    return events[at]
  }
}

/** What a frame says, without regard to how its JSON is written. */
function keyOf(frame) {
  if (frame.key === undefined) {
    const value = parse(frame.data)
    frame.key = value === null ? frame.data : JSON.stringify(value)
  }
  return frame.key
}
