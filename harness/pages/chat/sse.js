/** Server-Sent Events from the bytes of a `fetch`, as the WHATWG HTML standard reads them (section 9.2.6). */

const LINE_END = /\r\n|\n|\r/

export class SseReader {
  #decoder = new TextDecoder() // it drops a byte order mark
  #rest = ""
  #data = []
  #name = ""
  #id = ""

  /** Take bytes; return the events that are complete with them, each with its last event ID. */
  feed(bytes) {
    this.#rest += this.#decoder.decode(bytes, { stream: true })
    const events = []
    for (;;) {
      const end = LINE_END.exec(this.#rest)
      // A CR at the very end may be half of a CRLF.
      if (!end || (end[0] === "\r" && end.index === this.#rest.length - 1)) return events
      const line = this.#rest.slice(0, end.index)
      this.#rest = this.#rest.slice(end.index + end[0].length)
      if (line) this.#field(line)
      else this.#dispatch(events)
    }
  }

  #field(line) {
    const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line)
    if (name === "data") this.#data.push(value)
    else if (name === "event") this.#name = value
    else if (name === "id" && !value.includes("\0")) this.#id = value
  }

  #dispatch(events) {
    if (this.#data.length) events.push({ event: this.#name || "message", text: this.#data.join("\n"), id: this.#id })
    this.#data = []
    this.#name = ""
  }
}
