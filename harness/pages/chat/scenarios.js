/** Scenario names in questions, the search for scenarios, and the list to select from. */

import { element } from "./element.js"

const NAMED = /^\/([a-z0-9]+(?:-[a-z0-9]+)*)(?!\S)\s*/

/** Return the scenario that a question names, if any, and the rest of the question. */
export function splitQuestion(question) {
  const found = NAMED.exec(question)
  return found ? { name: found[1], rest: question.slice(found[0].length) } : { name: null, rest: question }
}

/** Return the question with this scenario name at its start; a previous name is replaced. */
export const nameScenario = (question, name) => `/${name} ${splitQuestion(question).rest}`

/** Return the scenarios that contain every word; those with the first word in the name come first. */
export function search(scenarios, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const matches = (one) => words.every((word) => `${one.name} ${one.title} ${one.about}`.toLowerCase().includes(word))
  const rank = (one) => [one.name.startsWith(words[0] ?? ""), one.name.includes(words[0] ?? "")].filter(Boolean).length
  return scenarios.filter(matches).sort((a, b) => rank(b) - rank(a))
}

/** Return the scenario whose name is nearest to a misspelt one; undefined if none is near. */
export function nearest(scenarios, name) {
  const near = scenarios.map((scenario) => ({ scenario, edits: editDistance(name, scenario.name) })).sort((a, b) => a.edits - b.edits)
  return near[0]?.edits <= Math.max(2, name.length / 3) ? near[0].scenario : undefined
}

/** Return that a question names a scenario that does not exist; empty if it names none, or one that does. */
export function whyUnknown(scenarios, question) {
  const { name } = splitQuestion(question)
  if (!name || scenarios.some((one) => one.name === name)) return ""
  const meant = nearest(scenarios, name)
  return `No scenario is named /${name}.${meant ? ` Did you mean /${meant.name}?` : ""}`
}

/** Count the letters that must be inserted, deleted or replaced (Levenshtein distance). */
function editDistance(from, to) {
  let row = Array.from({ length: to.length + 1 }, (_, n) => n)
  for (const [n, letter] of [...from].entries()) {
    const next = [n + 1]
    for (let m = 0; m < to.length; m += 1) next.push(Math.min(next[m] + 1, row[m + 1] + 1, row[m] + (letter === to[m] ? 0 : 1)))
    row = next
  }
  return row[to.length]
}

/** A listbox of scenarios. Its input field keeps the focus and moves the selection. */
export class ScenarioList extends HTMLElement {
  #shown = []
  #at = -1

  connectedCallback() {
    this.role = "listbox"
    this.ariaLabel = "Scenarios"
    this.addEventListener("mousedown", (event) => event.preventDefault())
    this.addEventListener("click", (event) => this.#pick(event.target.closest("[role=option]")))
  }

  get selected() {
    return this.#shown[this.#at]
  }

  get selectedId() {
    return this.selected ? this.#id(this.#at) : ""
  }

  show(scenarios, { grouped = false } = {}) {
    this.#shown = scenarios
    const options = []
    scenarios.forEach(({ name, title, group }, n) => {
      if (grouped && group !== scenarios[n - 1]?.group) options.push(element("div", { className: "group", role: "presentation", textContent: group }))
      const words = [element("code", { textContent: `/${name}` }), " ", element("span", { textContent: title })]
      options.push(element("div", { role: "option", id: this.#id(n) }, ...words))
    })
    this.replaceChildren(...options)
    this.select(scenarios.length ? 0 : -1)
  }

  move(by) {
    if (this.#shown.length) this.select((this.#at + by + this.#shown.length) % this.#shown.length)
  }

  select(at) {
    this.#option(this.#at)?.setAttribute("aria-selected", "false")
    this.#at = at
    const option = this.#option(at)
    option?.setAttribute("aria-selected", "true")
    option?.scrollIntoView({ block: "nearest" })
  }

  #pick(option) {
    if (!option) return
    this.select(this.#shown.findIndex((_, n) => this.#id(n) === option.id))
    this.dispatchEvent(new Event("pick"))
  }

  #id(n) {
    return `${this.id}-${n}`
  }

  #option(n) {
    return this.querySelector(`#${this.#id(n)}`)
  }
}

customElements.define("scenario-list", ScenarioList)
