/**
 * The live feed: a WebSocket, since an event stream would take one of the browser's six connections.
 *
 * A lost connection is made again; whoever listens reads everything anew on `open`, because nobody
 * knows what was missed.
 */

const AGAIN_MS = 1000

export class Feed extends EventTarget {
  #url

  constructor(api) {
    super()
    this.#url = api.replace(/^http/, "ws") + "/feed"
    this.#connect()
  }

  #connect() {
    const socket = new WebSocket(this.#url)
    socket.addEventListener("message", ({ data }) => {
      const said = JSON.parse(data)
      if (said.type === "hello") this.dispatchEvent(new Event("open"))
      else this.dispatchEvent(new CustomEvent("news", { detail: said }))
    })
    socket.addEventListener("close", () => {
      this.dispatchEvent(new Event("lost"))
      setTimeout(() => this.#connect(), AGAIN_MS)
    })
  }
}
