/** One message of the conversation: a question, or an answer, which can still be running. */

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
  #notAnswer = element("div", { className: "not-answer" })
  #sources = element("div", { className: "sources" })
  #problem = element("div", { className: "problem" })
  #frames = element("ol", { tabIndex: 0, ariaLabel: "Frames of this answer" })
  #summary = element("summary")
  #startedAt = performance.now()
  #shownSources = new Set()
  #count = 0

  #build() {
    const frames = element("details", { className: "frames", hidden: true }, this.#summary, this.#frames)
    this.append(this.#text, this.#notAnswer, this.#sources, this.#problem, frames)
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

  /** Show, at its place, data that is not part of the answer: raw text, or JSON of another kind. */
  addNotAnswer(kind, text) {
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

  /** Replace the received text with the stored answer, whose HTML the relay has sanitised. */
  showStored(html) {
    this.#notAnswer.append(...this.#text.querySelectorAll(".raw, .other"))
    this.#text.className = "text"
    this.#text.innerHTML = html
  }

  /** Show a problem with the answer, or none for an empty text; `sendAgain` adds a button. */
  setProblem(kind, text = "", sendAgain = null) {
    this.#problem.className = `problem ${kind}`
    this.#problem.replaceChildren(text)
    if (sendAgain) this.#problem.append(element("button", { type: "button", textContent: "Send again", onclick: sendAgain }))
  }

  addFrame({ event, text, id }) {
    this.#count += 1
    const at = Math.round(performance.now() - this.#startedAt)
    this.#summary.textContent = `${this.#count} frame${this.#count === 1 ? "" : "s"} · ${at} ms`
    this.#frames.parentElement.hidden = false
    if (this.#count > MAX_FRAMES_SHOWN) return
    const cells = { at: `${at} ms`, event, data: text }
    const shown = Object.entries(cells).map(([className, textContent]) => element("span", { className, textContent }))
    this.#frames.append(element("li", { title: id }, ...shown))
  }
}

customElements.define("chat-message", ChatMessage)
