/**
 * The time axis with three lanes: planned writes, actual writes, and the relay's output.
 *
 * Dragging, or Shift with an arrow key, selects a range; Escape clears it. The arrow keys move from
 * write to write. The number of elements does not depend on the number of marks.
 */

import { element, setText, svgElement } from "./element.js"
import { count, gaps, marksPath, scale, spansPath, ticks, time } from "./marks.js"

const LABELS = 104
const RIGHT = 14
const LANE = 26
const BETWEEN = 12
const TOP = 24
const LANES = ["planned", "written", "seen"]
const BOTTOM = TOP + LANES.length * (LANE + BETWEEN)
const HEIGHT = BOTTOM + 18
const MAX_FLAGS = 12
const MIN_DRAG = 4
const MARGIN = 1.03 // factor that leaves space to the right of the last mark

export class TimeAxis extends HTMLElement {
  threshold = 250
  #story = null
  #range = null
  #cursor = null
  #dragged = null
  #width = 0
  #parts = Object.fromEntries(["holds", "gaps", ...LANES, "range", "cursor", "end", "now"].map((name) => [name, svgElement(name === "range" ? "rect" : "path", { class: name })]))
  #names = Object.fromEntries(LANES.map((lane, at) => [lane, svgElement("text", { class: `name ${lane}`, x: 0, y: top(at) + 12 })]))
  #counts = Object.fromEntries(LANES.map((lane, at) => [lane, svgElement("text", { class: "count", x: 0, y: top(at) + 25 })]))
  #absent = svgElement("text", { class: "absent", y: top(2) + 18 })
  #flags = svgElement("g", { class: "flags" })
  #ticks = svgElement("g", { class: "ticks" })
  #plot = svgElement("g", { transform: `translate(${LABELS} 0)` })
  #svg = svgElement("svg", { height: HEIGHT, "aria-hidden": "true" })
  #tip = element("output", { className: "tip", hidden: true })

