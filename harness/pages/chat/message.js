/** One message of the conversation: a question, or an answer, which can still be running. */

import { element } from "./element.js"
import { explain } from "./reasons.js"
import { splitQuestion, whyUnknown } from "./scenarios.js"
import { count, listTime } from "./units.js"

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
  #turnId = null
  #details = element("details", { className: "frames", hidden: true, ontoggle: () => this.#readFrames() }, this.#summary, this.#frames)
  #inspect = element("a", { className: "inspect", textContent: "Inspect", target: "_blank", title: "The same answer in the inspector, byte by byte", hidden: true })

  /** Where the inspector is; null without one. */
  static inspectorUrl = null
  /** The scenarios that a question can name. */
  static scenarios = []
  /** Read the frames of a turn that is over: `(turnId, onFrame, onGone)`. */
  static readFrames = () => {}

  #build() {
    this.append(this.#text, this.#notAnswer, this.#sources, this.#problem, element("div", { className: "below" }, this.#details, this.#inspect))
  }

  /** The turn that this answer belongs to; its frames can be read for some time after its end. */
  set turnId(id) {
    this.#turnId = id
    if (!this.#count) this.#summary.textContent = "Frames"
    this.#details.hidden = false
  }

  get turnId() {
    return this.#turnId
  }

  /** The user's message; the AI service was asked with its ID. */
  set messageId(id) {
    this.#inspect.href = `${ChatMessage.inspectorUrl}#message=${encodeURIComponent(id)}`
    this.#inspect.hidden = ChatMessage.inspectorUrl === null
  }

  #readFrames() {
    if (!this.#details.open || this.#count || this.ariaBusy === "true") return
    ChatMessage.readFrames(
      this.#turnId,
      (frame) => this.addFrame(frame, { late: true }),
      () => this.#count || (this.#summary.textContent = "Frames: the relay does not keep them any longer"),
    )
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
  showStored({ htmlFormattedMessage, sources }) {
    this.#notAnswer.append(...this.#text.querySelectorAll(".raw, .other"))
    this.#text.className = "text"
    this.#text.innerHTML = htmlFormattedMessage ?? ""
    this.addSources(sources)
  }

  /** Show a turn that ended without an answer: the partial text, and why it ended. */
  showFailed(turn, question, sendAgain) {
    if (!this.text) this.addText(turn.partial ?? "")
    const unknown = turn.reason === "status" ? whyUnknown(ChatMessage.scenarios, question) : ""
    this.setProblem(turn.status, [explain(turn), unknown].filter(Boolean).join(" "), { "Send again": sendAgain })
  }

  /** Show a problem with the answer, or none for an empty text; `actions` are buttons by their text. */
  setProblem(kind, text = "", actions = {}) {
    this.#problem.className = `problem ${kind}`
    const buttons = Object.entries(actions).map(([textContent, onclick]) => element("button", { type: "button", textContent, onclick }))
    this.#problem.replaceChildren(text, ...buttons)
  }

  /** Add a frame to the list; one that is read after the end of its turn has no time. */
  addFrame({ event, text, id }, { late = false } = {}) {
    this.#count += 1
    const at = late ? "" : listTime(performance.now() - this.#startedAt)
    this.#summary.textContent = [count(this.#count, "frame"), at].filter(Boolean).join(" · ")
    this.#details.hidden = false
    if (this.#count > MAX_FRAMES_SHOWN) return
    const shown = Object.entries({ at, event, data: text }).map(([className, textContent]) => element("span", { className, textContent }))
    this.#frames.append(element("li", { title: id }, ...shown))
  }
}

customElements.define("chat-message", ChatMessage)
