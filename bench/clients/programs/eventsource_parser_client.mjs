// Reads scenarios with fetch and eventsource-parser.
// usage: node eventsource_parser_client.mjs URL SECONDS NAME …
import { installed } from "./installed.mjs";

const [address, patience, ...names] = process.argv.slice(2);
const { createParser } = await installed("eventsource-parser");

async function read(name) {
  const events = [];
  const leaving = new AbortController();
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => leaving.abort(), 1000 * Number(patience));
  };
  const take = (event) => events.push([event.event || "message", event.data]);
  const parser = createParser({ onEvent: take });
  const decoder = new TextDecoder();
  wait();
  try {
    const url = `${address}/s/${name}/chat/stream?question=eventsource-parser`;
    const reply = await fetch(url, { signal: leaving.signal, redirect: "manual" });
    if (!reply.ok) return { events, ending: `status ${reply.status}` };
    for await (const bytes of reply.body ?? []) {
      wait();
      parser.feed(decoder.decode(bytes, { stream: true }));
    }
  } catch (error) {
    return { events, ending: leaving.signal.aborted ? "waits" : error.name };
  } finally {
    clearTimeout(timer);
  }
  return { events, ending: "ends" };
}

for (const name of names) {
  console.log(JSON.stringify({ name, ...(await read(name)) }));
}
process.stdout.write("", () => process.exit(0)); // after the last line is written
