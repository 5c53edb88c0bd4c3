/** Keep an exchange: as a scenario file on disk, or in the mock until its next reset. */

import { element, say } from "./element.js"

const KEPT_MS = 10_000 // until the browser surely has the file

export class SaveDialog extends HTMLElement {
  download = async () => {}
  put = async () => {}
  #name = element("input", { required: true, pattern: "[a-z0-9]+(-[a-z0-9]+)*", autocomplete: "off" })
  #said = element("p", { className: "said", role: "status" })
  #dialog = element(
    "dialog",
    { ariaLabel: "Save as scenario" },
    element(
      "form",
      { method: "dialog", onsubmit: (event) => this.#submit(event) },
      element("h2", { textContent: "Save this exchange as a scenario" }),
      element("label", {}, "Name ", this.#name),
      element("p", { className: "hint", textContent: "Secrets in the request become stars. The file sends the same bytes at the same times." }),
      element(
        "div",
        { className: "tools" },
        element("button", { value: "download", textContent: "Download file" }),
        element("button", { value: "put", textContent: "Play in this mock" }),
        element("button", { type: "button", textContent: "Close", onclick: () => this.#dialog.close() }),
      ),
      this.#said,
    ),
  )

  connectedCallback() {
    this.append(this.#dialog)
  }

  open(story) {
    this.#name.value = `seen-${story.scenario ?? story.number}`
    say(this.#said, "")
    this.#dialog.showModal()
    this.#name.select()
  }

  async #submit(event) {
    event.preventDefault()
    const name = this.#name.value
    try {
      const { text } = await this.download(name)
      if (event.submitter?.value === "put") {
        await this.put(name, text)
        say(this.#said, `The mock has it until its next reset: ask with /${name}.`)
      } else {
        give(`${name}.yaml`, text)
        say(this.#said, `Saved as ${name}.yaml.`)
      }
    } catch (error) {
      say(this.#said, error.message)
    }
  }
}

function give(filename, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/yaml" }))
  element("a", { href: url, download: filename }).click()
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS)
}

customElements.define("save-dialog", SaveDialog)
