// Node's own HTTP server: one write per event, each at an absolute deadline.
//
// usage: node node_http.mjs PORT BODY GAP_US

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [port, file, gapUs] = process.argv.slice(2);
const events = readFileSync(file, "latin1").split("\n\n").slice(0, -1);
const chunks = events.map((event) => Buffer.from(event + "\n\n", "latin1"));
const gapMs = Number(gapUs) / 1000;

function playPaced(response) {
  const started = performance.now();
  let next = 0;
  const write = () => {
    if (response.destroyed) return;
    response.write(chunks[next++]);
    if (next === chunks.length) response.end();
    else setTimeout(write, started + next * gapMs - performance.now());
  };
  write();
}

function play(response) {
  response.writeHead(200, {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache",
  });
  if (gapMs) return playPaced(response);
  for (const chunk of chunks) response.write(chunk);
  response.end();
}

createServer((request, response) => {
  let body = "";
  request.on("data", (data) => (body += data));
  request.on("end", () => {
    JSON.parse(body);
    play(response);
  });
}).listen({ port: Number(port), host: "127.0.0.1", backlog: 4096 });
