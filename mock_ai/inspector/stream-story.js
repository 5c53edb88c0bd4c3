/** The view of one stream: its head, buttons, time axis, bytes, events and answer. */

import { getScenario, putScenario, steer } from "./api.js"
import { hexDump, isCut, parts, hex } from "./bytes.js"
import { element, setText } from "./element.js"
import { time } from "./marks.js"
import { answerOf } from "./story.js"
import "./save-dialog.js"
import "./time-axis.js"
import "./virtual-rows.js"

const LINE_BYTES = 400 // shown of a write in its row
const DUMP_BYTES = 16_384
const ACTIONS = [
  ["Pause", "pause", null, ({ state }) => state !== "paused"],
  ["Resume", "resume", null, ({ state }) => state === "paused"],
  ["Next event", "step", null, () => true],
  ["Release hold", "release", null, ({ waits_for, state }) => Boolean(waits_for) && state !== null],
  ["Drop now", "drop", { by: "fin" }, () => true],
  ["Reset now", "drop", { by: "rst" }, () => true],
]

export class StreamStory extends HTMLElement {
  #store = null
  #story = null
  #range = null
  #chosenWrite = null
  #chosenEvent = null
  #asHex = false
  #shown = {}
  #title = element("h2")
  #about = element("p", { className: "about" })
  #chips = element("p", { className: "chips", ariaLabel: "Scripted faults" })
  #buttons = ACTIONS.map(([textContent, what, body]) => element("button", { type: "button", textContent, className: what === "drop" ? "danger" : "", onclick: () => this.#steer(what, body) }))
  #save = element("button", { type: "button", textContent: "Save as scenario …", onclick: () => this.#dialog.open(this.#story) })
  #curl = element("button", { type: "button", textContent: "Copy as curl", onclick: () => this.#copyCurl() })
  #notice = element("p", { className: "notice", role: "status" })
  #axis = element("time-axis")
  #threshold = element("input", { type: "number", min: 1, step: 50, value: 250, ariaLabel: "Mark gaps longer than, in milliseconds" })
  #rangeText = element("span", { className: "range-text" })
  #all = element("button", { type: "button", textContent: "Whole stream", hidden: true, onclick: () => this.#choose({ range: null }) })
  #hex = element("button", { type: "button", textContent: "Hex", ariaPressed: "false", onclick: () => this.#toggleHex() })
  #writes = element("virtual-rows", { ariaLabel: "Raw bytes by write", className: "writes" })
  #events = element("virtual-rows", { ariaLabel: "Decoded events", className: "events" })
  #writesTitle = element("h3")
  #eventsTitle = element("h3")
  #answer = element("div", { className: "answer", tabIndex: 0, role: "region", ariaLabel: "Joined answer" })
  #detail = element("pre", { className: "detail", tabIndex: 0, role: "region", ariaLabel: "Details of the selected write or event" })
  #dialog = element("save-dialog")
  #empty = element("div", { className: "empty" })
  #whole = element("div", { className: "whole", hidden: true })

