/** The current errors in scenario files; the mock uses the last valid version of a broken file. */

import { element } from "./element.js"

export class ScenarioErrors extends HTMLElement {
  #summary = element("summary")
  #text = element("pre", { tabIndex: 0, ariaLabel: "Errors in scenario files" })

  connectedCallback() {
    this.hidden = true
    this.append(element("details", { open: true }, this.#summary, this.#text))
  }

  show(errors) {
    const count = errors.length === 1 ? "1 error" : `${errors.length} errors`
    this.hidden = !errors.length
    this.#summary.textContent = `${count} in scenario files. The mock uses the last valid version of each file.`
    this.#text.textContent = errors.join("\n\n")
  }
}

customElements.define("scenario-errors", ScenarioErrors)
