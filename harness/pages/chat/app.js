/**
 * The demo chat: a question starts a turn, and the page reads the frames of the turn up to the last.
 *
 * The URL names the room. A turn has an ID, and everything that the page does belongs to one turn in
 * one room: whatever ends later (a request, a stream) checks that its room is still shown. The relay
 * keeps the frames, so a reload, a second tab and another device show the same.
 *
 * Scenario files can change at any time, and the relay can stop. The page asks every second whether
 * they did. A live feed would take one of the six connections of the browser.
 */

import { ask, getHistory, getRooms, getScenarios, makeRoom, newKey, RequestError, stop } from "./api.js"
import "./theme.js"
import "./log.js"
import { ChatMessage } from "./message.js"
import { explain } from "./reasons.js"
import "./rooms.js"
import { splitQuestion } from "./scenarios.js"
import "./picker.js"
import "./composer.js"
import { everySecond } from "./every-second.js"
import "./scenario-errors.js"
import { TurnStream } from "./stream.js"

const TITLE_CHARACTERS = 60
const MISSED_HEARTBEATS = 3
const ATTEMPTS_BEFORE_HISTORY = 2
const ATTEMPTS_TO_ASK = 2
const SUGGESTED = ["sample-answer", "word-by-word", "split-inside-characters", "reset-mid-answer", "bad-json-in-one-event", "markdown-with-a-script"]

const $ = (selector) => document.querySelector(selector)
const log = $("chat-log")
const composer = $("chat-composer")
const picker = $("scenario-picker")
const otherTabs = new BroadcastChannel("streamproof-chat")

let scenarios = []
let silenceMs = 45_000
/** The room that is shown: its ID (null before its first question), the turn that is read, and the turns that were seen. */
let shown = { roomId: null, turn: null, seen: new Set() }
/** Questions whose request has no response yet (and whether to stop their turns), and those that could not be sent, by room. */
const sending = new Map()
const unsent = new Map()

async function openRoom(id) {
  shown.turn?.stream.close()
  const here = (shown = { roomId: id, turn: null, seen: new Set() })
  composer.busy = sending.has(id)
  showRooms()
  const messages = id ? await getHistory(id) : []
  if (shown === here) showHistory(messages)
}

function showHistory(messages) {
  const here = shown
  const waiting = sending.get(here.roomId)?.question
  const failed = unsent.get(here.roomId)
  if (messages.length || waiting || failed) log.show(messages, send)
  else log.showEmpty(suggestions(), send)
  for (const { turn } of messages) if (turn) here.seen.add(turn.id)
  if (waiting) log.addQuestion(waiting)
  if (failed) showUnsent(failed)
  const last = messages.findLast(({ sender }) => sender === "USER")
  if (last?.turn?.status === "running") read(last.turn.id, last.message, last.id)
}

async function readScenarios() {
  const found = await getScenarios()
  $("#connection").hidden = true
  if (found === null) return
  silenceMs = found.keepAliveSeconds * 1000 * MISSED_HEARTBEATS
  ChatMessage.inspectorUrl = `${found.mockUrl}/__ui`
  $("#inspector-link").href = ChatMessage.inspectorUrl
  log.keepAtEnd(() => $("scenario-errors").show(found.errors))
  picker.scenarios = composer.scenarios = ChatMessage.scenarios = scenarios = found.scenarios
  if (log.isEmpty) log.showEmpty(suggestions(), send)
}

/** Look whether the scenario files changed, and whether the relay is there; after a gap, read more. */
async function look() {
  const wasLost = !$("#connection").hidden
  try {
    await readScenarios()
    if (wasLost) await refresh()
  } catch {
    $("#connection").hidden = false
  }
}

/** Show what happened while the user was elsewhere: other scenario files, and turns of other devices. */
async function refresh() {
  try {
    await readScenarios()
    const here = shown
    if (!here.roomId || here.turn || sending.has(here.roomId)) return
    const messages = await getHistory(here.roomId)
    if (shown === here && !here.turn && messages.some(({ turn }) => turn && !here.seen.has(turn.id))) showHistory(messages)
  } catch (error) {
    console.warn("Cannot read what has changed:", error)
  }
}