  connectedCallback() {
    this.role = "slider"
    this.tabIndex = 0
    this.ariaLabel = "Time axis: arrow keys move from write to write; with Shift they select a range"
    this.ariaValueMin = "0"
    const lines = LANES.map((_, at) => svgElement("path", { class: "base", d: `M0 ${top(at) + LANE + 0.5}h9999` }))
    const { holds, gaps, planned, written, seen, range, cursor, end, now } = this.#parts
    this.#plot.append(...lines, holds, gaps, range, planned, written, seen, this.#absent, now, end, this.#flags, cursor, this.#ticks)
    this.#svg.append(...Object.values(this.#names), ...Object.values(this.#counts), this.#plot)
    this.append(this.#svg, this.#tip)
    this.addEventListener("pointerdown", (event) => this.#press(event))
    this.addEventListener("pointermove", (event) => this.#move(event))
    this.addEventListener("pointerup", (event) => this.#release(event))
    this.addEventListener("pointerleave", () => (this.#tip.hidden = true))
    this.addEventListener("keydown", (event) => this.#key(event))
    new ResizeObserver(([{ contentRect }]) => {
      this.#width = contentRect.width - LABELS - RIGHT
      this.#draw()
    }).observe(this)
  }

  /** Show a story, its selected range, and the time of the selected write. */
  show(story, range, cursor) {
    this.#story = story
    this.#range = range
    this.#cursor = cursor
    this.#draw()
  }

  get #scale() {
    return scale(domain(this.#story), this.#width)
  }

  #draw() {
    if (!this.#story || this.#width <= 0) return
    const story = this.#story
    const axis = this.#scale
    const times = { planned: story.due_ms, written: story.writes.map(({ at_ms }) => at_ms), seen: story.seen.map(({ at_ms }) => at_ms) }
    LANES.forEach((lane, at) => this.#set(lane, marksPath(times[lane], axis, top(at) + 4, LANE - 4)))
    const silent = gaps(story.live ? [...times.written, story.elapsed] : times.written, this.threshold)
    this.#set("gaps", spansPath(silent, axis, top(1), LANE))
    this.#set("holds", spansPath(heldSpans(story), axis, top(0), LANE))
    this.#set("end", story.ended_ms === null ? "" : verticalLine(axis.x(story.ended_ms)))
    this.#set("now", story.live ? verticalLine(axis.x(story.elapsed)) : "")
    this.#set("cursor", this.#cursor === null ? "" : verticalLine(axis.x(this.#cursor)))
    this.#label(story, silent.length)
    this.#drawRange(axis)
    this.#drawFlags(story, axis)
    this.#drawTicks(axis)
    this.#describe(story)
  }

  #set(part, path) {
    this.#parts[part].setAttribute("d", path)
  }

  #label(story, silences) {
    setText(this.#names.planned, "planned")
    setText(this.#names.written, "written")
    setText(this.#names.seen, "relay's output")
    setText(this.#counts.planned, count(story.planned_ms.length, "write"))
    setText(this.#counts.written, count(story.writes.length, "write") + (silences ? `, ${count(silences, "gap")}` : ""))
    setText(this.#counts.seen, story.seen.length ? count(story.seen.length, "frame") : "")
    const why = story.downstream ? "no frame of this message has left the relay yet" : "no relay reports its output; streamproof serve does"
    setText(this.#absent, story.seen.length ? "" : why)
  }

  #drawRange(axis) {
    const [from, to] = this.#range ?? [0, 0]
    const left = axis.x(from)
    for (const [name, value] of Object.entries({ x: left, y: TOP - 4, width: Math.max(0, axis.x(to) - left), height: BOTTOM - TOP })) this.#parts.range.setAttribute(name, value)
  }

  #drawFlags(story, axis) {
    const shown = flags(story).slice(0, MAX_FLAGS)
    let free = -Infinity
    this.#flags.replaceChildren(
      ...shown.flatMap(({ at_ms, text, kind }) => {
        const x = axis.x(at_ms)
        const line = svgElement("path", { class: `flag ${kind}`, d: `M${x} ${TOP - 10}V${BOTTOM}` })
        const wide = text.length * 6.2 + 8
        const left = Math.min(Math.max(0, x + 3), this.#width + RIGHT - wide)
        if (left < free) return [line]
        free = left + wide
        return [line, svgElement("text", { class: `flag ${kind}`, x: left, y: TOP - 10 }, text)]
      }),
    )
  }

  #drawTicks(axis) {
    const marks = ticks(domain(this.#story), this.#width)
    this.#ticks.replaceChildren(...marks.map((at) => svgElement("text", { x: axis.x(at), y: BOTTOM + 12 }, time(at))))
  }

  #describe(story) {
    const [, to] = domain(story)
    this.ariaValueMax = String(Math.round(to))
    this.ariaValueNow = String(Math.round(this.#cursor ?? 0))
    const range = this.#range ? `, range ${time(this.#range[0])} to ${time(this.#range[1])}` : ""
    this.ariaValueText = `${this.#cursor === null ? "no write selected" : time(this.#cursor)}${range}`
  }

  #at(event) {
    const { left } = this.getBoundingClientRect()
    return this.#scale.ms(Math.max(0, Math.min(this.#width, event.clientX - left - LABELS)))
  }

  #press(event) {
    if (!this.#story || event.button !== 0) return
    this.setPointerCapture(event.pointerId)
    this.#dragged = { x: event.clientX, ms: this.#at(event) }
  }

  #move(event) {
    if (!this.#story) return
    if (this.#dragged && Math.abs(event.clientX - this.#dragged.x) >= MIN_DRAG) this.#choose("range", inOrder(this.#dragged.ms, this.#at(event)))
    this.#showTip(event)
  }

  #release(event) {
    if (!this.#dragged) return
    const clicked = Math.abs(event.clientX - this.#dragged.x) < MIN_DRAG
    this.#dragged = null
    if (!clicked) return
    this.#choose("range", null)
    const nearest = this.#nearest(this.#at(event))
    if (nearest) this.#choose("write", nearest.index)
  }

  #showTip(event) {
    const { left } = this.getBoundingClientRect()
    const ms = this.#at(event)
    const write = this.#nearest(ms)
    const near = write ? ` · write ${write.index + 1} at ${time(write.at_ms)}, planned ${time(this.#story.planned_ms[write.index] ?? 0)}, ${write.size} bytes` : ""
    setText(this.#tip, `${time(ms)}${near}`)
    this.#tip.hidden = false
    const x = event.clientX - left
    this.#tip.style.left = `${Math.min(x + 12, this.clientWidth - this.#tip.offsetWidth)}px`
  }

  #nearest(ms) {
    const { writes } = this.#story
    const after = firstFrom(writes, ms)
    const [before, next] = [writes[after - 1], writes[after]]
    if (!before || !next) return next ?? before
    return ms - before.at_ms < next.at_ms - ms ? before : next
  }

  #key(event) {
    if (!this.#story) return
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (event.key === "Escape") this.#choose("range", null)
    else if (step) this.#step(step, event.shiftKey)
    else return
    event.preventDefault()
  }

  #step(step, chooses) {
    const { writes } = this.#story
    if (!writes.length) return
    const now = this.#cursor === null ? -1 : firstFrom(writes, this.#cursor)
    const from = this.#cursor ?? writes[0].at_ms
    const write = writes[Math.max(0, Math.min(writes.length - 1, now + step))]
    if (chooses) this.#choose("range", this.#extendedRange(from, write.at_ms))
    this.#choose("write", write.index)
  }

  /** The range after its end at the cursor has moved. */
  #extendedRange(from, to) {
    const [left, right] = this.#range ?? [from, from]
    return from === left && from !== right ? inOrder(to, right) : inOrder(left, to)
  }

  #choose(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }))
  }
}

function top(lane) {
  return TOP + lane * (LANE + BETWEEN)
}

function verticalLine(x) {
  return `M${x.toFixed(1)} ${TOP - 6}V${BOTTOM}`
}

function inOrder(one, other) {
  return one < other ? [one, other] : [other, one]
}

/** The index of the first write at or after a time. */
function firstFrom(writes, ms) {
  let [low, high] = [0, writes.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (writes[middle].at_ms < ms) low = middle + 1
    else high = middle
  }
  return low
}

/** The time span of the axis, in ms: from the first to the last planned or actual time. */
function domain(story) {
  const last = (list) => list.at(-1)?.at_ms ?? 0
  const from = Math.min(0, story.seen[0]?.at_ms ?? 0)
  const to = Math.max(story.due_ms.at(-1) ?? 0, last(story.writes), last(story.seen), story.ended_ms ?? story.elapsed, 1)
  return [from, to * MARGIN]
}

/** The time spans of the holds; a hold lasts until the next planned write, the end, or now. */
function heldSpans(story) {
  const due = story.due_ms
  return story.holds.map(({ at_ms }) => [at_ms, due.find((ms) => ms > at_ms) ?? story.ended_ms ?? story.elapsed])
}

function flags(story) {
  const found = story.faults.filter(({ at_ms }) => at_ms !== null).map(({ fault, at_ms }) => ({ at_ms, text: fault.split(":")[0], kind: "fault" }))
  for (const { number, attempt, at_ms } of story.attempts) if (number !== story.number && at_ms >= 0) found.push({ at_ms, text: `attempt ${attempt}`, kind: "attempt" })
  let connection = 1
  for (const one of story.seen) {
    if (one.connection > connection) found.push({ at_ms: one.at_ms, text: `connection ${one.connection}`, kind: "attempt" })
    connection = Math.max(connection, one.connection)
  }
  if (story.ended_ms !== null) found.push({ at_ms: story.ended_ms, text: story.ending, kind: story.ending === "finished" ? "ended" : "fault" })
  return found.sort((one, other) => one.at_ms - other.at_ms)
}

customElements.define("time-axis", TimeAxis)
