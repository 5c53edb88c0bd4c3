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
  if (node.shownText === text) return
  node.shownText = text
  node.textContent = text
}

/** Add or remove a class only if that changes something. */
export function setClass(node, name, has) {
  if (node.classList.contains(name) !== has) node.classList.toggle(name, has)
}

/** Set an attribute only if it differs. */
export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value)
}

/** A `button` element that calls a function. */
export function button(textContent, onclick, properties = {}) {
  return element("button", { type: "button", textContent, onclick, ...properties })
}

/** Let the browser save what is at a URL as a file. */
export function saveAs(href, filename = "") {
  element("a", { href, download: filename }).click()
}
