/**
 * The joined text of an answer. It stays at its end while the answer grows.
 *
 * The layout of a long text takes long. So while a long answer grows, and its end is in sight, only its
 * end is in the page; the whole text comes with the end of the stream, or when the reader scrolls up.
 */

import { setClass } from "./element.js"

const LONG = 6000 // characters
const TAIL = 3000
const AGAIN_MS = 100 // between two changes of a long text
const NEAR_PX = 4

export class JoinedAnswer extends HTMLElement {
  #text = document.createTextNode("")
  #whole = ""
  #from = 0 // of the text in the page
  #growing = false
  #follows = true
  #changedAt = 0
  #scrolls = false

  connectedCallback() {
    this.role = "region"
    this.tabIndex = 0
    this.ariaLabel = "Joined answer"
    this.append(this.#text)
    this.addEventListener("scroll", () => this.#scrolled())
  }

  reset() {
    this.#whole = this.#text.data = ""
    this.#from = 0
    this.#follows = true
    setClass(this, "tail", false)
  }

  /** Show a text; a `growing` one begins with what was shown before. */
  show(whole, growing) {
    const same = whole.length === this.#whole.length && growing === this.#growing && (growing || whole === this.#whole)
    if (same) return
    const long = growing && whole.length > LONG
    const now = performance.now()
    if (long && this.#growing && (!this.#follows || now < this.#changedAt + AGAIN_MS)) return
    this.#changedAt = now
    const before = this.#from + this.#text.length
    const continues = growing && this.#growing && whole.length >= before
    this.#whole = whole
    this.#growing = growing
    if (!long) this.#put(0)
    else if (!continues || this.#text.length > LONG) this.#put(whole.length - TAIL)
    else this.#text.appendData(whole.slice(before))
    this.#scrolls = growing && this.#follows
  }

  /** Scroll to the end, if it is followed. */
  settle() {
    if (this.#scrolls) this.scrollTop = this.scrollHeight
    this.#scrolls = false
  }

  #put(from) {
    if (from === 0 && this.#from === 0 && this.#whole.startsWith(this.#text.data)) this.#text.appendData(this.#whole.slice(this.#text.length))
    else this.#text.data = this.#whole.slice(from)
    this.#from = from
    setClass(this, "tail", from > 0)
  }

  #scrolled() {
    this.#follows = this.scrollTop + this.clientHeight >= this.scrollHeight - NEAR_PX
    if (this.#follows || !this.#from) return
    const below = this.scrollHeight - this.scrollTop
    this.#put(0)
    this.scrollTop = this.scrollHeight - below // what is in sight stays
  }
}

customElements.define("joined-answer", JoinedAnswer)
