/**
 * The data of the page: a row for each stream, and the story of the selected stream.
 *
 * Any number of feed messages causes at most one redraw per animation frame.
 */

import { getOverview, getTimeline } from "./api.js"
import { Story } from "./story.js"

const MAX_ROWS = 1000 // the size of the mock's journal
const AGAIN_MS = 250
const TICK_MS = 500

export class Store extends EventTarget {
  rows = new Map()
  story = null
  downstream = false
  #chosen = null
  #pending = []
  #queued = null
  #fetching = false
  #fetchAgain = false
  #frame = 0

  constructor(feed) {
    super()
    feed.addEventListener("open", () => this.#readAll())
    feed.addEventListener("message", ({ detail }) => this.#take(detail))
    setInterval(() => this.#anyLive() && this.touch(), TICK_MS)
  }

  get chosen() {
    return this.#chosen
  }

  /** Request a redraw at the next animation frame. */
  touch() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0
      this.dispatchEvent(new Event("draw"))
    })
  }

  choose(number) {
    if (number === this.#chosen) return
    this.#chosen = number
    this.story = null
    this.#pending = []
    this.#readStory()
    this.touch()
  }

  /** Read all rows; messages that arrive meanwhile are queued, because they may be newer. */
  async #readAll() {
    const queued = (this.#queued = [])
    let answer
    try {
      answer = await getOverview()
    } catch {
      if (this.#queued === queued) setTimeout(() => this.#queued === queued && this.#readAll(), AGAIN_MS)
      return
    }
    if (this.#queued !== queued) return // a later request is running
    const { entries, downstream } = answer
    this.downstream = downstream
    this.rows = new Map(entries.map((entry) => [entry.number, row(entry)]))
    this.#queued = null
    for (const message of queued) this.#take(message)
    if (this.#chosen !== null && !this.rows.has(this.#chosen)) this.#chosen = this.story = null
    if (this.#chosen === null && entries.length) this.choose(entries.at(-1).number)
    else if (this.#chosen !== null) this.#readStory()
    this.touch()
  }

  /** Read the story of the selected stream; requests that come meanwhile cause one more read. */
  async #readStory() {
    if (this.#fetching) {
      this.#fetchAgain = true
      return
    }
    this.#fetching = true
    this.#pending = []
    const number = this.#chosen
    try {
      const story = new Story(await getTimeline(number))
      if (number === this.#chosen) this.#show(story)
    } catch {
      this.rows.delete(number) // the journal no longer has it
      if (number === this.#chosen) this.#chosen = this.story = null
    }
    setTimeout(() => {
      this.#fetching = false
      if (this.#fetchAgain && this.#chosen !== null) this.#readStory()
      this.#fetchAgain = false
    }, AGAIN_MS)
    this.touch()
  }

  #show(story) {
    this.story = story
    this.downstream = story.downstream
    for (const message of this.#pending) this.#fetchAgain = !story.take(message) || this.#fetchAgain
  }

  #take(message) {
    if (this.#queued) {
      this.#queued.push(message)
      return
    }
    const entry = message.entry
    if (message.type === "began" && !this.rows.has(message.number)) this.#add(row({ ...entry, state: "playing", total_bytes: 0, total_events: 0 }))
    const known = this.rows.get(message.number)
    if (known && message.type === "write" && message.total_bytes > known.total_bytes) Object.assign(known, { total_bytes: message.total_bytes, total_events: message.total_events, lastByteAt: performance.now() })
    if (known?.ending === null && message.type === "state") Object.assign(known, { state: message.state, waits_for: message.waits_for })
    if (known && message.type === "ended") Object.assign(known, entry, { state: null, waits_for: null })
    if (message.type === "seen") this.downstream = true
    this.#passOn(message)
    this.touch()
  }

  #add(row) {
    this.rows.set(row.number, row)
    if (this.rows.size > MAX_ROWS) this.rows.delete(this.rows.keys().next().value)
    if (this.#chosen === null) this.choose(row.number)
  }

  /** Pass a message to the story; while a story is being read, also keep the message for it. */
  #passOn(message) {
    if (this.#chosen === null || (message.number !== this.#chosen && message.type !== "seen")) {
      if (message.type === "began" && this.story?.isSameMessage(message.entry)) this.#readStory()
      return
    }
    if (this.#fetching) this.#pending.push(message)
    if (this.story !== null && !this.story.take(message)) this.#readStory()
  }

  #anyLive() {
    return [...this.rows.values()].some(({ ending }) => ending === null)
  }
}

function row(entry) {
  const age = entry.age_ms ?? null
  return { ...entry, ending: entry.ending ?? null, lastByteAt: age === null ? null : performance.now() - age }
}
