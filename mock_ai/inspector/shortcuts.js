/** Keys that work everywhere on the page, and the dialog that lists all keys. */

import { button, element } from "./element.js"

const STORED = "streamproof-single-keys"
const EVERYWHERE = [
  ["/", "search in the streams"],
  ["J K", "select the next, the previous stream of the list"],
  ["Z", "zoom into the selected range"],
  ["Escape", "clear the range, then show the whole stream"],
  ["?", "show these keys"],
]
const GROUPS = {
  "In the time axis": [
    ["← →", "select the previous, the next write"],
    ["Home End", "select the first, the last write"],
    ["Shift ← →", "select a range"],
  ],
  "In a list": [
    ["↑ ↓", "select the previous, the next row"],
    ["Page ↑ ↓", "move by ten rows"],
    ["Home End", "select the first, the last row"],
  ],
}

export class ShortcutHelp extends HTMLElement {
  /** What the keys do, by key: functions that return false if they did nothing. */
  keys = {}
  #single = element("input", { type: "checkbox", checked: isStored(), onchange: () => store(this.#single.checked) })
  #keys = element("div")
  #dialog = element(
    "dialog",
    { ariaLabel: "Keyboard" },
    element("h2", { textContent: "Keyboard" }),
    this.#keys,
    element("label", { className: "single" }, this.#single, " Use keys without Ctrl or Alt everywhere on the page"),
    element("div", { className: "tools" }, button("Close", () => this.#dialog.close())),
  )

  connectedCallback() {
    const open = button("Keys", () => this.open(), { title: "Keyboard (?)" })
    this.append(open, this.#dialog)
    document.addEventListener("keydown", (event) => this.#press(event))
  }

  open() {
    const here = EVERYWHERE.filter(([keys]) => keys === "?" || keys.split(" ")[0].toLowerCase() in this.keys)
    const groups = Object.entries({ "Everywhere": here, ...GROUPS })
    this.#keys.replaceChildren(...groups.flatMap(([title, keys]) => [element("h3", { textContent: title }), element("dl", {}, ...keys.flatMap(keyRow))]))
    this.#dialog.showModal()
    return true
  }

  #press(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    if (document.querySelector("dialog[open]")) return
    if (event.key !== "Escape" && !this.#single.checked) return
    const act = event.key === "?" ? () => this.open() : this.keys[event.key.toLowerCase()]
    if (act && act() !== false) event.preventDefault()
  }
}

function keyRow([keys, what]) {
  const names = keys.split(" ").map((key) => element("kbd", { textContent: key }))
  return [element("dt", {}, ...names.flatMap((name) => [name, " "])), element("dd", { textContent: what })]
}

function isTyping(target) {
  return target.matches("textarea, select, [contenteditable], input:not([type='checkbox'])")
}

function isStored() {
  try {
    return localStorage.getItem(STORED) !== "off"
  } catch {
    return true
  }
}

function store(on) {
  try {
    localStorage.setItem(STORED, on ? "on" : "off")
  } catch {
    // the choice counts until the page is closed
  }
}

customElements.define("shortcut-help", ShortcutHelp)
