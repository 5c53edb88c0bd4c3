/** The functions that the listeners of the original specification call, and the form that starts a turn. */

import { ask, makeRoom } from "./chat/api.js"
import { element } from "./chat/element.js"

const $ = (selector) => document.querySelector(selector)
let runs = 0

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
  const room = await makeRoom("Example page")
  await ask(room.id, $("#question").value)
  runs += 1
  await import(`./listeners.js?run=${runs}`) // a browser runs a module once per URL
})

$("#code").textContent = (await (await fetch("listeners.js")).text()).replace(/^import.*\n+/, "")