function suggestions() {
  const found = SUGGESTED.map((wanted) => scenarios.find(({ name }) => name === wanted)).filter(Boolean)
  return found.length > 1 ? found : scenarios.slice(0, SUGGESTED.length)
}

async function showRooms() {
  $("room-list").show(await getRooms(), shown.roomId)
}

/** Send a question. A key that was used before is that of an attempt whose response was lost. */
async function send(question, key = newKey()) {
  if (composer.busy) return
  const here = shown
  const pending = (here.pending = { question, stopAsked: false })
  composer.busy = true
  unsent.delete(here.roomId)
  log.addQuestion(question)
  let roomId = here.roomId
  try {
    roomId ??= await enterNewRoom(here, question)
    sending.set(roomId, pending)
    const turnId = await askOnce(roomId, question, key)
    sending.delete(roomId)
    otherTabs.postMessage(roomId)
    if (pending.stopAsked) stop(roomId, turnId).catch(showNotStopped)
    if (shown === here) read(turnId, question)
    else if (shown.roomId === roomId) openRoom(roomId)
  } catch (error) {
    sending.delete(roomId)
    const failed = { question, key, text: `Not sent: ${error.message}.` }
    if (roomId) unsent.set(roomId, failed)
    if (shown.roomId !== roomId) return
    composer.busy = false
    showUnsent(failed, shown === here)
  }
}

/** Ask, and return the turn's ID. If the response is lost, ask again: the key makes it one question. */
async function askOnce(roomId, question, key) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await ask(roomId, question, key)).turnId
    } catch (error) {
      if (error instanceof RequestError || attempt === ATTEMPTS_TO_ASK) throw error
    }
  }
}

function showUnsent({ question, key, text }, isShown = false) {
  if (!isShown) log.addQuestion(question)
  log.addAnswer().setProblem("failed", text, { "Send again": () => send(question, key) })
  log.scrollToEnd()
  announce(text)
}

async function enterNewRoom(here, question) {
  const title = splitQuestion(question).rest || question
  const { id } = await makeRoom(title.slice(0, TITLE_CHARACTERS))
  if (shown === here) {
    here.roomId = id
    history.pushState(null, "", `#${id}`)
  }
  showRooms()
  return id
}

/** Read a turn of the room that is shown into a new answer. */
function read(turnId, question, messageId = null) {
  const here = shown
  const answer = log.addAnswer(turnId, messageId)
  const stream = new TurnStream(turnId, silenceMs)
  const turn = (here.turn = { id: turnId, question, answer, stream })
  here.seen.add(turnId)
  composer.busy = answer.running = true
  log.scrollToEnd()
  stream.addEventListener("turn", ({ detail }) => {
    log.keepAtEnd(() => {
      if (detail.frame) answer.addFrame(detail.frame)
      on[detail.kind](turn, detail, here)
    })
  })
  if (!messageId) linkToInspector(here, turn)
}

/** Stop the turn that is shown, or the one that begins when the response to its question arrives. */
function stopShown() {
  const { roomId, turn, pending } = shown
  if (turn) stop(roomId, turn.id).catch(showNotStopped)
  else (sending.get(roomId) ?? pending).stopAsked = true
}

function showNotStopped(error) {
  composer.busy = Boolean(shown.turn)
  shown.turn?.answer.setProblem("lost", `The answer could not be stopped: ${error.message}.`)
}

/** The inspector knows an answer by the ID of the user's message, which the history has. */
async function linkToInspector(here, turn) {
  const messages = await getHistory(here.roomId).catch(() => [])
  const asked = messages.find((message) => message.turn?.id === turn.id)
  if (asked) turn.answer.messageId = asked.id
}

/** How each kind of frame, and each change of the connection, changes the answer. */
const on = {
  start: () => {},
  connected: ({ answer }) => answer.setProblem(""),
  content: ({ answer }, { data }) => answer.addText(data.content),
  raw: ({ answer }, { frame }) => answer.addNotAnswer("raw", frame.text),
  other: ({ answer }, { frame }) => answer.addNotAnswer("other", frame.text),
  sources: ({ answer }, { data }) => answer.addSources(data.sources),
  lost: showLost,
  failed: (turn, { data }, here) => showEnd(turn, here, `${data?.error ?? "Failed"}.`),
  refused: (turn, _, here) => showEnd(turn, here),
  end: (turn, _, here) => showEnd(turn, here),
  "given-up": giveUp,
}

