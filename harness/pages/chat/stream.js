/**
 * One turn as an `EventSource` brings it: frames, and what happens to the connection.
 *
 * An `error` with data is a frame of the relay and ends the turn. One without is the browser's own:
 * it reconnects by itself after the last frame that it has, unless the relay refused.
 */

export class TurnStream extends EventTarget {
  #source

  constructor(url) {
    super()
    this.#source = new EventSource(url)
    this.#source.addEventListener("open", (event) => this.#opened(event))
    this.#source.addEventListener("message", (event) => this.#said(event))
    this.#source.addEventListener("sources", (event) => this.#tell("sources", event))
    this.#source.addEventListener("end", (event) => this.#ended("end", event))
    this.#source.addEventListener("error", (event) => this.#failed(event))
  }

  close() {
    this.#source.close()
  }

  #said(event) {
    const data = parsed(event.data)
    if (event.lastEventId.endsWith(":0")) this.#tell("start", event, data)
    else if (data === undefined) this.#tell("raw", event)
    else if (data?.type === "content" && typeof data.content === "string") this.#tell("content", event, data)
    else this.#tell("other", event, data)
  }

  #opened(event) {
    // The AI service may send an event of that name; it has data.
    if (event instanceof MessageEvent) this.#tell("other", event)
    else this.#tell("connected", event)
  }

  #failed(event) {
    if (event instanceof MessageEvent) this.#ended("failed", event)
    else if (this.#source.readyState === EventSource.CLOSED) this.#ended("refused", event)
    else this.#tell("lost", event)
  }

  #ended(kind, event) {
    this.close()
    this.#tell(kind, event)
  }

  #tell(kind, event, data = parsed(event.data)) {
    const frame = event instanceof MessageEvent && { event: event.type, text: event.data, id: event.lastEventId }
    this.dispatchEvent(new CustomEvent("turn", { detail: { kind, data, frame } }))
  }
}

/** Read JSON; undefined for text that is none. */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
