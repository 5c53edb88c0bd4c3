/** Two simple readers of a URL; each returns a function that describes what it has read so far. */

/** Listen like the original specification: with an `EventSource` that closes at `end`. */
function listen(url) {
  const source = new EventSource(url)
  const seen = { events: 0, damaged: false, ended: false, errors: [] }
  const take = ({ type, data }) => {
    seen.events += 1
    seen.damaged ||= data.includes("\uFFFD")
    seen.ended = type === "end"
    if (seen.ended) source.close()
  }
  for (const name of ["message", "sources", "delta", "end"]) source.addEventListener(name, take)
  source.addEventListener("error", () => seen.errors.push(source.readyState))
  return () => inWords(seen, source.readyState)
}

function inWords({ events, damaged, ended, errors }, state) {
  const got = [`${events || "no"} event${events === 1 ? "" : "s"}`, damaged && "U+FFFD"]
  // The second attempt gets 204, which stops an EventSource: errors in both states mean one reconnect.
  const after = { "0,2": "reconnects", 2: "stops", "": state === EventSource.OPEN ? "stays open" : "waits" }
  return [...got, ended ? "`end`" : after[errors] ?? `errors ${errors}`].filter(Boolean).join(", ")
}

/** Read the body up to its end. */
function read(url) {
  const seen = { status: null, outcome: null }
  const whole = async () => {
    const reply = await fetch(url)
    seen.status = reply.status
    for (const reader = reply.body.getReader(); !(await reader.read()).done; );
    seen.outcome = "done"
  }
  whole().catch(({ name, message }) => (seen.outcome = `\`${name}: ${message}\``))
  return () => [seen.status, seen.outcome ?? (seen.status ? "stays open" : "waits")].filter(Boolean).join(", ")
}

let readers = []

/** Start both readers for every URL. */
function start(urls) {
  readers = urls.map((url) => [listen(`${url}?question=listen`), read(`${url}?question=read`)])
}

const seen = () => readers.map((pair) => pair.map((words) => words()))
