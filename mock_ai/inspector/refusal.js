/** Why the mock refused a request: the error, and the scenarios that nearly answered. */

import { element } from "./element.js"

export class RefusalReason extends HTMLElement {
  #shown = null

  connectedCallback() {
    this.role = "region"
    this.ariaLabel = "Why the mock refused this request"
  }

  /** Show a refusal; null hides the element. */
  show(refusal) {
    this.hidden = refusal === null
    if (refusal === this.#shown) return
    this.#shown = refusal
    if (refusal === null) return
    const { error, near = [] } = refusal.body
    this.replaceChildren(
      element("h3", {}, element("span", { className: "code", textContent: String(refusal.status) }), sentence(error ?? JSON.stringify(refusal.body))),
      ...(near.length ? [this.#advice(near), element("ul", {}, ...near.map(nearMiss))] : []),
    )
  }

  #advice(near) {
    if (near.some(({ fields }) => fields.length)) return element("p", { textContent: "The rules that nearly matched:" })
    return element("p", {}, `${sentence(near[0].why)} Did you mean `, element("code", { textContent: near[0].scenario }), near.length > 1 ? " or one of the others?" : "?")
  }
}

function nearMiss({ scenario, title, fields }) {
  const rows = fields.map(({ fact, wanted, got, fits }) =>
    element("tr", { className: fits ? "" : "missed" }, element("th", { scope: "row", textContent: fact }), element("td", { textContent: wanted }), element("td", { textContent: got })),
  )
  const head = element("tr", {}, ...["fact", "wanted", "got"].map((textContent) => element("th", { scope: "col", textContent })))
  const table = rows.length ? [element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows))] : []
  return element("li", {}, element("code", { textContent: scenario }), ` ${title}`, ...table)
}

function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`
}

customElements.define("refusal-reason", RefusalReason)
