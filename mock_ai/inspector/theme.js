/** The switch for the theme: light, dark, or that of the system; the browser stores the choice. */

import { element } from "./element.js"

const NEXT = { system: "light", light: "dark", dark: "system" }
const KEY = "streamproof-theme"

export class ThemeSwitch extends HTMLElement {
  #button = element("button", { type: "button", onclick: () => this.#set(NEXT[this.#theme]) })
  #theme = "system"

  connectedCallback() {
    this.append(this.#button)
    this.#set(localStorage.getItem(KEY) ?? "system")
  }

  #set(theme) {
    this.#theme = theme in NEXT ? theme : "system"
    document.documentElement.dataset.theme = this.#theme
    this.#button.textContent = `Theme: ${this.#theme}`
    localStorage.setItem(KEY, this.#theme)
  }
}

customElements.define("theme-switch", ThemeSwitch)
