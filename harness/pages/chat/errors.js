/** What is wrong with the scenario files now; of a broken file the last good version answers. */

import { element } from "./element.js"

export class ScenarioErrors extends HTMLElement {
  #summary = element("summary")
  #text = element("pre", { tabIndex: 0, ariaLabel: "Errors in scenario files" })

  connectedCallback() {
    this.hidden = true
    this.append(element("details", { open: true }, this.#summary, this.#text))
  }

  show(errors) {
    const many = errors.length === 1 ? "an error" : `${errors.length} errors`
    this.hidden = !errors.length
    this.#summary.textContent = `The scenario files have ${many}; what was good before still answers.`
    this.#text.textContent = errors.join("\n\n")
  }
}

customElements.define("scenario-errors", ScenarioErrors)
