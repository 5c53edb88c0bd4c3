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

  /** Show the history; `sendAgain` sends the question of a failed answer again. */
  show(messages, sendAgain) {
    this.replaceChildren()
    let answer = null
    for (const { sender, message, htmlFormattedMessage, sources, turn } of messages) {
      if (sender === "USER") {
        this.append(ChatMessage.question(message))
        answer = turn && turn.status !== "completed" && turn.status !== "running" ? this.addAnswer() : null
        if (answer) {
          answer.addText(turn.partial ?? "")
          answer.setProblem("failed", failure(turn), () => sendAgain(message))
        }
      } else {
        answer = this.addAnswer()
        answer.showStored(htmlFormattedMessage ?? "")
      }
      answer?.addSources(sources)
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

  addAnswer() {
    const answer = ChatMessage.answer()
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

function failure({ status, reason }) {
  return status === "stopped" ? "The answer was stopped." : `The answer failed: ${reason}.`
}

customElements.define("chat-log", ChatLog)
