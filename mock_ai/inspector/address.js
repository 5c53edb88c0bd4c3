/**
 * The address of the page: `#12` selects a stream, `#message=ID` the newest stream for a message.
 *
 * The address follows the selection without a new entry in the history.
 */

export class Address {
  #store

  constructor(store) {
    this.#store = store
    addEventListener("hashchange", () => this.#read())
    store.addEventListener("choose", ({ detail }) => this.#write(`#${detail}`))
    this.#read()
  }

  #read() {
    const [, number, id] = /^#(?:(\d{1,9})|message=(.+))$/.exec(location.hash) ?? []
    if (number) this.#store.choose(Number(number))
    else if (id) this.#store.chooseMessage(decoded(id))
  }

  #write(hash) {
    if (location.hash !== hash) history.replaceState(history.state, "", hash)
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
