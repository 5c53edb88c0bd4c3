/** The figures next to the title of a stream: what people measure first. */

import { element, setText } from "./element.js"
import { longestGap } from "./silences.js"
import { time } from "./units.js"

const MEANINGS = {
  "first token": "From the start of the reply to the write that completed the first event with text",
  "longest gap": "The longest time between two writes",
  "relay delay": "The median time between the write of an event and its delivery by the relay",
  rate: "Events per second, from the first to the last event",
  duration: "From the start of the reply to its end, or until now",
}

export class StreamFigures extends HTMLElement {
  #values = new Map(Object.keys(MEANINGS).map((name) => [name, element("dd")]))
  #list = element(
    "dl",
    { className: "figures" },
    ...[...this.#values].map(([name, value]) => element("div", { title: MEANINGS[name] }, element("dt", { textContent: name }), value)),
  )

  connectedCallback() {
    this.append(this.#list)
  }

  show(story, due, threshold) {
    const gap = longestGap(story, due, threshold)
    this.#set("first token", story.firstToken_ms === null ? null : time(story.firstToken_ms))
    this.#set("longest gap", gap && time(gap.to - gap.from), gap?.late ? "late" : "", gap?.late ? "late" : "")
    this.#set("relay delay", story.relayDelay_ms === null ? null : time(Math.max(0, story.relayDelay_ms)))
    this.#set("rate", story.rate === null ? null : `${rounded(story.rate)}/s`)
    this.#set("duration", story.refusal ? null : time(story.ended_ms ?? Math.round(story.elapsed / 100) * 100))
  }

  /** Set a figure; one without a value is hidden. */
  #set(name, value, note = "", className = "") {
    const node = this.#values.get(name)
    node.parentElement.hidden = value === null
    node.className = className
    setText(node, value === null ? "" : `${value}${note && ` ${note}`}`)
  }
}

function rounded(number) {
  return number >= 10 ? Math.round(number).toLocaleString("en") : number.toFixed(1)
}

customElements.define("stream-figures", StreamFigures)
