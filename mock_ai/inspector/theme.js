/** The switch for the theme: light, dark, or that of the system; the browser stores the choice. */

const NEXT = { system: "light", light: "dark", dark: "system" }
const KEY = "streamproof-theme"

export class ThemeSwitch extends HTMLElement {
  #button = Object.assign(document.createElement("button"), { type: "button", onclick: () => this.#choose(NEXT[this.#theme]) })
  #theme = "system"

  connectedCallback() {
    this.append(this.#button)
    this.#show(stored())
    addEventListener("storage", ({ key, newValue }) => key === KEY && this.#show(newValue)) // of another tab
  }

  #choose(theme) {
    this.#show(theme)
    try {
      localStorage.setItem(KEY, theme)
    } catch {
      // a page from disk may have no storage
    }
  }

  #show(theme) {
    this.#theme = theme in NEXT ? theme : "system"
    document.documentElement.dataset.theme = this.#theme
    this.#button.textContent = `Theme: ${this.#theme}`
  }
}

function stored() {
  try {
    return localStorage.getItem(KEY) ?? "system"
  } catch {
    return "system"
  }
}

customElements.define("theme-switch", ThemeSwitch)