  connectedCallback() {
    const gaps = element("label", {}, "gaps over ", this.#threshold, " ms")
    this.#whole.append(
      element("div", { className: "head" }, this.#title, this.#chips, this.#about),
      element("div", { className: "tools", role: "toolbar", ariaLabel: "This stream" }, ...this.#buttons, element("span", { className: "spacer" }), this.#save, this.#curl, this.#notice),
      this.#axis,
      element("div", { className: "under" }, gaps, this.#rangeText, this.#all),
      element(
        "div",
        { className: "panes" },
        element("section", {}, element("div", { className: "bar" }, this.#writesTitle, this.#hex), this.#writes),
        element("section", {}, element("div", { className: "bar" }, this.#eventsTitle), this.#events),
        element("section", { className: "texts" }, element("div", { className: "bar" }, element("h3", { textContent: "Answer" })), this.#answer, element("div", { className: "bar" }, element("h3", { textContent: "Details" })), this.#detail),
      ),
      this.#dialog,
    )
    this.#empty.append(
      element("h2", { textContent: "No stream yet" }),
      element("p", { textContent: "Send a request to the mock, and its stream appears here:" }),
      element("pre", { textContent: `curl -N '${location.origin}/s/example-conversation/chat/stream?question=hi'` }),
    )
    this.append(this.#empty, this.#whole)
    this.#writes.render = (row, write) => this.#renderWrite(row, write)
    this.#events.render = renderEvent
    this.#writes.addEventListener("choose", ({ detail }) => this.#choose({ write: detail }))
    this.#events.addEventListener("choose", ({ detail }) => this.#choose({ event: detail }))
    this.#axis.addEventListener("range", ({ detail }) => this.#choose({ range: detail }))
    this.#axis.addEventListener("write", ({ detail }) => this.#choose({ write: detail, reveal: true }))
    this.#threshold.addEventListener("input", () => this.draw())
    this.#dialog.download = (name) => getScenario(this.#story.number, name)
    this.#dialog.put = putScenario
  }

  set store(store) {
    this.#store = store
    store.addEventListener("draw", () => this.draw())
  }

  draw() {
    const story = this.#store.story
    this.#whole.hidden = story === null
    this.#empty.hidden = this.#store.chosen !== null
    if (story === null) return
    if (story.number !== this.#story?.number) this.#reset()
    this.#story = story
    this.#drawHead(story)
    this.#axis.threshold = Number(this.#threshold.value) || 1
    this.#axis.show(story, this.#range, this.#chosenWrite === null ? null : (story.writes[this.#chosenWrite]?.at_ms ?? null))
    this.#drawLists(story)
  }

  #reset() {
    this.#range = this.#chosenWrite = this.#chosenEvent = null
    this.#shown = {}
    setText(this.#notice, "")
    this.#detail.replaceChildren()
    this.#writes.reset()
    this.#events.reset()
  }

  #drawHead(story) {
    setText(this.#title, `#${story.number} ${story.scenario ?? "no scenario"}`)
    setText(this.#about, `${story.method} ${story.path} — ${story.question}${story.status && ` — ${story.status}`}`)
    const faults = story.faults.map(({ fault }) => fault).join("\n")
    if (this.#shown.faults !== faults) {
      this.#shown.faults = faults
      this.#chips.replaceChildren(...story.faults.map(({ fault }) => element("code", { textContent: fault })))
    }
    ACTIONS.forEach(([, , , can], at) => (this.#buttons[at].disabled = !story.live || !can(story)))
    this.#save.disabled = !story.writes.length
  }

  #drawLists(story) {
    const inRange = this.#range ? ({ at_ms }) => at_ms >= this.#range[0] && at_ms <= this.#range[1] : null
    const key = `${story.writes.length}/${story.events.length}/${this.#range}/${story.readAt}`
    if (this.#shown.lists !== key) {
      this.#shown.lists = key
      this.#shown.writes = inRange ? story.writes.filter(inRange) : story.writes
      this.#shown.events = inRange ? story.events.filter(inRange) : story.events
      setText(this.#answer, inRange ? answerOf(this.#shown.events) : story.answer)
      this.#drawTitles(story)
    }
    // The last events may come in the same draw as the end of the stream.
    this.#writes.follows = this.#events.follows = story.live || Boolean(this.#shown.live)
    this.#shown.live = story.live
    this.#writes.show(this.#shown.writes, this.#chosenWrite)
    this.#events.show(this.#shown.events, this.#chosenEvent)
  }

  #drawTitles(story) {
    setText(this.#writesTitle, `Raw bytes · ${of(this.#shown.writes.length, story.writes.length)} write${story.writes.length === 1 ? "" : "s"}`)
    setText(this.#eventsTitle, `Events · ${of(this.#shown.events.length, story.events.length)}${story.problem ? ` · decoding stopped: ${story.problem}` : ""}`)
    setText(this.#rangeText, this.#range ? `${time(this.#range[0])} to ${time(this.#range[1])}` : "drag over the axis to select a range")
    this.#all.hidden = this.#range === null
  }

  #choose({ range, write, event, reveal }) {
    if (range !== undefined) this.#range = range
    if (write !== undefined) this.#chosenWrite = write
    if (event !== undefined) {
      this.#chosenEvent = event
      this.#chosenWrite = this.#story.events[event].write
    }
    this.draw()
    if (reveal) this.#reveal()
    if (write !== undefined) this.#showBytes(this.#story.writes[write])
    if (event !== undefined) this.#showEvent(this.#story.events[event])
  }

  #reveal() {
    const at = this.#shown.writes.findIndex(({ index }) => index === this.#chosenWrite)
    if (at >= 0) this.#writes.reveal(at)
  }

  #showBytes(write) {
    const bytes = this.#story.bytes(write)
    const left = write.size - Math.min(bytes.length, DUMP_BYTES)
    const more = left ? `\n… and ${left} more bytes` : ""
    this.#detail.replaceChildren(`write ${write.index + 1} at ${time(write.at_ms)}, ${write.size} bytes\n\n`, ...partNodes(bytes.subarray(0, DUMP_BYTES)), `\n\n${hexDump(bytes.subarray(0, DUMP_BYTES))}${more}`)
  }

  #showEvent({ index, event, id, data, write, kind }) {
    const json = kind === "raw" ? "" : `\n\n${JSON.stringify(JSON.parse(data), null, 2)}`
    this.#detail.replaceChildren(`event ${index + 1}, completed by write ${write + 1}\nevent: ${event}\nid: ${id}\ndata: ${data}${json}`)
  }

  #renderWrite(row, write) {
    const key = `${this.#asHex}/${write.index}`
    if (row.shown === key) return
    row.shown = key
    const bytes = this.#story.bytes(write)
    const line = bytes.subarray(0, LINE_BYTES)
    const text = this.#asHex ? [hex(line)] : partNodes(line)
    row.replaceChildren(cell("at", time(write.at_ms)), cell("size", `${write.size} B`), ...(bytes.length === write.size && isCut(bytes) ? [cell("cut-mark", "✂", "incomplete or invalid character")] : []), element("code", {}, ...text))
  }

  #toggleHex() {
    this.#asHex = !this.#asHex
    this.#hex.ariaPressed = String(this.#asHex)
    this.draw()
  }

  async #steer(what, body) {
    try {
      await steer(this.#story.number, what, body)
      setText(this.#notice, "")
    } catch (error) {
      setText(this.#notice, error.message)
    }
  }

  async #copyCurl() {
    try {
      await navigator.clipboard.writeText(this.#story.curl)
      setText(this.#notice, "Copied.")
    } catch {
      this.#detail.replaceChildren(this.#story.curl)
      setText(this.#notice, "The browser does not allow copying; the command is shown under “Details”.")
    }
  }
}

function renderEvent(row, { at_ms, event, kind, data, index }) {
  if (row.shown === index) return
  row.shown = index
  row.replaceChildren(cell("at", time(at_ms)), cell(`kind ${kind}`, event), element("code", { textContent: data.slice(0, LINE_BYTES) }))
}

/** Bytes as DOM nodes: text, visible control characters, and a mark for each incomplete character. */
function partNodes(bytes) {
  return parts(bytes).map(({ text, control, cut }) => {
    if (cut) return element("mark", { textContent: cut, title: "incomplete or invalid character" })
    return control ? element("span", { className: "control", textContent: control }) : text
  })
}

function cell(className, textContent, label = "") {
  const made = element("span", { className, textContent })
  if (label) Object.assign(made, { role: "img", ariaLabel: label, title: label })
  return made
}

function of(shown, all) {
  return shown === all ? all.toLocaleString("en") : `${shown.toLocaleString("en")} of ${all.toLocaleString("en")}`
}

customElements.define("stream-story", StreamStory)
