/**
 * A list of any length with a bounded number of elements: the visible rows, and a few around them.
 *
 * A row element stays with its item while the item is visible, so a click never loses its target. If
 * `follows` is set and the list is scrolled to its end, it stays at its end. If `anchored` is set and
 * the list is scrolled down, the rows in sight stay in their place when others come above them. The
 * scroll position is kept in a field, because reading it from the DOM would cost a layout.
 */

import { element, setAttribute } from "./element.js"

const OVERSCAN = 4
const MOVES = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity }
let lists = 0

export class VirtualRows extends HTMLElement {
  rowHeight = 24
  follows = false
  anchored = false
  render = () => {}
  keyOf = (item) => item.index
  #items = []
  #count = 0 // of the items as they were last shown: the list itself may grow in place
  #chosen = null
  #space = element("div", { className: "space", role: "presentation" })
  #rows = new Map()
  #top = 0
  #height = 0
  #pressed = null // the row may have moved until the pointer is released
  #id = `rows-${(lists += 1)}`

  connectedCallback() {
    this.role = "listbox"
    this.tabIndex = 0
    this.append(this.#space)
    this.addEventListener("scroll", () => {
      this.#top = this.scrollTop
      this.#draw()
    })
    this.addEventListener("pointerdown", (event) => (this.#pressed = keyAt(event)))
    this.addEventListener("click", (event) => this.#point(event))
    this.addEventListener("keydown", (event) => this.#key(event))
    new ResizeObserver(([{ contentRect }]) => this.#resize(contentRect.height)).observe(this)
  }

  get items() {
    return this.#items
  }

  show(items, chosen = null) {
    const wasAtEnd = this.#isAtEnd
    const before = this.#end
    const anchor = this.anchored && items !== this.#items && this.#top > 0 ? this.#firstInSight : null
    this.#items = items
    this.#chosen = chosen
    this.#setCount(items.length)
    const moves = this.follows && wasAtEnd && this.#end > before
    const anchored = anchor && items.findIndex((item) => this.keyOf(item) === anchor.key)
    if (moves) this.#top = this.#end
    else if (anchored >= 0 && anchor) this.#top = anchored * this.rowHeight + anchor.offset
    this.#top = Math.min(this.#top, this.#end)
    this.#draw()
    if (moves || anchor) this.scrollTop = this.#top
  }

  /** Clear the list, because other items may have the same keys. */
  reset() {
    for (const row of this.#rows.values()) row.remove()
    this.#rows.clear()
    this.#items = []
    this.#setCount(0)
    this.scrollTop = this.#top = 0
  }

  #setCount(count) {
    if (count === this.#count) return
    this.#count = count
    const height = `${count * this.rowHeight}px`
    this.#space.style.height = height
    this.style.setProperty("--rows-height", height)
  }

  #resize(height) {
    const stays = this.follows && (this.#isAtEnd || !this.#height)
    this.#height = height
    this.#top = this.scrollTop
    if (stays) this.scrollTop = this.#top = this.#end
    this.#draw()
  }

  /** The largest scroll position. */
  get #end() {
    return Math.max(0, this.#count * this.rowHeight - this.#height)
  }

  get #isAtEnd() {
    return this.#top >= this.#end - this.rowHeight
  }

  get #firstInSight() {
    const at = Math.floor(this.#top / this.rowHeight)
    const item = this.#items[at]
    return item ? { key: this.keyOf(item), offset: this.#top - at * this.rowHeight } : null
  }

  /** Scroll until an item is visible. */
  reveal(index) {
    const top = index * this.rowHeight
    const bottom = top + this.rowHeight - this.#height
    if (top < this.#top) this.scrollTop = this.#top = top
    else if (bottom > this.#top) this.scrollTop = this.#top = bottom
    this.#draw()
  }

  #draw() {
    const first = Math.max(0, Math.floor(this.#top / this.rowHeight) - OVERSCAN)
    const last = Math.min(this.#count, Math.ceil((this.#top + this.#height) / this.rowHeight) + OVERSCAN)
    const kept = new Map()
    for (let at = first; at < last; at += 1) {
      const key = this.keyOf(this.#items[at])
      kept.set(key, this.#row(key, at))
    }
    for (const [key, row] of this.#rows) if (!kept.has(key)) row.remove()
    this.#rows = kept
    this.#order(kept.values())
    const chosen = kept.get(this.#chosen)
    if (chosen) setAttribute(this, "aria-activedescendant", chosen.id)
    else this.removeAttribute("aria-activedescendant")
  }

  /** Keep the elements in visual order, for screen readers. */
  #order(rows) {
    let next = this.#space.firstChild
    for (const row of rows) {
      if (row === next) next = next.nextSibling
      else this.#space.insertBefore(row, next)
    }
  }

  #row(key, at) {
    let row = this.#rows.get(key)
    if (!row) {
      row = element("div", { className: "row", role: "option", id: `${this.#id}-${key}` })
      row.key = key
    }
    if (row.at !== at) {
      row.at = at
      row.style.transform = `translateY(${at * this.rowHeight}px)`
      row.ariaPosInSet = at + 1
    }
    setAttribute(row, "aria-setsize", String(this.#count))
    setAttribute(row, "aria-selected", String(key === this.#chosen))
    this.render(row, this.#items[at])
    return row
  }

  #point(event) {
    const key = this.#pressed ?? keyAt(event)
    this.#pressed = null
    if (key !== null) this.#choose(key)
  }

  #key(event) {
    if (!(event.key in MOVES) || !this.#count || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    const now = this.#items.findIndex((item) => this.keyOf(item) === this.#chosen)
    const next = Math.max(0, Math.min(this.#count - 1, now + MOVES[event.key]))
    this.reveal(next)
    this.#choose(this.keyOf(this.#items[next]))
  }

  #choose(key) {
    this.#chosen = key
    this.#draw()
    this.dispatchEvent(new CustomEvent("choose", { detail: key }))
  }
}

function keyAt(event) {
  return event.target.closest(".row")?.key ?? null
}

customElements.define("virtual-rows", VirtualRows)
