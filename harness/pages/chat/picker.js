/** The scenario picker: a dialog that searches the scenarios and reports the chosen one. */

import { element } from "./element.js"
import { search } from "./scenarios.js"

const MOVES = { ArrowDown: 1, ArrowUp: -1 }

export class ScenarioPicker extends HTMLElement {
  #scenarios = []
  #search = element("input", { role: "combobox", placeholder: "Search: reset, split, sources, 503 …", ariaLabel: "Search scenarios", ariaExpanded: "true", autocomplete: "off" })
  #list = element("scenario-list", { id: "picker-list" })
  #about = element("p", { className: "about" })
  #dialog = element("dialog", { ariaLabel: "Choose a scenario" }, element("h2", { textContent: "Select what the AI service does" }), this.#search, this.#list, this.#about)

  connectedCallback() {
    this.append(this.#dialog)
    this.#search.setAttribute("aria-controls", this.#list.id)
    this.#search.addEventListener("input", () => this.#show())
    this.#search.addEventListener("keydown", (event) => this.#key(event))
    this.#list.addEventListener("pick", () => this.#choose())
    this.#dialog.addEventListener("click", (event) => event.target === this.#dialog && this.#dialog.close())
  }

  /** Replace the scenarios; an open picker shows the new list at once. */
  set scenarios(scenarios) {
    this.#scenarios = scenarios
    if (this.#dialog.open) this.#show()
  }

  open() {
    this.#search.value = ""
    this.#dialog.showModal()
    this.#show()
  }

  #show() {
    const text = this.#search.value.replace(/^\//, "")
    this.#list.show(text ? search(this.#scenarios, text) : this.#scenarios, { grouped: !text })
    this.#showSelected()
  }

  #key(event) {
    if (event.key in MOVES) {
      this.#list.move(MOVES[event.key])
      this.#showSelected()
    } else if (event.key === "Enter") this.#choose()
    else return
    event.preventDefault()
  }

  #showSelected() {
    this.#search.setAttribute("aria-activedescendant", this.#list.selectedId)
    this.#about.textContent = this.#list.selected?.about ?? "No scenario contains these words."
  }

  #choose() {
    const chosen = this.#list.selected
    if (!chosen) return
    this.#dialog.close()
    this.dispatchEvent(new CustomEvent("choose", { detail: chosen.name }))
  }
}

customElements.define("scenario-picker", ScenarioPicker)
