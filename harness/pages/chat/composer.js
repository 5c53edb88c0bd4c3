/** The input field, which completes `/NAME`, and the send button, which a stop button replaces during an answer. */

import { element } from "./element.js"
import { nameScenario, nearest, search, splitQuestion, whyUnknown } from "./scenarios.js"

const MAX_COMPLETIONS = 8
const MOVES = { ArrowDown: 1, ArrowUp: -1 }
const PARTIAL_NAME = /^\/\S*$/

export class ChatComposer extends HTMLElement {
  scenarios = []
  #input = element("textarea", { id: "question", name: "message", rows: 1, ariaHasPopup: "listbox", placeholder: matchMedia("(max-width: 700px)").matches ? "Type a question" : "Type a question, or / for scenarios", ariaLabel: "Question", autocomplete: "off" })
  #send = element("button", { className: "primary", textContent: "Send" })
  #stop = element("button", { type: "button", textContent: "Stop", title: "Stop this answer", hidden: true })
  #choose = element("button", { type: "button", textContent: "Scenarios", ariaHasPopup: "dialog" })
  #list = element("scenario-list", { id: "completion", hidden: true })
  #warning = element("p", { className: "warning", role: "alert", hidden: true })
  #form = element("form", {}, this.#choose, this.#input, this.#send, this.#stop)

  connectedCallback() {
    this.append(this.#list, this.#warning, this.#form)
    this.#input.setAttribute("aria-controls", this.#list.id)
    this.#input.setAttribute("aria-autocomplete", "list")
    this.#input.addEventListener("input", () => this.#showCompletions())
    this.#input.addEventListener("keydown", (event) => this.#key(event))
    this.#input.addEventListener("blur", () => this.#close())
    this.#list.addEventListener("pick", () => this.#complete())
    this.#choose.addEventListener("click", () => this.dispatchEvent(new Event("choose")))
    this.#stop.addEventListener("click", () => this.#askToStop())
    this.#form.addEventListener("submit", (event) => this.#submit(event))
    this.#showCompletions()
    this.#input.focus()
  }

  get busy() {
    return this.#send.hidden
  }

  set busy(busy) {
    const hadFocus = this.#stop.matches(":focus")
    this.#send.hidden = busy
    this.#stop.hidden = !busy
    this.#stop.textContent = "Stop"
    this.#stop.ariaDisabled = "false"
    if (hadFocus && !busy) this.#input.focus()
  }

  /** Stop once; the button keeps the focus, which a disabled one would lose. */
  #askToStop() {
    if (this.#stop.ariaDisabled === "true") return
    this.#stop.textContent = "Stopping"
    this.#stop.ariaDisabled = "true"
    this.dispatchEvent(new Event("stop"))
  }

  /** Put the name of a scenario at the start of the question. */
  select(scenario) {
    this.#input.value = nameScenario(this.#input.value.replace(PARTIAL_NAME, ""), scenario)
    this.#warning.hidden = true
    this.#close()
    this.#input.focus()
  }

  #submit(event) {
    event.preventDefault()
    const question = this.#input.value
    if (this.busy || !question.trim()) return
    const unknown = whyUnknown(this.scenarios, question)
    if (unknown) this.#warn(unknown, splitQuestion(question).name)
    else this.#ask(question)
  }

  /** Ask before a question is sent that names no scenario: the mock would refuse it. */
  #warn(text, name) {
    const meant = nearest(this.scenarios, name)
    const button = (textContent, onclick) => element("button", { type: "button", textContent, onclick })
    const buttons = [button("Send anyway", () => this.#ask(this.#input.value))]
    if (meant) buttons.unshift(button(`Use /${meant.name}`, () => this.select(meant.name)))
    this.#warning.replaceChildren(text, ...buttons)
    this.#warning.hidden = false
    this.#close()
  }

  #ask(question) {
    this.#input.value = ""
    this.#warning.hidden = true
    this.#close()
    this.dispatchEvent(new CustomEvent("ask", { detail: question }))
  }

  #key(event) {
    const open = !this.#list.hidden
    if (event.isComposing) return
    if (open && event.key in MOVES) this.#list.move(MOVES[event.key])
    else if (open && event.key === "Escape") this.#close()
    else if (open && (event.key === "Tab" || event.key === "Enter")) this.#complete()
    else if (event.key === "Enter" && !event.shiftKey) this.#form.requestSubmit()
    else return
    event.preventDefault()
    this.#updateActiveOption()
  }

  #showCompletions() {
    this.#warning.hidden = true
    const text = this.#input.value
    const found = PARTIAL_NAME.test(text) ? search(this.scenarios, text.slice(1)).slice(0, MAX_COMPLETIONS) : []
    const complete = found.length === 1 && found[0].name === text.slice(1)
    this.#list.show(found)
    this.#list.hidden = !found.length || complete
    this.#updateActiveOption()
  }

  #complete() {
    if (this.#list.selected) this.select(this.#list.selected.name)
  }

  #close() {
    this.#list.hidden = true
    this.#updateActiveOption()
  }

  #updateActiveOption() {
    const open = !this.#list.hidden
    this.#input.setAttribute("aria-activedescendant", open ? this.#list.selectedId : "")
  }
}

customElements.define("chat-composer", ChatComposer)
