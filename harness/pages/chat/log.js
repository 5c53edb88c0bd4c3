/** The conversation of a room; it stays at its end while the reader is there. */

import { element } from "./element.js"
import { ChatMessage } from "./message.js"

const NEAR_END_PX = 80

export class ChatLog extends HTMLElement {
  connectedCallback() {
    this.ariaLabel = "Conversation"
    this.role = "region"
    this.tabIndex = 0
  }

  /** Show the history; `askAgain` is called with a question whose answer failed. */
  show(messages, askAgain) {
    this.replaceChildren()
    let answer = null
    for (const { sender, message, htmlFormattedMessage, sources, turn } of messages) {
      if (sender === "USER") {
        this.append(ChatMessage.question(message))
        answer = turn && turn.status !== "completed" && turn.status !== "running" ? this.addAnswer() : null
        if (answer) {
          answer.addText(turn.partial ?? "")
          answer.setTrouble("failed", failure(turn), () => askAgain(message))
        }
      } else {
        answer = this.addAnswer()
        answer.showStored(htmlFormattedMessage ?? "")
      }
      answer?.addSources(sources)
    }
    this.toEnd()
  }

  get isEmpty() {
    return this.querySelector(".empty") !== null
  }

  addQuestion(text) {
    this.querySelector(".empty")?.remove()
    this.append(ChatMessage.question(text))
    this.toEnd()
  }

  addAnswer() {
    const answer = ChatMessage.answer()
    this.append(answer)
    return answer
  }

  /** Change something; afterwards a reader who was at the end is there again. */
  keepEnd(change) {
    const atEnd = this.scrollHeight - this.scrollTop - this.clientHeight < NEAR_END_PX
    change()
    if (atEnd) this.toEnd()
  }

  toEnd() {
    this.scrollTo({ top: this.scrollHeight, behavior: "instant" })
  }

  /** Say what can be done in a room where nothing was said. */
  showEmpty(scenarios, ask) {
    const offers = scenarios.map(({ name, title }) => {
      const words = [element("code", { textContent: `/${name}` }), " ", element("span", { textContent: title })]
      return element("li", {}, element("button", { type: "button", onclick: () => ask(`/${name} How many days of leave do I have?`) }, ...words))
    })
    const empty = element(
      "section",
      { className: "empty" },
      element("h2", { textContent: "Ask, and see what your page will see" }),
      element("p", { textContent: "Every answer is a scenario: bytes at times, and what goes wrong. Start with one of these, or type a question." }),
      element("ul", {}, ...offers),
    )
    this.replaceChildren(empty)
  }
}

function failure({ status, reason }) {
  return status === "stopped" ? "The answer was stopped." : `The answer failed: ${reason}.`
}

customElements.define("chat-log", ChatLog)
