/** Make an element: its tag, what it is given, and its children; text is always text. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children)
  return made
}

const SVG = "http://www.w3.org/2000/svg"

/** Make an element of a drawing, by its attributes. */
export function drawn(tag, attributes = {}, text = "") {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  if (text) made.textContent = text
  return made
}

/** Set a text only where it differs, so that nothing is laid out again for nothing. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text
}
