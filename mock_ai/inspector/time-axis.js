/**
 * The time axis with up to three lanes: planned writes, actual writes, and the relay's output.
 *
 * It shows the whole stream, or a part of it. Dragging, or Shift with an arrow key, selects a range.
 * A double click zooms: into the range, or around the pointer. The arrow keys move from write to write.
 * The number of elements does not depend on the number of marks.
 *
 * Events: `range` and `zoom` with a time span or null, `write` with the index of a write.
 */

import { element, setAttribute, setText, svgElement } from "./element.js"
import { marksPath, scale, spansPath, ticks } from "./marks.js"
import { count, time } from "./units.js"

const WIDE_LABELS = 104
const NARROW_LABELS = 72
const NARROW = 480
const RIGHT = 14
const LANE = 26
const BETWEEN = 10
const TOP = 22
const BOTTOM = 20
const LANES = ["planned", "written", "delivered"]
const MAX_FLAGS = 12
const MAX_LABELS = 12
const LETTER = 6.2
const MIN_DRAG = 4
const MIN_SPAN_MS = 0.05
const MARGIN = 1.03 // factor that leaves space to the right of the last mark

export class TimeAxis extends HTMLElement {
  #story = null
  #shown = null
  #span = [0, 1]
  #pressed = null
  #before = null
  #width = 0
  #bottom = 0
  #labels = WIDE_LABELS
  #parts = Object.fromEntries(["holds", "quiet", "late", ...LANES, "cursor", "end", "now"].map((name) => [name, svgElement("path", { class: name })]))
  #range = svgElement("rect", { class: "range" })
  #lanes = Object.fromEntries(LANES.map((lane) => [lane, { band: svgElement("rect", { class: "band", x: 0, height: LANE }), name: svgElement("text", { class: `name ${lane}`, x: 0 }), count: svgElement("text", { class: "count", x: 0 }) }]))
  #notes = svgElement("g", { class: "notes" })
  #flags = svgElement("g", { class: "flags" })
  #ticks = svgElement("g", { class: "ticks" })
  #grid = svgElement("path", { class: "grid" })
  #plot = svgElement("svg", { class: "plot" })
  #svg = svgElement("svg", { "aria-hidden": "true" })
  #tip = element("output", { className: "tip", hidden: true })

