/**
 * The view of one stream: its head, buttons, time axis, bytes, events, deliveries and answer.
 *
 * `actions` steer and save the stream; without them the view is read-only, as in an exported page.
 */

import { button, element, saveAs, setAttribute, setClass, setText } from "./element.js"
import "./joined-answer.js"
import "./figures.js"
import { eventDetails, frameDetails, requestDetails, writeDetails } from "./details.js"
import { renderEvent, renderFrame, renderWrite } from "./list-rows.js"
import "./refusal.js"
import "./save-dialog.js"
import { silences } from "./silences.js"
import { spanText } from "./time-axis.js"
import { count } from "./units.js"
import "./virtual-rows.js"

const LONG_STORY = 1000 // writes; of a longer live story a frame draws only one list
const LONG_STORY_MS = 100
const ACTIONS = [
  ["Pause", "pause", null, () => true],
  ["Next event", "step", null, () => true],
  ["Release hold", "release", null, ({ waits_for, state }) => Boolean(waits_for) && state !== null],
  ["Drop now", "drop", { by: "fin" }, () => true],
  ["Reset now", "drop", { by: "rst" }, () => true],
]

export class StreamStory extends HTMLElement {
  actions = null
  #story = null
  #zoom = null
  #range = null
  #write = null // the indexes of the selected write, event and frame
  #event = null
  #frame = null
  #asHex = false
  #wantsFrames = false
  #shown = {}
  #turn = 0
  #title = element("h2")
  #code = element("span", { className: "code" })
  #state = element("span", { className: "state" })
  #about = element("p", { className: "about" })
  #chips = element("p", { className: "chips", ariaLabel: "Scripted faults" })
  #figures = element("stream-figures")
  #steering = ACTIONS.map(([name, what, body]) => button(name, () => this.#steer(what, body), { className: what === "drop" ? "danger" : "" }))
  #steerGroup = element("div", { className: "steer", role: "group", ariaLabel: "Control this stream" }, ...this.#steering)
  #saveScenario = button("Save as scenario …", () => this.#dialog.open(this.#story, this.actions))
  #savePage = button("Save as HTML", () => saveAs(this.actions.pageUrl(this.#story.number)))
  #curl = button("Copy as curl", () => this.#copyCurl())
  #tools = element("div", { className: "tools", role: "toolbar", ariaLabel: "This stream" }, this.#steerGroup, this.#saveScenario, this.#savePage, this.#curl)
  #notice = element("p", { className: "notice", role: "status" })
  #refusal = element("refusal-reason", { hidden: true })
  #axis = element("time-axis")
  #threshold = element("input", { type: "number", min: 1, step: 50, value: 250, ariaLabel: "Mark silences longer than, in milliseconds", oninput: () => this.draw() })
  #quiet = element("span", { className: "key quiet" })
  #late = element("span", { className: "key late" })
  #over = element("span")
  #absent = element("span", { className: "absent" })
  #rangeText = element("span", { className: "range-text" })
  #zoomIn = button("Zoom", () => this.zoomIn(), { hidden: true })
  #whole = button("Whole stream", () => this.showWhole(), { hidden: true })
  #hex = button("Hex", () => this.#toggleHex(), { ariaPressed: "false" })
  #writes = element("virtual-rows", { ariaLabel: "Raw bytes by write", className: "writes" })
  #events = element("virtual-rows", { ariaLabel: "Decoded events", className: "events" })
  #frames = element("virtual-rows", { ariaLabel: "Frames that left the relay", className: "frames", hidden: true })
  #writesTitle = element("h3")
  #eventsTitle = element("h3")
  #eventsTab = button("", () => this.#showFrames(false), { className: "tab", ariaPressed: "true" })
  #framesTab = button("", () => this.#showFrames(true), { className: "tab", ariaPressed: "false" })
  #problem = element("p", { className: "problem", hidden: true })
  #answer = element("joined-answer")
  #sources = element("ul", { className: "sources", tabIndex: 0, ariaLabel: "Sources" })
  #sourcesTitle = element("h3")
  #detailTitle = element("h3")
  #detail = element("pre", { className: "detail", tabIndex: 0, role: "region", ariaLabel: "Details" })
  #closeDetail = button("Request", () => this.#select({}), { hidden: true })
  #eventsPane = pane("events-pane", element("div", { className: "bar" }, this.#eventsTitle, this.#eventsTab, this.#framesTab), this.#problem, boxed(this.#events, this.#frames))
  #answerPane = pane("answer-pane", element("div", { className: "bar" }, element("h3", { textContent: "Answer" })), this.#answer)
  #sourcesPane = pane("sources-pane", element("div", { className: "bar" }, this.#sourcesTitle), this.#sources)
  #panes = element(
    "div",
    { className: "panes" },
    pane("writes-pane", element("div", { className: "bar" }, this.#writesTitle, this.#hex), boxed(this.#writes)),
    this.#eventsPane,
    element("div", { className: "texts" }, this.#answerPane, this.#sourcesPane, pane("detail-pane", element("div", { className: "bar" }, this.#detailTitle, this.#closeDetail), this.#detail)),
  )
  #dialog = element("save-dialog")
  #empty = element("div", { className: "empty" })
  #body = element("div", { className: "whole", hidden: true })

  connectedCallback() {
    const legend = element("div", { className: "legend" }, this.#quiet, this.#late, element("label", {}, this.#over, " ", this.#threshold, " ms"), this.#absent)
    this.#body.append(
      element(
        "div",
        { className: "head" },
        element("div", { className: "titles" }, this.#title, this.#code, this.#state, this.#figures),
        element("div", { className: "subtitles" }, this.#chips, this.#about),
      ),
      this.#tools,
      this.#notice,
      this.#refusal,
      this.#axis,
      element("div", { className: "under" }, legend, element("div", { className: "range-tools" }, this.#rangeText, this.#zoomIn, this.#whole)),
      this.#panes,
      this.#dialog,
    )
    this.append(this.#empty, this.#body)
    this.#writes.render = (row, write) => renderWrite(row, write, this.#story.bytes(write), this.#asHex)
    this.#events.render = renderEvent
    this.#frames.render = renderFrame
    this.#writes.addEventListener("choose", ({ detail }) => this.#select({ write: detail }))
    this.#events.addEventListener("choose", ({ detail }) => this.#select({ event: detail }))
    this.#frames.addEventListener("choose", ({ detail }) => this.#select({ frame: detail }))
    this.#axis.addEventListener("range", ({ detail }) => this.#choose({ range: detail }))
    this.#axis.addEventListener("zoom", ({ detail }) => this.#choose({ zoom: detail, range: null }))
    this.#axis.addEventListener("write", ({ detail }) => this.#select({ write: detail, reveal: true }))
  }

  /** Show a story; null shows why there is none. `busy` says that the next one is being read, `loading` that the first one is. */
  show(story, { busy = false, loading = false, absence = "" } = {}) {
    this.#body.hidden = story === null
    this.#empty.hidden = story !== null || loading
    setAttribute(this.#body, "aria-busy", String(busy))
    if (story === null) {
      this.#showAbsence(absence)
      return
    }
    if (story.key !== this.#story?.key) this.#reset()
    this.#story = story
    const long = story.live && story.writes.length > LONG_STORY
    this.#drawSoon(story, long ? (this.#turn += 1) % 2 : null)
    if (!long || !(performance.now() < this.#shown.timesAt + LONG_STORY_MS)) this.#drawTimes(story)
  }

  draw() {
    if (this.#story === null) return
    this.#drawSoon(this.#story)
    this.#drawTimes(this.#story)
  }

  /** Draw what changes with every write; of the lists only one, if a turn is given. */
  #drawSoon(story, turn = null) {
    this.#drawHead(story)
    this.#refusal.show(story.refusal)
    this.#drawLists(story, turn)
    this.#drawDetails(story)
    this.#settle()
  }

  /** Draw what takes time for a long story: the axis, the silences, the figures and the counts. */
  #drawTimes(story) {
    this.#drawTitles(story)
    this.#shown.timesAt = performance.now()
    const due = story.dueTimes()
    const threshold = Number(this.#threshold.value) || 1
    const silent = silences(story, due, threshold)
    this.#figures.show(story, due, threshold)
    this.#axis.show(story, { due, silent, zoom: this.#zoom, range: this.#range, write: this.#write })
    this.#drawLegend(story, silent)
  }

  get zoomed() {
    return this.#zoom !== null
  }

  get hasRange() {
    return this.#range !== null
  }

  /** Show only the selected range. */
  zoomIn() {
    if (this.#range) this.#choose({ zoom: this.#range, range: null })
  }

  showWhole() {
    this.#choose({ zoom: null, range: null })
  }

  /** Go back one step: clear the range, else show the whole stream. */
  back() {
    if (this.#range) this.#choose({ range: null })
    else this.showWhole()
  }

  #showAbsence(absence) {
    if (this.#shown.absence === absence) return
    this.#story = null
    this.#reset()
    this.#shown.absence = absence
    const title = element("h2", { textContent: absence ? "No such stream" : "No stream yet" })
    const curl = `curl -N '${location.origin}/s/sample-answer/chat/stream?question=hi'`
    const advice = absence ? [element("p", { textContent: absence })] : [element("p", { textContent: "Send a request to the mock, and its stream appears here:" }), element("pre", { textContent: curl })]
    this.#empty.replaceChildren(title, ...advice)
  }

  #reset() {
    this.#zoom = this.#range = this.#write = this.#event = this.#frame = null
    this.#shown = {}
    setText(this.#notice, "")
    this.#answer.reset()
    for (const list of [this.#writes, this.#events, this.#frames]) list.reset()
  }

  #drawHead(story) {
    setText(this.#title, `#${story.number} ${story.scenario ?? story.endpoint ?? "refused request"}`)
    setText(this.#code, String(story.status ?? ""))
    setClass(this.#code, "bad", story.status >= 400)
    this.#code.hidden = !story.status
    const waits = story.waits_for ? ` until ${story.waits_for}` : ""
    setText(this.#state, story.live ? `${story.state ?? ""}${story.state === "held" ? waits : ""}` : story.ending)
    for (const [name, has] of [["live", story.live], ["bad", !story.live && story.ending !== "finished"]]) setClass(this.#state, name, has)
    setText(this.#about, [`${story.method} ${story.path}`, story.question, story.title].filter(Boolean).join(" · "))
    this.#drawChips(story.faults.map(({ fault }) => fault))
    this.#tools.hidden = !this.actions
    if (this.actions) this.#drawTools(story)
  }

  #drawChips(faults) {
    const key = faults.join("\n")
    if (this.#shown.faults === key) return
    this.#shown.faults = key
    this.#chips.hidden = !faults.length
    this.#chips.replaceChildren(...faults.map((textContent) => element("code", { textContent })))
  }

  #drawTools(story) {
    if (!story.live && this.#steerGroup.contains(document.activeElement)) this.#axis.focus() // else the focus would be lost
    this.#steerGroup.hidden = !story.live
    setText(this.#steering[0], story.state === "paused" ? "Resume" : "Pause")
    ACTIONS.forEach(([, , , can], at) => (this.#steering[at].disabled = !story.live || !can(story)))
    this.#saveScenario.hidden = story.refusal !== null
    this.#saveScenario.disabled = !story.writes.length
  }

  #drawLegend(story, silent) {
    const late = silent.filter((one) => one.late).length
    const quiet = silent.length - late
    setText(this.#quiet, quiet ? `${count(quiet, "silence")} in the plan (pace, wait, hold)` : "")
    setText(this.#late, late ? `${count(late, "silence")} later than planned` : "")
    setText(this.#over, silent.length ? "over" : "no silence over")
    const reports = story.downstream ? "No frame of this message has left the relay." : "No relay reports its output; streamproof serve does."
    setText(this.#absent, story.delivered.length ? "" : reports)
    const part = this.#range ?? this.#zoom
    setText(this.#rangeText, part ? spanText(part) : "drag to select a range")
    this.#zoomIn.hidden = !this.#range
    this.#whole.hidden = !part
  }

  #drawLists(story, turn) {
    this.#choosePanes(story)
    const part = this.#range ?? this.#zoom
    const inPart = part ? ({ at_ms }) => at_ms >= part[0] && at_ms <= part[1] : null
    const key = `${story.writes.length}/${story.events.length}/${story.delivered.length}/${part}/${story.readAt}`
    if (this.#shown.lists !== key) {
      this.#shown.lists = key
      for (const name of ["writes", "events"]) this.#shown[name] = inPart ? story[name].filter(inPart) : story[name]
      this.#shown.frames = inPart ? story.delivered.filter(inPart) : story.delivered
    }
    this.#answerPane.hidden = story.answer === ""
    this.#answer.show(inPart ? this.#shown.events.map(({ text }) => text ?? "").join("") : story.answer, story.live && !inPart)
    this.#drawSources(story)
    // The last events may come in the same draw as the end of the stream.
    const follows = story.live || Boolean(this.#shown.live)
    this.#shown.live = story.live
    for (const list of [this.#writes, this.#events, this.#frames]) list.follows = follows
    if (turn !== 0) this.#writes.show(this.#shown.writes, this.#write)
    if (turn === 1) return
    if (!this.#frames.hidden) this.#frames.show(this.#shown.frames, this.#frame)
    else this.#events.show(this.#shown.events, this.#event)
  }

  /** Close the panes that are empty, and show either the events or the frames. */
  #choosePanes(story) {
    const both = story.delivered.length > 0
    const asFrames = both && (this.#wantsFrames || (!story.events.length && !story.live))
    const key = `${both}/${asFrames}/${story.live || story.events.length > 0}/${story.problem}`
    if (this.#shown.panes === key) return
    this.#shown.panes = key
    this.#events.hidden = asFrames
    this.#frames.hidden = !asFrames
    setClass(this.#eventsTitle, "unseen", both)
    this.#eventsTab.hidden = this.#framesTab.hidden = !both
    this.#eventsTab.ariaPressed = String(!asFrames)
    this.#framesTab.ariaPressed = String(asFrames)
    this.#eventsPane.hidden = !both && !story.live && !story.events.length && !story.problem
    setClass(this.#panes, "without-events", this.#eventsPane.hidden)
    this.#problem.hidden = !story.problem || asFrames
    setText(this.#problem, story.problem ? `Decoding stopped: ${story.problem}` : "")
  }

  #drawTitles(story) {
    const { writes, events, frames } = this.#shown
    const eventTitle = `Events · ${of(events.length, story.events.length)}`
    setText(this.#writesTitle, `Raw bytes · ${of(writes.length, story.writes.length)} write${story.writes.length === 1 ? "" : "s"}`)
    setText(this.#eventsTitle, story.delivered.length ? "Events and relay's output" : eventTitle)
    setText(this.#eventsTab, eventTitle)
    setText(this.#framesTab, `Relay's output · ${of(frames.length, story.delivered.length)}`)
  }

  /** Scroll to the ends that are followed, after everything is drawn. */
  #settle() {
    for (const list of [this.#writes, this.#events, this.#frames]) list.settle()
    this.#answer.settle()
  }

  #drawSources(story) {
    const key = `${story.sources.length}/${story.readAt}`
    if (this.#shown.sources === key) return
    this.#shown.sources = key
    this.#sourcesPane.hidden = !story.sources.length
    setText(this.#sourcesTitle, `Sources · ${story.sources.length}`)
    this.#sources.replaceChildren(...story.sources.map(({ id, title, content }) => element("li", {}, element("strong", { textContent: title }), " ", element("code", { textContent: id }), element("p", { textContent: content }))))
  }

  #drawDetails(story) {
    const key = `${this.#frame}/${this.#event}/${this.#write}`
    if (this.#shown.details === key) return
    this.#shown.details = key
    const [title, nodes] = this.#details(story)
    setText(this.#detailTitle, title)
    this.#closeDetail.hidden = key === "null/null/null"
    this.#detail.replaceChildren(...nodes)
    this.#detail.scrollTop = 0
  }

  #details(story) {
    if (this.#frame !== null) return ["Frame", frameDetails(story.delivered[this.#frame])]
    if (this.#event !== null) return ["Event", eventDetails(story.events[this.#event])]
    if (this.#write !== null) return ["Write", writeDetails(story, story.writes[this.#write])]
    return ["Request", requestDetails(story)]
  }

  #choose({ range, zoom }) {
    if (range !== undefined) this.#range = range
    if (zoom !== undefined) this.#zoom = zoom
    this.draw()
  }

  /** Select a write, an event or a frame; nothing selects the request. */
  #select({ write = null, event = null, frame = null, reveal = false }) {
    this.#event = event
    this.#frame = frame
    this.#write = event === null ? write : this.#story.events[event].write
    this.draw()
    if (!reveal && event === null) return
    const at = this.#shown.writes.findIndex(({ index }) => index === this.#write)
    if (at >= 0) this.#writes.reveal(at)
  }

  #toggleHex() {
    this.#asHex = !this.#asHex
    this.#hex.ariaPressed = String(this.#asHex)
    this.draw()
  }

  #showFrames(wanted) {
    this.#wantsFrames = wanted
    this.draw()
  }

  async #steer(what, body) {
    const act = what === "pause" && this.#story.state === "paused" ? "resume" : what
    try {
      await this.actions.steer(this.#story.number, act, body)
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
      setText(this.#notice, `The browser does not allow copying; the command is shown under “${this.#detailTitle.textContent}”.`)
    }
  }
}

function pane(className, ...children) {
  return element("section", { className }, ...children)
}

/** A box around lists: a list that is itself a flex item would cost a layout of the page. */
function boxed(...lists) {
  return element("div", { className: "list-box" }, ...lists)
}

function of(shown, all) {
  return shown === all ? all.toLocaleString("en") : `${shown.toLocaleString("en")} of ${all.toLocaleString("en")}`
}

customElements.define("stream-story", StreamStory)
