/**
 * The frames of one turn, read with an `EventSource`, and the changes of its connection.
 *
 * An `error` event with data is a frame of the relay and ends the turn. An `error` event without data
 * comes from the browser: it reconnects and resumes after its last frame, unless the relay refused.
 */

export class TurnStream extends EventTarget {
  #source

  constructor(url) {
    super()
    this.#source = new EventSource(url)
    this.#source.addEventListener("open", (event) => this.#onOpen(event))
    this.#source.addEventListener("message", (event) => this.#onMessage(event))
    this.#source.addEventListener("sources", (event) => this.#emit("sources", event))
    this.#source.addEventListener("end", (event) => this.#end("end", event))
    this.#source.addEventListener("error", (event) => this.#onError(event))
  }

  close() {
    this.#source.close()
  }

  #onMessage(event) {
    const data = parsed(event.data)
    if (event.lastEventId.endsWith(":0")) this.#emit("start", event, data)
    else if (data === undefined) this.#emit("raw", event)
    else if (data?.type === "content" && typeof data.content === "string") this.#emit("content", event, data)
    else this.#emit("other", event, data)
  }

  #onOpen(event) {
    // The AI service can send an event named "open"; that one is a MessageEvent.
    if (event instanceof MessageEvent) this.#emit("other", event)
    else this.#emit("connected", event)
  }

  #onError(event) {
    if (event instanceof MessageEvent) this.#end("failed", event)
    else if (this.#source.readyState === EventSource.CLOSED) this.#end("refused", event)
    else this.#emit("lost", event)
  }

  #end(kind, event) {
    this.close()
    this.#emit(kind, event)
  }

  #emit(kind, event, data = parsed(event.data)) {
    const frame = event instanceof MessageEvent && { event: event.type, text: event.data, id: event.lastEventId }
    this.dispatchEvent(new CustomEvent("turn", { detail: { kind, data, frame } }))
  }
}

/** Parse JSON; return undefined for other text. */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
