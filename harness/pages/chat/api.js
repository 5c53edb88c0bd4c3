/** The endpoints of the relay that this page uses; a refused request throws `RequestError`. */

export class RequestError extends Error {
  constructor(status, text) {
    super(text)
    this.status = status
  }
}

const room = (id) => `/api/chat/${encodeURIComponent(id)}`
const form = (fields) => ({ method: "POST", body: new URLSearchParams(fields) })

export const getRooms = () => all("/api/chat/rooms", "rooms")
export const getHistory = (id) => all(`${room(id)}/messages`, "messages")
export const makeRoom = (title) => call("/api/chat/rooms", form({ title }))
export const stop = (id, turnId) => call(`${room(id)}/stop?turnId=${encodeURIComponent(turnId)}`, { method: "POST" })

/** Start a turn. A repeated request with the same key gets the turn of the first one. */
export const ask = (id, message, key = newKey()) => call(`${room(id)}/messages`, { ...form({ message }), headers: { "Idempotency-Key": key } })

/** Return a key for one question; `crypto.randomUUID` does not exist on pages without TLS. */
export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")

const LONGEST_WAIT_MS = 5000
let scenariosTag = '""'

/**
 * Return the scenarios and the errors of their files; null if they are those of the last call.
 * A relay that does not answer in time cannot be reached: a dead connection never fails by itself.
 */
export async function getScenarios() {
  const headers = { "If-None-Match": scenariosTag }
  const response = await reach(() => fetch("/scenarios.json", { headers, signal: AbortSignal.timeout(LONGEST_WAIT_MS) }))
  if (response.status === 304) return null
  const found = await reach(() => response.json())
  scenariosTag = response.headers.get("ETag")
  return found
}

async function call(path, options) {
  const [response, body] = await reach(async () => {
    const response = await fetch(path, options)
    return [response, await response.json()]
  })
  if (!response.ok) throw new RequestError(response.status, body.error)
  return body
}

/** Await what the network does; its errors have the words of the browser. */
async function reach(work) {
  try {
    return await work()
  } catch {
    throw new Error("the relay cannot be reached")
  }
}

async function all(path, key) {
  const items = []
  let cursor = ""
  do {
    const page = await call(`${path}?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
    items.push(...page[key])
    cursor = page.nextCursor ?? ""
  } while (cursor)
  return items
}
