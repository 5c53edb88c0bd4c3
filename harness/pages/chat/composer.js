/** The question: an input that completes `/NAME`, and a button that is back when the answer ends. */

import { element } from "./element.js"
import { nameScenario, search } from "./scenarios.js"

const MAX_OFFERED = 8
const MOVES = { ArrowDown: 1, ArrowUp: -1 }
const BEING_NAMED = /^\/\S*$/

export class ChatComposer extends HTMLElement {
  scenarios = []
  #input = element("textarea", { id: "question", name: "message", rows: 1, ariaHasPopup: "listbox", placeholder: "Ask something, or type /", ariaLabel: "Question", autocomplete: "off" })
  #send = element("button", { className: "primary", textContent: "Send" })
  #choose = element("button", { type: "button", textContent: "Scenarios", ariaHasPopup: "dialog" })
  #list = element("scenario-list", { id: "completion", hidden: true })
  #form = element("form", {}, this.#choose, this.#input, this.#send)

  connectedCallback() {
    this.append(this.#list, this.#form)
    this.#input.setAttribute("aria-controls", this.#list.id)
    this.#input.setAttribute("aria-autocomplete", "list")
    this.#input.addEventListener("input", () => this.#offer())
    this.#input.addEventListener("keydown", (event) => this.#key(event))
    this.#input.addEventListener("blur", () => this.#close())
    this.#list.addEventListener("pick", () => this.#complete())
    this.#choose.addEventListener("click", () => this.dispatchEvent(new Event("choose")))
    this.#form.addEventListener("submit", (event) => this.#submit(event))
    this.#offer()
    this.#input.focus()
  }

  set busy(busy) {
    this.#send.disabled = busy
    this.#send.textContent = busy ? "Answering" : "Send"
  }

  /** Let the next question name this scenario. */
  name(scenario) {
    this.#input.value = nameScenario(this.#input.value.replace(BEING_NAMED, ""), scenario)
    this.#close()
    this.#input.focus()
  }

  #submit(event) {
    event.preventDefault()
    const question = this.#input.value
    if (this.#send.disabled || !question.trim()) return
    this.#input.value = ""
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
    this.#announce()
  }

  #offer() {
    const text = this.#input.value
    const found = BEING_NAMED.test(text) ? search(this.scenarios, text.slice(1)).slice(0, MAX_OFFERED) : []
    const said = found.length === 1 && found[0].name === text.slice(1)
    this.#list.show(found)
    this.#list.hidden = !found.length || said
    this.#announce()
  }

  #complete() {
    if (this.#list.selected) this.name(this.#list.selected.name)
  }

  #close() {
    this.#list.hidden = true
    this.#announce()
  }

  #announce() {
    const open = !this.#list.hidden
    this.#input.setAttribute("aria-activedescendant", open ? this.#list.selectedId : "")
  }
}

customElements.define("chat-composer", ChatComposer)
