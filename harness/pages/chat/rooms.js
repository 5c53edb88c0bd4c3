/** The list of rooms. Each is a link to `#ID`, so the back button works. */

import { element } from "./element.js"

export class RoomList extends HTMLElement {
  connectedCallback() {
    this.role = "navigation"
    this.ariaLabel = "Rooms"
  }

  show(rooms, current) {
    const items = rooms.map(({ id, title }) => {
      const link = element("a", { href: `#${encodeURIComponent(id)}`, textContent: title || "Untitled" })
      if (id === current) link.ariaCurrent = "page"
      return element("li", {}, link)
    })
    this.replaceChildren(element("ul", {}, ...items))
  }
}

customElements.define("room-list", RoomList)
