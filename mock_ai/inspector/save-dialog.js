/** Save an exchange as a scenario: as a file, or in the mock until its next reset. */

import { button, element, saveAs, setText } from "./element.js"

const REVOKE_MS = 10_000 // enough time for the browser to read the file

export class SaveDialog extends HTMLElement {
  #number = null
  #actions = null
  #name = element("input", { required: true, pattern: "[a-z0-9]+(-[a-z0-9]+)*", autocomplete: "off" })
  #notice = element("p", { className: "notice", role: "status" })
  #dialog = element(
    "dialog",
    { ariaLabel: "Save as scenario" },
    element(
      "form",
      { method: "dialog", onsubmit: (event) => this.#submit(event) },
      element("h2", { textContent: "Save this exchange as a scenario" }),
      element("label", {}, "Name ", this.#name),
      element("p", { className: "hint", textContent: "Secrets in the request are replaced by stars. The scenario sends the same bytes at the same times." }),
      element(
        "div",
        { className: "tools" },
        element("button", { value: "download", textContent: "Download file" }),
        element("button", { value: "put", textContent: "Play in this mock" }),
        button("Close", () => this.#dialog.close()),
      ),
      this.#notice,
    ),
  )

  connectedCallback() {
    this.append(this.#dialog)
  }

  /** Open the dialog for a story; the page may show another one before it is closed. */
  open({ number, scenario, endpoint }, actions) {
    this.#number = number
    this.#actions = actions
    this.#name.value = `seen-${scenario ?? endpoint ?? number}`
    setText(this.#notice, "")
    this.#dialog.showModal()
    this.#name.select()
  }

  async #submit(event) {
    event.preventDefault()
    const name = this.#name.value
    try {
      const { text } = await this.#actions.getScenario(this.#number, name)
      if (event.submitter?.value === "put") {
        await this.#actions.putScenario(name, text)
        setText(this.#notice, `Added to this mock until its next reset. Begin a question with /${name} to play it.`)
      } else {
        saveText(`${name}.yaml`, text)
        setText(this.#notice, `Saved as ${name}.yaml.`)
      }
    } catch (error) {
      setText(this.#notice, error.message)
    }
  }
}

function saveText(filename, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/yaml" }))
  saveAs(url, filename)
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_MS)
}

customElements.define("save-dialog", SaveDialog)
