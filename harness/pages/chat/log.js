/** The conversation of a room. It scrolls with new text while the reader is at its end. */

import { element } from "./element.js"
import { ChatMessage } from "./message.js"

const NEAR_END_PX = 80

export class ChatLog extends HTMLElement {
  connectedCallback() {
    this.ariaLabel = "Conversation"
    this.role = "region"
    this.tabIndex = 0
  }

  /**
   * Show the history. An answer knows its turn; `sendAgain` sends the question of a failed one again.
   * The answer of a running turn is left to the reader of its frames.
   */
  show(messages, sendAgain) {
    this.replaceChildren()
    let turn = null
    for (const message of messages) {
      if (message.sender === "USER") {
        turn = message.turn
        this.append(ChatMessage.question(message.message))
        if (isOver(turn) && turn.status !== "completed") this.addAnswer(turn.id, message.id).showFailed(turn, message.message, () => sendAgain(message.message))
      } else this.addAnswer(turn?.id, messageBefore(messages, message)?.id).showStored(message)
    }
    this.scrollToEnd()
  }

  get isEmpty() {
    return this.querySelector(".empty") !== null
  }

  addQuestion(text) {
    this.querySelector(".empty")?.remove()
    this.append(ChatMessage.question(text))
    this.scrollToEnd()
  }

  /** Add an answer: of which turn, and to which message of the user, as far as these are known. */
  addAnswer(turnId = null, messageId = null) {
    const answer = ChatMessage.answer()
    if (turnId) answer.turnId = turnId
    if (messageId) answer.messageId = messageId
    this.append(answer)
    return answer
  }

  /** Make a change; a reader who was at the end stays at the end. */
  keepAtEnd(change) {
    const atEnd = this.scrollHeight - this.scrollTop - this.clientHeight < NEAR_END_PX
    change()
    if (atEnd) this.scrollToEnd()
  }

  scrollToEnd() {
    this.scrollTo({ top: this.scrollHeight, behavior: "instant" })
  }

  /** Show a problem in place of the conversation; `actions` are buttons by their text. */
  showProblem(text, actions) {
    const buttons = Object.entries(actions).map(([textContent, onclick]) => element("button", { type: "button", textContent, onclick }))
    this.replaceChildren(element("p", { className: "problem failed", role: "alert" }, text, ...buttons))
  }

  /** Suggest questions in an empty room. */
  showEmpty(scenarios, send) {
    const suggestions = scenarios.map(({ name, title }) => {
      const words = [element("code", { textContent: `/${name}` }), " ", element("span", { textContent: title })]
      return element("li", {}, element("button", { type: "button", onclick: () => send(`/${name} How many days of leave do I have?`) }, ...words))
    })
    const empty = element(
      "section",
      { className: "empty" },
      element("h2", { textContent: "Send a question and see what your page receives" }),
      element("p", { textContent: "Each answer plays a scenario: a file that says which bytes are sent, when, and what goes wrong. Select one of these, or type a question." }),
      element("ul", {}, ...suggestions),
    )
    this.replaceChildren(empty)
  }
}

function isOver(turn) {
  return turn && turn.status !== "running"
}

function messageBefore(messages, message) {
  return messages[messages.indexOf(message) - 1]
}

customElements.define("chat-log", ChatLog)
