/**
 * The live feed: a WebSocket, because an event stream would use one of the browser's six connections.
 *
 * A lost connection is opened again. Listeners must read everything again on `open`, because messages
 * may be missing.
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
      const message = JSON.parse(data)
      if (message.type === "hello") this.dispatchEvent(new Event("open"))
      else this.dispatchEvent(new CustomEvent("message", { detail: message }))
    })
    socket.addEventListener("close", () => {
      this.dispatchEvent(new Event("lost"))
      setTimeout(() => this.#connect(), AGAIN_MS)
    })
  }
}
