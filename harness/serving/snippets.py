"""What a developer pastes: each snippet works as it stands, and a test runs each."""

from __future__ import annotations


def curl(url: str, room: str) -> str:
    """Ask in a shell, and see the stream as it comes."""
    return f"curl -N -d 'message=Hello' {url}/api/chat/{room}/stream"


def event_source(url: str, room: str) -> str:
    """Ask in a page of this machine, and listen with an `EventSource`."""
    return f"""\
const asked = await fetch("{url}/api/chat/{room}/messages", {{
  method: "POST", body: new URLSearchParams({{ message: "Hello" }}),
}})
const source = new EventSource("{url}" + (await asked.json()).streamUrl)
source.addEventListener("message", (event) => console.log(event.data))
source.addEventListener("end", () => source.close())
source.addEventListener("error", (event) => event.data && source.close())"""


def fetch(url: str, room: str) -> str:
    """Ask in a page of this machine, and read the stream of the same request."""
    return f"""\
const reply = await fetch("{url}/api/chat/{room}/stream", {{
  method: "POST", body: new URLSearchParams({{ message: "Hello" }}),
}})
const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader()
for (let part; !(part = await reader.read()).done; ) console.log(part.value)"""


def vite(url: str) -> str:
    """Reach the relay under the page's own origin; without `configure` Vite hides a lost stream."""
    return f"""\
// vite.config.js
export default {{
  server: {{ proxy: {{ "/api": {{ target: "{url}", changeOrigin: true,
    configure(proxy) {{
      proxy.on("proxyRes", (up, _req, down) =>
        up.on("close", () => {{ if (!up.complete) down.destroy() }}))
    }} }} }} }},
}}"""
