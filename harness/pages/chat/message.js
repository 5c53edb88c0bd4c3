/** One message of the conversation: a question, or an answer that may still be coming. */

import { element } from "./element.js"
import { splitQuestion } from "./scenarios.js"

const MAX_FRAMES_SHOWN = 1000

export class ChatMessage extends HTMLElement {
  static question(text) {
    const message = ChatMessage.#named("Question")
    const { name, rest } = splitQuestion(text)
    message.className = "question"
    if (name) message.append(element("span", { className: "scenario-name", textContent: `/${name}` }), " ")
    message.append(rest)
    return message
  }

  static answer() {
    const message = ChatMessage.#named("Answer")
    message.className = "answer"
    message.#build()
    return message
  }

  static #named(label) {
    return Object.assign(new ChatMessage(), { role: "article", ariaLabel: label })
  }

  #text = element("div", { className: "text plain" })
  #strays = element("div", { className: "strays" })
  #sources = element("div", { className: "sources" })
  #trouble = element("div", { className: "trouble" })
  #frames = element("ol", { tabIndex: 0, ariaLabel: "Frames of this answer" })
  #summary = element("summary")
  #began = performance.now()
  #shownSources = new Set()
  #count = 0

  #build() {
    const frames = element("details", { className: "frames", hidden: true }, this.#summary, this.#frames)
    this.append(this.#text, this.#strays, this.#sources, this.#trouble, frames)
  }

  get text() {
    return this.#text.textContent
  }

  set running(running) {
    this.classList.toggle("running", running)
    this.ariaBusy = String(running)
  }

  addText(text) {
    this.#text.append(text)
  }

  /** Show what is no part of the answer in its place: raw text, or JSON that nobody knows. */
  addStray(kind, text) {
    this.#text.append(element("code", { className: kind, textContent: text }))
  }

  addSources(sources) {
    for (const { id, title, content } of sources) {
      if (this.#shownSources.has(id)) continue
      this.#shownSources.add(id)
      const summary = element("summary", {}, title, " ", element("small", { textContent: id }))
      this.#sources.append(element("details", {}, summary, element("p", { textContent: content })))
    }
  }

  /** Put the stored answer in the place of the text as it came; the relay has sanitised its HTML. */
  showStored(html) {
    this.#strays.append(...this.#text.querySelectorAll(".raw, .other"))
    this.#text.className = "text"
    this.#text.innerHTML = html
  }

  /** Say what is wrong with the answer, or nothing any more; `again` asks once more. */
  setTrouble(kind, text = "", again = null) {
    this.#trouble.className = `trouble ${kind}`
    this.#trouble.replaceChildren(text)
    if (again) this.#trouble.append(element("button", { type: "button", textContent: "Send again", onclick: again }))
  }

  addFrame({ event, text, id }) {
    this.#count += 1
    const at = Math.round(performance.now() - this.#began)
    this.#summary.textContent = `${this.#count} frame${this.#count === 1 ? "" : "s"} · ${at} ms`
    this.#frames.parentElement.hidden = false
    if (this.#count > MAX_FRAMES_SHOWN) return
    const cells = { at: `${at} ms`, event, data: text }
    const shown = Object.entries(cells).map(([className, textContent]) => element("span", { className, textContent }))
    this.#frames.append(element("li", { title: id }, ...shown))
  }
}

customElements.define("chat-message", ChatMessage)
