/** The current errors in scenario files; the mock uses the last valid version of a broken file. */

import { element } from "./element.js"
import { count } from "./units.js"

const CONFIRMED_MS = 1500

export class ScenarioErrors extends HTMLElement {
  #errors = []
  #summary = element("summary")
  #text = element("pre", { tabIndex: 0, role: "region", ariaLabel: "Errors in scenario files" })
  #copy = element("button", { type: "button", textContent: "Copy", onclick: () => this.#copyAll() })

  connectedCallback() {
    this.hidden = true
    this.role = "status"
    this.append(element("details", { open: true }, this.#summary, this.#text, this.#copy))
  }

  /** Show the errors, each as the terminal shows it; an empty list hides the element. */
  show(errors) {
    if (errors.join() === this.#errors.join()) return
    this.#errors = errors
    this.hidden = !errors.length
    this.#summary.textContent = `${count(errors.length, "error")} in scenario files. The mock uses the last valid version of each file.`
    this.#text.replaceChildren(...errors.flatMap(parts))
  }

  /** Copy the errors; select them where the browser does not allow copying, as without TLS. */
  async #copyAll() {
    try {
      await navigator.clipboard.writeText(this.#errors.join("\n\n"))
      this.#copy.textContent = "Copied"
    } catch {
      getSelection().selectAllChildren(this.#text)
      this.#copy.textContent = "Selected"
    }
    setTimeout(() => (this.#copy.textContent = "Copy"), CONFIRMED_MS)
  }
}

/** What is wrong stands out from where it is. */
function parts(error, n) {
  const [message, ...place] = error.split("\n")
  return [n ? "\n\n" : "", element("strong", { textContent: message }), `\n${place.join("\n")}`]
}

customElements.define("scenario-errors", ScenarioErrors)
