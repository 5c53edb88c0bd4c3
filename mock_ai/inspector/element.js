/** Create an HTML element with properties and children; a string child becomes text, never HTML. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children)
  return made
}

const SVG = "http://www.w3.org/2000/svg"

/** Create an SVG element with attributes. */
export function svgElement(tag, attributes = {}, text = "") {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  if (text) made.textContent = text
  return made
}

/** Set the text of a node only if it differs, to avoid needless layout. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text
}
