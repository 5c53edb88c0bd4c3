"""The snippets that `streamproof serve` prints; each works unchanged, and a test runs each."""

from __future__ import annotations


def curl(url: str, room: str) -> str:
    """Send a message from a shell, and print the stream as it arrives."""
    return f"curl -N -d 'message=Hello' {url}/api/chat/{room}/stream"


def event_source(url: str, room: str) -> str:
    """Send a message from a page on this machine, and read the stream with an `EventSource`."""
    return f"""\
const response = await fetch("{url}/api/chat/{room}/messages", {{
  method: "POST", body: new URLSearchParams({{ message: "Hello" }}),
}})
const source = new EventSource("{url}" + (await response.json()).streamUrl)
source.addEventListener("message", (event) => console.log(event.data))
source.addEventListener("end", () => source.close())
source.addEventListener("error", (event) => event.data && source.close())"""


def fetch(url: str, room: str) -> str:
    """Send a message from a page on this machine, and read the stream from the response."""
    return f"""\
const response = await fetch("{url}/api/chat/{room}/stream", {{
  method: "POST", body: new URLSearchParams({{ message: "Hello" }}),
}})
const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
for (let read; !(read = await reader.read()).done; ) console.log(read.value)"""


def vite(url: str) -> str:
    """Proxy `/api` of the page's own origin; without `configure` Vite hides a lost connection."""
    return f"""\
// vite.config.js
export default {{
  server: {{ proxy: {{ "/api": {{ target: "{url}", changeOrigin: true,
    configure(proxy) {{
      proxy.on("proxyRes", (up, _req, down) =>
        up.on("close", () => {{ if (!up.complete) down.destroy() }}))
    }} }} }} }},
}}"""
