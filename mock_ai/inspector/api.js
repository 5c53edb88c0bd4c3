/** Calls of the control API: of the mock that serves this page, or of the run in the page's URL. */

const API = new URL(location.pathname.replace(/\/__ui\/?$/, "/__mock"), location.origin).href

export class ApiError extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

async function call(path, options) {
  const response = await fetch(API + path, options)
  const answer = response.status === 204 ? null : await response.json()
  if (!response.ok) throw new ApiError(response.status, answer.error)
  return answer
}

export const feedUrl = () => API.replace(/^http/, "ws") + "/feed"
export const pageUrl = (number) => `${API}/journal/${number}/page`
export const getOverview = () => call("/overview")
export const getTimeline = (number) => call(`/journal/${number}/timeline`)
export const getScenario = (number, name) => call(`/journal/${number}/scenario?name=${encodeURIComponent(name)}`)
export const putScenario = (name, text) => call(`/scenarios/${name}`, { method: "PUT", body: text })

/** Steer a stream: `pause`, `resume`, `step`, `release`, or `drop` with a body. */
export function steer(number, what, body) {
  return call(`/streams/${number}/${what}`, { method: "POST", body: body && JSON.stringify(body) })
}
