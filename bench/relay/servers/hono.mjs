// A relay as many write it with Hono: parses each event and writes it again with `streamSSE`.
// With a database it also stores each answer at its end.
//
// usage: node hono.mjs NODE_MODULES PORT AI_URL [DATABASE]

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, port, aiUrl, database] = process.argv.slice(2);
const require = createRequire(join(modules, "any.js"));
const load = (name) => import(pathToFileURL(require.resolve(name)));

const { Hono } = await load("hono");
const { streamSSE } = await load("hono/streaming");
const { serve } = await load("@hono/node-server");
const { EventSourceParserStream } = await load("eventsource-parser/stream");

let store = () => {};
if (database) {
  const { default: Database } = await load("better-sqlite3");
  const db = new Database(database);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = NORMAL");
  db.exec("CREATE TABLE message (id INTEGER PRIMARY KEY, text TEXT NOT NULL)");
  const insert = db.prepare("INSERT INTO message (text) VALUES (?)");
  store = (text) => insert.run(text);
}

const app = new Hono();
app.post("/chat/stream", async (c) => {
  const question = await c.req.json();
  const reply = await fetch(`${aiUrl}/chat/stream`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(question),
  });
  const events = reply.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  return streamSSE(c, async (stream) => {
    let number = 0;
    let answer = "";
    for await (const { event, data } of events) {
      if (stream.aborted) return;
      const message = JSON.parse(data);
      if (message.type === "content") answer += message.content;
      if (message.type === "end") store(answer);
      await stream.writeSSE({ id: String(number++), event, data: JSON.stringify(message) });
    }
  });
});

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(port) });