function showLost(turn, { data: { attempt, waitMs } }, here) {
  const wait = waitMs < 1000 ? "now" : `in ${Math.round(waitMs / 1000)} s`
  turn.answer.setProblem("lost", `Connection lost. Attempt ${attempt} to reconnect ${wait}.`, { "Reconnect now": () => turn.stream.tryNow() })
  if (attempt >= ATTEMPTS_BEFORE_HISTORY) showStoredEnd(turn, here)
}

function giveUp(turn, _, here) {
  finish(turn, here)
  const text = "Connection lost. The page does not try again by itself; the answer may be complete in the relay."
  turn.answer.setProblem("failed", text, { "Look again": () => shown === here && openRoom(here.roomId) })
  announce(text)
}

/** Show what is stored of a turn that has ended: the answer, or why there is none. */
async function showEnd(turn, here, text = "") {
  finish(turn, here)
  if (text) turn.answer.setProblem("failed", text, { "Send again": () => send(turn.question) })
  try {
    const messages = await getHistory(here.roomId)
    showStored(turn, messages)
  } catch (error) {
    if (!text) turn.answer.setProblem("failed", `The answer has ended, but cannot be read: ${error.message}.`, { "Look again": () => showEnd(turn, here) })
  }
}

/** While the connection is lost: the turn may have ended without this page. */
async function showStoredEnd(turn, here) {
  const messages = await getHistory(here.roomId).catch(() => [])
  const asked = messages.find((message) => message.turn?.id === turn.id)
  if (!asked || asked.turn.status === "running" || here.turn !== turn) return
  finish(turn, here)
  showStored(turn, messages)
}

function showStored({ id, question, answer }, messages) {
  const index = messages.findIndex((message) => message.sender === "USER" && message.turn?.id === id)
  const asked = messages[index]
  if (!asked) return
  answer.messageId = asked.id
  log.keepAtEnd(() => {
    if (asked.turn.status === "completed") {
      answer.setProblem("")
      answer.showStored(messages[index + 1])
    } else answer.showFailed(asked.turn, question, () => send(question))
  })
  announce(asked.turn.status === "completed" ? `Answer: ${answer.text}` : explain(asked.turn))
}

function finish(turn, here) {
  turn.stream.close()
  turn.answer.running = false
  if (here.turn === turn) here.turn = null
  if (shown === here) composer.busy = false
}

/** Announce a text to screen readers, once per answer: an announcement per token would be too many. */
function announce(text) {
  $("#announcement").textContent = text
}

/** Read the frames of a turn that is over; they are kept for some time. */
ChatMessage.readFrames = (turnId, onFrame, onGone) => {
  new TurnStream(turnId, silenceMs).addEventListener("turn", ({ detail: { kind, frame }, target }) => {
    if (frame) onFrame(frame)
    else if (kind !== "connected") {
      target.close()
      onGone()
    }
  })
}

const roomInAddress = () => {
  try {
    return decodeURIComponent(location.hash.slice(1)) || null
  } catch {
    return location.hash.slice(1) // a percent sign that encodes nothing
  }
}

addEventListener("hashchange", () => openAddress())
otherTabs.addEventListener("message", ({ data }) => data === shown.roomId && !shown.turn && !sending.has(data) && openRoom(data))
composer.addEventListener("ask", ({ detail }) => send(detail))
addEventListener("focus", refresh)
composer.addEventListener("stop", stopShown)
composer.addEventListener("choose", () => {
  picker.open()
  refresh()
})
picker.addEventListener("choose", ({ detail }) => composer.select(detail))
$("#new-chat").addEventListener("click", newChat)

function newChat() {
  location.hash = ""
  $("#question").focus()
}

/** Open the room of the address, or say that there is none. */
async function openAddress() {
  const id = roomInAddress()
  try {
    await openRoom(id)
  } catch (error) {
    if (shown.roomId !== id) return
    if (error.status === 404) log.showProblem("This room does not exist, or belongs to another user.", { "New chat": newChat })
    else log.showProblem(`This room cannot be shown: ${error.message}.`, { "Try again": openAddress })
  }
}

await readScenarios()
await openAddress()
everySecond(look)
