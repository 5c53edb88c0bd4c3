/** What the original example's listeners call, and the question that starts a turn for them. */

import { ask, makeRoom } from "./chat/api.js"
import { element } from "./chat/element.js"

const $ = (selector) => document.querySelector(selector)
let asked = 0

export const appendToChat = (text) => $("#chat").append(text)

export function displaySources(sources) {
  const items = sources.map(({ id, title, content }) => element("li", { title: id, textContent: `${title}: ${content}` }))
  $("#sources").append(...items)
}

export const enableSendButton = () => ($("#send").disabled = false)

$("#ask").addEventListener("submit", async (event) => {
  event.preventDefault()
  $("#chat").replaceChildren()
  $("#sources").replaceChildren()
  $("#send").disabled = true
  const room = await makeRoom("The original example")
  await ask(room.id, $("#question").value)
  asked += 1
  await import(`./listeners.js?asked=${asked}`) // a module runs once for each address
})

$("#code").textContent = (await (await fetch("listeners.js")).text()).replace(/^import.*\n+/, "")
