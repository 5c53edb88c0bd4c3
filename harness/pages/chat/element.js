/** Create an element with properties and children; a text child is never parsed as HTML. */
export function element(tag, properties = {}, ...children) {
  const created = Object.assign(document.createElement(tag), properties)
  created.append(...children)
  return created
}
