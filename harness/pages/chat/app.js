/**
 * The demo chat: a question starts a turn, and the page reads the frames of the turn up to the last.
 *
 * The URL names the room. If a turn is running when the page opens a room, the page reads it from its
 * start. The relay keeps the frames, so a reload or a second tab shows the same.
 *
 * Scenario files can change at any time. The page reads their list when it gets the focus and when the
 * picker opens. A live feed would take one of the six connections of the browser.
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
const SUGGESTED = ["example-conversation", "word-by-word", "split-inside-characters", "reset-mid-answer", "bad-json-in-one-event", "markdown-table-and-code"]

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
  else log.showEmpty(suggestions(), send)
  const last = messages.findLast(({ sender }) => sender === "USER")
  if (last?.turn?.status === "running") read(runningStream(id), last.message)
}

async function readScenarios() {
  const found = await getScenarios()
  log.keepAtEnd(() => $("scenario-errors").show(found.errors))
  if (JSON.stringify(found.scenarios) === JSON.stringify(scenarios)) return
  picker.scenarios = composer.scenarios = scenarios = found.scenarios
  if (log.isEmpty) log.showEmpty(suggestions(), send)
}

function rereadScenarios() {
  readScenarios().catch((error) => console.warn("Cannot read the list of scenarios:", error))
}

function suggestions() {
  const found = SUGGESTED.map((wanted) => scenarios.find(({ name }) => name === wanted)).filter(Boolean)
  return found.length > 1 ? found : scenarios.slice(0, SUGGESTED.length)
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
  log.scrollToEnd()
  reading.addEventListener("turn", ({ detail }) => {
    log.keepAtEnd(() => {
      if (detail.frame) answer.addFrame(detail.frame)
      on[detail.kind](answer, detail, question)
    })
  })
}

/** How each kind of frame, and each change of the connection, changes the answer. */
const on = {
  start: () => {},
  connected: (answer) => answer.setProblem(""),
  content: (answer, { data }) => answer.addText(data.content),
  raw: (answer, { frame }) => answer.addNotAnswer("raw", frame.text),
  other: (answer, { frame }) => answer.addNotAnswer("other", frame.text),
  sources: (answer, { data }) => answer.addSources(data.sources),
  lost: (answer) => answer.setProblem("lost", "Connection lost. The browser is reconnecting …"),
  failed: (answer, { data }, question) => fail(answer, question, `${data?.error ?? "Failed"}.`),
  refused: (answer, _, question) => showStored(answer, question),
  end: (answer, _, question) => showStored(answer, question),
}

function fail(answer, question, text) {
  finish(answer)
  answer.setProblem("failed", text, () => send(question))
  announce(`The answer failed: ${text}`)
}

/** Show the stored answer after the end of the turn. */
async function showStored(answer, question) {
  finish(answer)
  const messages = await getHistory(roomId)
  const index = messages.findLastIndex(({ sender, message }) => sender === "USER" && message === question)
  const stored = messages[index + 1]
  if (stored) {
    log.keepAtEnd(() => {
      answer.setProblem("")
      answer.showStored(stored.htmlFormattedMessage ?? "")
      answer.addSources(stored.sources)
    })
    announce(`Answer: ${answer.text}`)
  } else fail(answer, question, `The answer ended: ${messages[index]?.turn?.reason ?? "the reason is unknown"}.`)
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

/** Announce a text to screen readers, once per answer: an announcement per token would be too many. */
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
picker.addEventListener("choose", ({ detail }) => composer.select(detail))
$("#new-chat").addEventListener("click", () => {
  location.hash = ""
  $("#question").focus()
})

await readScenarios()
await openRoom(roomInAddress())
