/**
 * The demo chat: a question starts a turn, and the page reads the turn's frames until its last.
 *
 * The room is in the address. A page that comes to a room in mid-answer reads the running turn from
 * its start; the relay keeps it, so a reload or a second tab sees the same.
 *
 * Scenario files may change at any time. The page reads their list again when it gets the focus and
 * when the picker opens: nobody looks at it at other times, and a browser has six connections.
 */

import { ask, getHistory, getRooms, getScenarios, makeRoom, runningStream } from "./api.js"
import "./theme.js"
import "./log.js"
import "./rooms.js"
import { splitQuestion } from "./scenarios.js"
import "./picker.js"
import "./composer.js"
import "./errors.js"
import { TurnStream } from "./stream.js"

const TITLE_CHARACTERS = 60
const OFFERED = ["example-conversation", "word-by-word", "split-inside-characters", "reset-mid-answer", "bad-json-in-one-event", "markdown-table-and-code"]

const $ = (selector) => document.querySelector(selector)
const log = $("chat-log")
const composer = $("chat-composer")
const picker = $("scenario-picker")
const otherTabs = new BroadcastChannel("streamproof-chat")

let scenarios = []
let roomId = null
let stream = null

async function openRoom(id) {
  stopReading()
  roomId = id
  composer.busy = false
  showRooms()
  const messages = id ? await getHistory(id) : []
  if (roomId !== id) return
  if (messages.length) log.show(messages, send)
  else log.showEmpty(offered(), send)
  const last = messages.findLast(({ sender }) => sender === "USER")
  if (last?.turn?.status === "running") read(runningStream(id), last.message)
}

async function readScenarios() {
  const found = await getScenarios()
  log.keepEnd(() => $("scenario-errors").show(found.errors))
  if (JSON.stringify(found.scenarios) === JSON.stringify(scenarios)) return
  picker.scenarios = composer.scenarios = scenarios = found.scenarios
  if (log.isEmpty) log.showEmpty(offered(), send)
}

function rereadScenarios() {
  readScenarios().catch((error) => console.warn("The scenarios cannot be read again:", error))
}

function offered() {
  const named = OFFERED.map((wanted) => scenarios.find(({ name }) => name === wanted)).filter(Boolean)
  return named.length > 1 ? named : scenarios.slice(0, OFFERED.length)
}

async function showRooms() {
  $("room-list").show(await getRooms(), roomId)
}

async function send(question) {
  if (stream) return
  composer.busy = true
  log.addQuestion(question)
  try {
    if (!roomId) await enterNewRoom(question)
    const { streamUrl } = await ask(roomId, question)
    otherTabs.postMessage(roomId)
    read(streamUrl, question)
  } catch (error) {
    fail(log.addAnswer(), question, `Not sent: ${error.message}.`)
  }
}

async function enterNewRoom(question) {
  const title = splitQuestion(question).rest || question
  roomId = (await makeRoom(title.slice(0, TITLE_CHARACTERS))).id
  history.pushState(null, "", `#${roomId}`)
  showRooms()
}

function read(url, question) {
  const answer = log.addAnswer()
  const reading = (stream = new TurnStream(url))
  composer.busy = answer.running = true
  log.toEnd()
  reading.addEventListener("turn", ({ detail }) => {
    log.keepEnd(() => {
      if (detail.frame) answer.addFrame(detail.frame)
      on[detail.kind](answer, detail, question)
    })
  })
}

/** What each kind of frame, and each change of the connection, does to the answer. */
const on = {
  start: () => {},
  connected: (answer) => answer.setTrouble(""),
  content: (answer, { data }) => answer.addText(data.content),
  raw: (answer, { frame }) => answer.addStray("raw", frame.text),
  other: (answer, { frame }) => answer.addStray("other", frame.text),
  sources: (answer, { data }) => answer.addSources(data.sources),
  lost: (answer) => answer.setTrouble("lost", "The connection is lost; the browser reconnects …"),
  failed: (answer, { data }, question) => fail(answer, question, `${data?.error ?? "Failed"}.`),
  refused: (answer, _, question) => stored(answer, question),
  end: (answer, _, question) => stored(answer, question),
}

function fail(answer, question, text) {
  finish(answer)
  answer.setTrouble("failed", text, () => send(question))
  announce(`The answer failed: ${text}`)
}

/** The turn is over: show what was kept of it. */
async function stored(answer, question) {
  finish(answer)
  const messages = await getHistory(roomId)
  const asked = messages.findLastIndex(({ sender, message }) => sender === "USER" && message === question)
  const kept = messages[asked + 1]
  if (kept) {
    log.keepEnd(() => {
      answer.setTrouble("")
      answer.showStored(kept.htmlFormattedMessage ?? "")
      answer.addSources(kept.sources)
    })
    announce(`Answer: ${answer.text}`)
  } else fail(answer, question, `The answer ended: ${messages[asked]?.turn?.reason ?? "nobody knows why"}.`)
}

function finish(answer) {
  stopReading()
  answer.running = false
  composer.busy = false
}

function stopReading() {
  stream?.close()
  stream = null
}

/** Tell screen readers once per answer; a live region per token would flood them. */
function announce(text) {
  $("#announcement").textContent = text
}

const roomInAddress = () => decodeURIComponent(location.hash.slice(1)) || null

addEventListener("hashchange", () => openRoom(roomInAddress()))
otherTabs.addEventListener("message", ({ data }) => data === roomId && !stream && openRoom(roomId))
composer.addEventListener("ask", ({ detail }) => send(detail))
addEventListener("focus", rereadScenarios)
composer.addEventListener("choose", () => {
  picker.open()
  rereadScenarios()
})
picker.addEventListener("choose", ({ detail }) => composer.name(detail))
$("#new-chat").addEventListener("click", () => {
  location.hash = ""
  $("#question").focus()
})

await readScenarios()
await openRoom(roomInAddress())
