/**
 * All that the page knows: a row for each stream, and the whole story of the chosen one.
 *
 * However much news comes, it is drawn once a frame.
 */

import { getOverview, getTimeline } from "./api.js"
import { Story } from "./story.js"

const MAX_ROWS = 1000 // as many as the journal of the mock has
const AGAIN_MS = 250
const TICK_MS = 500

export class Store extends EventTarget {
  rows = new Map()
  story = null
  downstream = false
  #chosen = null
  #early = []
  #late = null
  #fetching = false
  #fetchAgain = false
  #frame = 0

  constructor(feed) {
    super()
    feed.addEventListener("open", () => this.#readAll())
    feed.addEventListener("news", ({ detail }) => this.#take(detail))
    setInterval(() => this.#anyLive() && this.touch(), TICK_MS)
  }

  get chosen() {
    return this.#chosen
  }

  /** Tell whoever draws, at the next frame. */
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
    this.#early = []
    this.#readStory()
    this.touch()
  }

  /** Read every row; news that comes meanwhile waits, since nobody knows which is the newer. */
  async #readAll() {
    const late = (this.#late = [])
    let said
    try {
      said = await getOverview()
    } catch {
      if (this.#late === late) setTimeout(() => this.#late === late && this.#readAll(), AGAIN_MS)
      return
    }
    if (this.#late !== late) return // a later reading is under way
    const { entries, downstream } = said
    this.downstream = downstream
    this.rows = new Map(entries.map((entry) => [entry.number, row(entry)]))
    this.#late = null
    for (const news of late) this.#take(news)
    if (this.#chosen !== null && !this.rows.has(this.#chosen)) this.#chosen = this.story = null
    if (this.#chosen === null && entries.length) this.choose(entries.at(-1).number)
    else if (this.#chosen !== null) this.#readStory()
    this.touch()
  }

  /** Read the story of the chosen stream; what is wanted meanwhile is read once more, a bit later. */
  async #readStory() {
    if (this.#fetching) {
      this.#fetchAgain = true
      return
    }
    this.#fetching = true
    this.#early = []
    const number = this.#chosen
    try {
      const story = new Story(await getTimeline(number))
      if (number === this.#chosen) this.#show(story)
    } catch {
      this.rows.delete(number) // it has left the journal
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
    for (const news of this.#early) this.#fetchAgain = !story.take(news) || this.#fetchAgain
  }

  #take(news) {
    if (this.#late) {
      this.#late.push(news)
      return
    }
    const entry = news.entry
    if (news.type === "began" && !this.rows.has(news.number)) this.#add(row({ ...entry, state: "playing", total_bytes: 0, total_events: 0 }))
    const known = this.rows.get(news.number)
    if (known && news.type === "write" && news.total_bytes > known.total_bytes) Object.assign(known, { total_bytes: news.total_bytes, total_events: news.total_events, lastByteAt: performance.now() })
    if (known?.ending === null && news.type === "state") Object.assign(known, { state: news.state, waits_for: news.waits_for })
    if (known && news.type === "ended") Object.assign(known, entry, { state: null, waits_for: null })
    if (news.type === "seen") this.downstream = true
    this.#tell(news)
    this.touch()
  }

  #add(row) {
    this.rows.set(row.number, row)
    if (this.rows.size > MAX_ROWS) this.rows.delete(this.rows.keys().next().value)
    if (this.#chosen === null) this.choose(row.number)
  }

  /** Bring news to the story, and keep it for the one that is being read: that may not have it. */
  #tell(news) {
    if (this.#chosen === null || (news.number !== this.#chosen && news.type !== "seen")) {
      if (news.type === "began" && this.story?.isSameMessage(news.entry)) this.#readStory()
      return
    }
    if (this.#fetching) this.#early.push(news)
    if (this.story !== null && !this.story.take(news)) this.#readStory()
  }

  #anyLive() {
    return [...this.rows.values()].some(({ ending }) => ending === null)
  }
}

function row(entry) {
  const age = entry.age_ms ?? null
  return { ...entry, ending: entry.ending ?? null, lastByteAt: age === null ? null : performance.now() - age }
}