  connectedCallback() {
    this.role = "slider"
    this.tabIndex = 0
    this.ariaLabel = "Time axis: arrow keys move from write to write; with Shift they select a range; Z zooms into it"
    this.ariaValueMin = "0"
    const { holds, quiet, late, planned, written, delivered, cursor, end, now } = this.#parts
    this.#plot.append(...LANES.map((lane) => this.#lanes[lane].band), this.#grid, holds, quiet, late, this.#range, planned, written, delivered, this.#notes, now, end, this.#flags, cursor, this.#ticks)
    this.#svg.append(...LANES.flatMap((lane) => [this.#lanes[lane].name, this.#lanes[lane].count]), this.#plot)
    this.append(this.#svg, this.#tip)
    this.addEventListener("pointerdown", (event) => this.#press(event))
    this.addEventListener("pointermove", (event) => this.#move(event))
    this.addEventListener("pointerup", () => (this.#pressed = null))
    this.addEventListener("pointercancel", () => (this.#pressed = null))
    this.addEventListener("pointerleave", () => (this.#tip.hidden = true))
    this.addEventListener("click", (event) => this.#click(event))
    this.addEventListener("dblclick", (event) => this.#zoom(event))
    this.addEventListener("keydown", (event) => this.#key(event))
    new ResizeObserver(([{ contentRect }]) => this.#resize(contentRect.width)).observe(this)
  }

  #resize(width) {
    this.#labels = width < NARROW ? NARROW_LABELS : WIDE_LABELS
    this.#width = Math.max(0, width - this.#labels - RIGHT)
    for (const [name, value] of Object.entries({ x: this.#labels, width: this.#width + RIGHT })) setAttribute(this.#plot, name, String(value))
    this.#draw()
  }

  /**
   * Show a story: `due` are the times when its writes are due, `silent` its silences, `zoom` and
   * `range` time spans or null, `write` the index of the selected write or null.
   */
  show(story, shown) {
    this.#story = story
    this.#shown = shown
    this.#draw()
  }

  /** The time span of the whole story. */
  get whole() {
    return domain(this.#story, this.#shown.due)
  }

  get #scale() {
    return scale(this.#span, this.#width)
  }

  #draw() {
    if (!this.#story || this.#width <= 0) return
    const story = this.#story
    const { due, silent, zoom, write } = this.#shown
    this.#span = zoom ?? this.whole
    const axis = this.#scale
    const lanes = { planned: due.length > 0, written: true, delivered: story.delivered.length > 0 }
    const tops = this.#layOut(lanes)
    const times = { planned: due, written: story.times, delivered: lanes.delivered ? story.delivered.map(({ at_ms }) => at_ms) : [] }
    for (const lane of LANES) this.#set(lane, lanes[lane] ? marksPath(times[lane], axis, tops[lane] + 3, LANE - 3) : "")
    this.#set("quiet", spansPath(silent.filter(({ late }) => !late), axis, tops.written, LANE))
    this.#set("late", spansPath(silent.filter(({ late }) => late), axis, tops.written, LANE))
    const held = heldSpans(story, due)
    this.#set("holds", lanes.planned ? spansPath(held, axis, tops.planned, LANE) : "")
    this.#set("end", story.ended_ms === null ? "" : this.#line(axis.x(story.ended_ms)))
    this.#set("now", story.live ? this.#line(axis.x(story.elapsed)) : "")
    this.#set("cursor", write === null ? "" : this.#line(axis.x(story.times[write])))
    this.#label(story, due)
    this.#drawNotes(axis, silent, held, tops)
    this.#drawRange(axis)
    this.#drawFlags(story, axis)
    this.#drawTicks(axis)
    this.#describe(story)
  }

  /** Place the lanes that have something below each other; returns the top of each. */
  #layOut(lanes) {
    const tops = {}
    let top = TOP
    for (const lane of LANES) {
      const { band, name, count } = this.#lanes[lane]
      for (const node of [band, name, count]) setAttribute(node, "visibility", lanes[lane] ? "visible" : "hidden")
      if (!lanes[lane]) continue
      tops[lane] = top
      setAttribute(band, "y", String(top))
      setAttribute(band, "width", String(this.#width + RIGHT))
      setAttribute(name, "y", String(top + 11))
      setAttribute(count, "y", String(top + 24))
      top += LANE + BETWEEN
    }
    this.#bottom = top - BETWEEN + 4
    for (const node of [this.#svg, this.#plot]) setAttribute(node, "height", String(this.#bottom + BOTTOM))
    return tops
  }

  #line(x) {
    return `M${x.toFixed(1)} ${TOP - 8}V${this.#bottom}`
  }

  #set(part, path) {
    setAttribute(this.#parts[part], "d", path)
  }

  #label(story, due) {
    setText(this.#lanes.planned.name, "planned")
    setText(this.#lanes.written.name, "written")
    setText(this.#lanes.delivered.name, this.#labels < WIDE_LABELS ? "relay" : "relay's output")
    setText(this.#lanes.planned.count, count(due.length, "write"))
    setText(this.#lanes.written.count, count(story.writes.length, "write"))
    setText(this.#lanes.delivered.count, count(story.delivered.length, "frame"))
  }

  /** Write the length of each silence and hold into it, if there is room. */
  #drawNotes(axis, silent, held, tops) {
    const notes = silent.map(({ from, to, late }) => ({ from, to, text: `${time(to - from)}${late ? " late" : ""}`, kind: late ? "late" : "quiet", top: tops.written }))
    if (tops.planned !== undefined) for (const { from, to } of held) notes.push({ from, to, text: "hold", kind: "hold", top: tops.planned })
    const room = notes.filter(({ from, to, text }) => axis.x(Math.min(to, axis.to)) - axis.x(Math.max(from, axis.from)) > text.length * LETTER + 10)
    replace(
      this.#notes,
      room.slice(0, MAX_LABELS).map(({ from, to, text, kind, top }) => {
        const middle = (axis.x(Math.max(from, axis.from)) + axis.x(Math.min(to, axis.to))) / 2
        return { name: "text", attributes: { class: `note ${kind}`, x: middle.toFixed(1), y: top + 18 }, text }
      }),
    )
  }

  #drawRange(axis) {
    const [from, to] = this.#shown.range ?? [0, 0]
    const left = axis.x(from)
    const shape = this.#shown.range ? { x: left, y: TOP - 4, width: Math.max(1, axis.x(to) - left), height: this.#bottom - TOP + 4 } : { x: 0, y: 0, width: 0, height: 0 }
    for (const [name, value] of Object.entries(shape)) setAttribute(this.#range, name, String(value))
  }

  #drawFlags(story, axis) {
    const shown = flags(story).filter(({ at_ms }) => at_ms >= axis.from && at_ms <= axis.to)
    let free = -Infinity
    const nodes = shown.slice(0, MAX_FLAGS).flatMap(({ at_ms, text, kind }) => {
      const x = axis.x(at_ms)
      const line = { name: "path", attributes: { class: `flag ${kind}`, d: `M${x.toFixed(1)} ${TOP - 10}V${this.#bottom}` }, text: "" }
      const wide = text.length * LETTER + 8
      const left = Math.min(Math.max(0, x + 3), this.#width + RIGHT - wide)
      if (left < free) return [line]
      free = left + wide
      return [line, { name: "text", attributes: { class: `flag ${kind}`, x: left.toFixed(1), y: TOP - 10 }, text }]
    })
    replace(this.#flags, nodes)
  }

  #drawTicks(axis) {
    const marks = ticks(axis)
    setAttribute(this.#grid, "d", marks.map(({ at }) => `M${Math.round(axis.x(at)) + 0.5} ${TOP}V${this.#bottom}`).join(""))
    // A label at the edge of the plot would be cut off.
    const near = 4 * LETTER
    replace(
      this.#ticks,
      marks.map(({ at, text }) => {
        const x = axis.x(at)
        const anchor = x < near ? "start" : x > this.#width + RIGHT - near ? "end" : "middle"
        return { name: "text", attributes: { "text-anchor": anchor, x: x.toFixed(1), y: this.#bottom + 14 }, text }
      }),
    )
  }

  #describe(story) {
    const { write, range, zoom } = this.#shown
    const cursor = write === null ? null : story.times[write]
    setAttribute(this, "aria-valuemax", String(Math.round(this.whole[1])))
    setAttribute(this, "aria-valuenow", String(Math.round(cursor ?? 0)))
    const spans = [range && `range ${spanText(range)}`, zoom && `zoomed to ${spanText(zoom)}`].filter(Boolean)
    setAttribute(this, "aria-valuetext", [cursor === null ? "no write selected" : `write ${write + 1} at ${time(cursor)}`, ...spans].join(", "))
  }

  #at(event) {
    const { left } = this.#svg.getBoundingClientRect()
    return this.#scale.ms(Math.max(0, Math.min(this.#width, event.clientX - left - this.#labels)))
  }

  #press(event) {
    if (!this.#story || event.button !== 0) return
    this.setPointerCapture(event.pointerId)
    this.#pressed = { x: event.clientX, ms: this.#at(event) }
    this.#before = { range: this.#shown.range, moved: false, previous: this.#before?.range ?? null }
  }

  #move(event) {
    if (!this.#story) return
    if (this.#pressed && (this.#before.moved || Math.abs(event.clientX - this.#pressed.x) >= MIN_DRAG)) {
      this.#before.moved = true
      this.#choose("range", inOrder(this.#pressed.ms, this.#at(event)))
    }
    this.#showTip(event)
  }

  #click(event) {
    if (!this.#story || !this.#before || this.#before.moved || event.detail > 1) return
    this.#choose("range", null)
    const nearest = this.#nearest(this.#at(event))
    if (nearest) this.#choose("write", nearest.index)
  }

  /** Zoom into the range that the first click has cleared, or to a quarter of what is shown. */
  #zoom(event) {
    if (!this.#story) return
    const ms = this.#at(event)
    const range = this.#before?.previous
    if (range && ms >= range[0] && ms <= range[1]) {
      this.#choose("zoom", range)
      return
    }
    const quarter = (this.#span[1] - this.#span[0]) / 4
    const from = Math.max(this.#span[0], Math.min(ms - quarter / 2, this.#span[1] - quarter))
    if (quarter > MIN_SPAN_MS) this.#choose("zoom", [from, from + quarter])
  }

  #showTip(event) {
    const { left } = this.#svg.getBoundingClientRect()
    const ms = this.#at(event)
    const write = this.#nearest(ms)
    const due = write && this.#shown.due[write.index]
    const near = write ? ` · write ${write.index + 1} at ${time(write.at_ms)}${due === undefined ? "" : `, planned ${time(due)}`}, ${count(write.size, "byte")}` : ""
    setText(this.#tip, `${time(ms)}${near}`)
    this.#tip.hidden = false
    const x = event.clientX - left
    this.#tip.style.left = `${Math.max(0, Math.min(x + 12, this.clientWidth - this.#tip.offsetWidth - 4))}px`
  }

  #nearest(ms) {
    const { writes, times } = this.#story
    const after = firstFrom(times, ms)
    const [before, next] = [writes[after - 1], writes[after]]
    if (!before || !next) return next ?? before
    return ms - before.at_ms < next.at_ms - ms ? before : next
  }

  #key(event) {
    if (!this.#story || event.altKey || event.ctrlKey || event.metaKey) return
    const last = this.#story.writes.length - 1
    const now = this.#shown.write ?? -1
    const next = { ArrowLeft: Math.max(0, now - 1), ArrowRight: Math.min(last, now + 1), Home: 0, End: last }[event.key]
    if (next === undefined) return
    event.preventDefault()
    if (last < 0) return
    if (event.shiftKey) this.#choose("range", this.#extendedRange(this.#story.times[Math.max(0, now)], this.#story.times[next]))
    this.#choose("write", next)
    this.#keepInSight(this.#story.times[next])
  }

  /** Move what is shown, if the selected write is not in it. */
  #keepInSight(ms) {
    const { zoom } = this.#shown
    if (!zoom || (ms >= zoom[0] && ms <= zoom[1])) return
    const half = (zoom[1] - zoom[0]) / 2
    this.#choose("zoom", [ms - half, ms + half])
  }

  /** The range after its end at the cursor has moved. */
  #extendedRange(from, to) {
    const [left, right] = this.#shown.range ?? [from, from]
    return from === left && from !== right ? inOrder(to, right) : inOrder(left, to)
  }

  #choose(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }))
  }
}

/** Replace the SVG children of a node, if they differ from what it shows. */
function replace(node, children) {
  const key = JSON.stringify(children)
  if (node.shownKey === key) return
  node.shownKey = key
  node.replaceChildren(...children.map(({ name, attributes, text }) => svgElement(name, attributes, text)))
}

function inOrder(one, other) {
  return one < other ? [one, other] : [other, one]
}

export function spanText([from, to]) {
  return `${time(from)} to ${time(to)}`
}

/** The index of the first time that is not before another. */
function firstFrom(times, ms) {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle] < ms) low = middle + 1
    else high = middle
  }
  return low
}

/** The time span of a story, in ms: from the first to the last planned or actual time. */
function domain(story, due) {
  const from = Math.min(0, story.delivered[0]?.at_ms ?? 0)
  const to = Math.max(due.at(-1) ?? 0, story.times.at(-1) ?? 0, story.delivered.at(-1)?.at_ms ?? 0, endOf(story), 1)
  return [from, to * MARGIN]
}

/** The time spans of the holds; a hold lasts until the next planned write, the end, or now. */
function heldSpans(story, due) {
  return story.holds.map(({ at_ms, index }) => ({ from: at_ms, to: due[index] ?? endOf(story) }))
}

/** The end of a story, or the current time; a refused request has no duration. */
function endOf(story) {
  return story.live ? story.elapsed : (story.ended_ms ?? 0)
}

function flags(story) {
  const found = story.faults.filter(({ at_ms }) => at_ms !== null).map(({ fault, at_ms }) => ({ at_ms, text: fault.split(":")[0], kind: "fault" }))
  for (const { number, attempt, at_ms } of story.attempts) if (number !== story.number && at_ms >= 0) found.push({ at_ms, text: `attempt ${attempt}`, kind: "attempt" })
  let connection = 1
  for (const one of story.delivered) {
    if (one.connection > connection) found.push({ at_ms: one.at_ms, text: `connection ${one.connection}`, kind: "attempt" })
    connection = Math.max(connection, one.connection)
  }
  if (story.ended_ms !== null) found.push({ at_ms: story.ended_ms, text: story.ending, kind: story.ending === "finished" ? "ended" : "fault" })
  return found.sort((one, other) => one.at_ms - other.at_ms)
}

customElements.define("time-axis", TimeAxis)
