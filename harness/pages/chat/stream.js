/**
 * One turn: its frames, each once and in order, whatever happens to the connection.
 *
 * The turn is read with `fetch`, because an EventSource hides comments. The relay sends a comment
 * in every silence, so a connection on which no byte comes for a while is dead: the browser may not
 * notice that for minutes, for example after sleep. Then, and after every lost connection, the
 * stream is requested again, after its last frame and each time a little later.
 */

import { SseReader } from "./sse.js"

const FIRST_WAIT_MS = 300
const LONGEST_WAIT_MS = 15_000
const MAX_ATTEMPTS = 10
const CHECK_MS = 1000
const SIGNS_OF_RETURN = ["focus", "online", "pageshow", "visibilitychange"]
const FRAME_ID = /^(.+):(\d+)$/

/** A status after which another attempt is useless. */
class Refused extends Error {}

export class TurnStream extends EventTarget {
  #turnId
  #url
  #silenceMs
  #last = -1
  #attempt = 0
  #lastByteAt = 0
  #request = null
  #tryNow = null
  #closed = false
  #notice = () => (this.#tryNow ? this.#tryNow() : this.#abortIfSilent())
  #timer

  constructor(turnId, silenceMs) {
    super()
    this.#turnId = turnId
    this.#url = `/api/chat/stream?turnId=${encodeURIComponent(turnId)}`
    this.#silenceMs = silenceMs
    this.#timer = setInterval(() => this.#abortIfSilent(), Math.min(CHECK_MS, silenceMs / 2))
    for (const sign of SIGNS_OF_RETURN) addEventListener(sign, this.#notice)
    queueMicrotask(() => this.#run())
  }

  close() {
    this.#closed = true
    clearInterval(this.#timer)
    for (const sign of SIGNS_OF_RETURN) removeEventListener(sign, this.#notice)
    this.#request?.abort()
    this.#tryNow?.()
  }

  /** Do not wait any longer for the next attempt. */
  tryNow() {
    this.#tryNow?.()
  }

  async #run() {
    while (!this.#closed) {
      try {
        await this.#read()
      } catch (error) {
        if (error instanceof Refused && !this.#closed) return this.#end("refused")
      }
      if (this.#closed) return
      this.#attempt += 1
      if (this.#attempt > MAX_ATTEMPTS) return this.#end("given-up")
      const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#attempt - 1))
      this.#tell("lost", { attempt: this.#attempt, waitMs })
      await new Promise((wake) => {
        this.#tryNow = wake
        setTimeout(wake, waitMs)
      })
      this.#tryNow = null
    }
  }

  /** Make one request and read it to its end; an end without a terminal frame is a lost connection. */
  async #read() {
    this.#request = new AbortController()
    this.#lastByteAt = performance.now()
    const headers = this.#last < 0 ? {} : { "Last-Event-ID": `${this.#turnId}:${this.#last}` }
    const response = await fetch(this.#url, { headers, signal: this.#request.signal })
    if (response.status === 204 || isFinal(response.status)) throw new Refused()
    if (!response.ok || !response.headers.get("Content-Type")?.startsWith("text/event-stream")) throw new Error(`status ${response.status}`)
    const sse = new SseReader()
    const reader = response.body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done || this.#closed) return
      this.#lastByteAt = performance.now()
      if (this.#attempt) this.#tell("connected")
      this.#attempt = 0
      for (const frame of sse.feed(value)) {
        this.#take(frame)
        if (this.#closed) return
      }
    }
  }

  #abortIfSilent() {
    if (performance.now() - this.#lastByteAt > this.#silenceMs) this.#request?.abort()
  }

  /** Take a frame of this turn that is new; everything else was seen, or belongs to another turn. */
  #take(frame) {
    const [, turnId, number] = FRAME_ID.exec(frame.id) ?? []
    if (turnId !== this.#turnId || Number(number) <= this.#last) return
    this.#last = Number(number)
    const data = parsed(frame.text)
    if (frame.event === "end") this.#end("end", data, frame)
    else if (frame.event === "error") this.#end("failed", data, frame)
    else this.#tell(kindOf(frame, this.#last, data), data, frame)
  }

  #end(kind, data, frame) {
    this.close()
    this.#tell(kind, data, frame)
  }

  #tell(kind, data, frame) {
    this.dispatchEvent(new CustomEvent("turn", { detail: { kind, data, frame } }))
  }
}

function kindOf({ event }, number, data) {
  if (event === "sources") return "sources"
  if (event === "message" && number === 0) return "start"
  if (event === "message" && data === undefined) return "raw"
  return event === "message" && data?.type === "content" && typeof data.content === "string" ? "content" : "other"
}

/** Tell whether a status stays the same however often the request is repeated. */
function isFinal(status) {
  return status >= 400 && status < 500 && status !== 408 && status !== 429
}

/** Read JSON; undefined for text that is not JSON. */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
