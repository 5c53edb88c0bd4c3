/**
 * The data of the page: a row for each stream, and the story of the selected stream.
 *
 * Any number of feed messages causes at most one `draw` per animation frame. `choose` says that
 * another stream is selected.
 */

import { getOverview, getTimeline } from "./api.js"
import { statusIn, Story } from "./story.js"

const MAX_ROWS = 1000 // the size of the mock's journal
const AGAIN_MS = 250
const PER_WRITE_MS = 0.1 // a long story is not read again as often
const NOT_BEGUN_MS = 20
const TICK_MS = 500

export class Store extends EventTarget {
  story = null
  downstream = false
  chatUrl = null
  /** What is wrong in scenario files now, as the terminal shows it. */
  errors = []
  /** Why no stream is shown; empty if there is none yet. */
  absence = ""
  #rows = new Map()
  #newestFirst = null
  #chosen = null
  #wanted = null
  #queued = null
  #read = false
  #reading = null
  #frame = 0

  constructor(feed) {
    super()
    feed.addEventListener("open", () => this.#readAll())
    feed.addEventListener("messages", ({ detail }) => {
      for (const message of detail) this.#take(message)
      this.touch()
    })
    setInterval(() => this.#anyLive() && this.touch(), TICK_MS)
  }

  get chosen() {
    return this.#chosen
  }

  /** All rows, newest first. */
  get rows() {
    return (this.#newestFirst ??= [...this.#rows.values()].reverse())
  }

  /** Whether the story is not yet that of the selected stream. */
  get busy() {
    return this.story !== null && this.story.number !== this.#chosen
  }

  /** Whether the first story is being read. */
  get loading() {
    return this.story === null && (this.#chosen !== null || !this.#read)
  }

  /** Request a redraw at the next animation frame. */
  touch() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0
      this.dispatchEvent(new Event("draw"))
    })
  }

  /** Select a stream, also one that the journal does not have yet. */
  choose(number) {
    if (number === this.#chosen) return
    if (this.#queued || !this.#rows.has(number)) return this.#want({ number }, `The journal has no stream #${number}. It keeps the latest ${MAX_ROWS.toLocaleString("en")}.`)
    this.#select(number)
  }

  /** Select the newest stream for a message; if there is none, wait for it. */
  chooseMessage(id) {
    const row = this.rows.find(({ message_id }) => message_id === id)
    if (row && !this.#queued) this.#select(row.number)
    else this.#want({ id }, `The mock has not received a request for the message ${id} yet.`)
  }

  /** Select the stream that is newer (1) or older (-1) than the selected one. */
  step(by) {
    const at = this.rows.findIndex(({ number }) => number === this.#chosen)
    const row = this.rows[at < 0 ? 0 : at - by]
    if (row) this.choose(row.number)
  }

  #want(wanted, absence) {
    this.#wanted = wanted
    this.absence = absence
    this.#select(null)
  }

  #select(number) {
    this.#chosen = number
    this.#reading = null
    if (number === null) {
      this.story = null
    } else {
      this.#wanted = null
      this.absence = ""
      this.#readStory()
      this.dispatchEvent(new CustomEvent("choose", { detail: number }))
    }
    this.touch()
  }

  #isWanted({ number, message_id }) {
    return this.#wanted.number === number || (this.#wanted.id !== undefined && this.#wanted.id === message_id)
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
    this.#queued = null
    this.#read = true
    this.downstream = answer.downstream
    this.chatUrl = answer.chat_url
    this.errors = answer.errors
    this.#rows = new Map(answer.entries.map((entry) => [entry.number, row(entry)]))
    this.#newestFirst = null
    for (const message of queued) this.#take(message)
    this.#selectAfterReading()
    this.touch()
  }

  #selectAfterReading() {
    const wanted = this.#wanted && this.rows.find((row) => this.#isWanted(row))
    if (wanted) this.#select(wanted.number)
    else if (this.#chosen !== null && this.#rows.has(this.#chosen)) this.#readStory()
    else if (this.#wanted === null) this.#select(this.rows[0]?.number ?? null)
  }

  /** Read the story of the selected stream; requests that come meanwhile cause one more read. */
  async #readStory() {
    if (this.#reading) {
      this.#reading.again = true
      return
    }
    const number = this.#chosen
    const reading = (this.#reading = { again: false, messages: [] })
    let timeline = null
    try {
      timeline = await getTimeline(number)
    } catch (error) {
      if (this.#reading === reading) this.#lose(number, error)
    }
    if (this.#reading !== reading) return
    if (timeline) this.#show(new Story(timeline), reading)
    this.touch()
    const pause = timeline && timeline.began_ms === null ? NOT_BEGUN_MS : AGAIN_MS + PER_WRITE_MS * (timeline?.sent.length ?? 0)
    setTimeout(() => {
      if (this.#reading !== reading) return
      this.#reading = null
      if (reading.again) this.#readStory()
    }, pause)
  }

  #show(story, reading) {
    this.story = story
    this.downstream = story.downstream
    for (const message of reading.messages) reading.again = !story.take(message) || reading.again
    reading.messages = null
  }

  #lose(number, error) {
    if (error.status !== 404) {
      this.#reading.again = true // the mock cannot be reached
      return
    }
    this.#rows.delete(number)
    this.#newestFirst = null
    this.absence = `The journal does not have stream #${number} any longer.`
    this.#select(null)
  }

  #take(message) {
    if (this.#queued) {
      this.#queued.push(message)
      return
    }
    if (message.type === "cleared") {
      this.#readAll()
      return
    }
    if (message.type === "began" && !this.#rows.has(message.number)) this.#add(row({ ...message.entry, state: "playing", total_bytes: 0, total_events: 0 }))
    const known = this.#rows.get(message.number)
    if (known) change[message.type]?.(known, message)
    if (message.type === "delivered") this.downstream = true
    if (message.type === "scenarios") this.errors = message.errors
    this.#passOn(message)
  }

  #add(row) {
    this.#rows.set(row.number, row)
    if (this.#rows.size > MAX_ROWS) this.#rows.delete(this.#rows.keys().next().value)
    this.#newestFirst = null
    if (this.#wanted ? this.#isWanted(row) : this.#chosen === null) this.#select(row.number)
  }

  /** Pass a message to the story; while a story is being read, keep the message for it. */
  #passOn(message) {
    if (this.#chosen === null || (message.number !== this.#chosen && message.type !== "delivered")) {
      if (message.type === "began" && this.story?.isSameMessage(message.entry)) this.#readStory()
      return
    }
    this.#reading?.messages?.push(message)
    if (this.story !== null && !this.busy && !this.story.take(message)) this.#readStory()
  }

  #anyLive() {
    return this.rows.some(({ ending }) => ending === null)
  }
}

/** How the messages about a stream change its row. */
const change = {
  write(row, { index, base64, total_bytes, total_events }) {
    if (total_bytes <= row.total_bytes) return
    if (!index) row.status ??= statusIn(base64)
    Object.assign(row, { total_bytes, total_events, lastByteAt: performance.now() })
  },
  state(row, { state, waits_for }) {
    if (row.ending !== null) return
    row.startedAt ??= performance.now()
    Object.assign(row, { state, waits_for })
  },
  ended(row, { entry }) {
    Object.assign(row, entry, { state: null, waits_for: null })
  },
}

function row(entry) {
  const ago = (ms) => (ms === null || ms === undefined ? null : performance.now() - ms)
  return { ...entry, ending: entry.ending ?? null, startedAt: ago(entry.elapsed_ms), lastByteAt: ago(entry.age_ms) }
}
