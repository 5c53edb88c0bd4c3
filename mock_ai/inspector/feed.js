/**
 * The live feed: a WebSocket, because an event stream would use one of the browser's six connections.
 *
 * Messages wait for the next animation frame, so any number of them costs one event. A frame takes
 * only as many as fit into a part of its time; the rest waits for the next frame. A lost connection is
 * opened again. Listeners must read everything again on `open`, because messages may be missing.
 */

const AGAIN_MS = 1000
const BUDGET_MS = 6
const HIDDEN_MS = 500 // a hidden page has no animation frames

export class Feed extends EventTarget {
  #url
  #waiting = []
  #planned = false

  constructor(url) {
    super()
    this.#url = url
    this.#connect()
  }

  #connect() {
    const socket = new WebSocket(this.#url)
    socket.addEventListener("message", ({ data }) => {
      this.#waiting.push(data)
      this.#plan()
    })
    socket.addEventListener("close", () => {
      this.#waiting = []
      this.dispatchEvent(new Event("lost"))
      setTimeout(() => this.#connect(), AGAIN_MS)
    })
  }

  #plan() {
    if (this.#planned) return
    this.#planned = true
    if (document.hidden) setTimeout(() => this.#flush(Infinity), HIDDEN_MS)
    else requestAnimationFrame(() => this.#flush(BUDGET_MS))
  }

  #flush(budget) {
    this.#planned = false
    const until = performance.now() + budget
    const waiting = this.#waiting
    const messages = []
    let taken = 0
    for (; taken < waiting.length; taken += 1) {
      if (taken % 16 === 15 && performance.now() > until) break
      messages.push(JSON.parse(waiting[taken]))
    }
    this.#waiting = waiting.slice(taken)
    if (this.#waiting.length) this.#plan()
    this.#dispatch(messages)
  }

  #dispatch(messages) {
    const opened = messages.findLastIndex(({ type }) => type === "hello")
    if (opened >= 0) this.dispatchEvent(new Event("open"))
    const news = messages.slice(opened + 1)
    if (news.length) this.dispatchEvent(new CustomEvent("messages", { detail: news }))
  }
}
