"""A page on a real Vite dev server, with the proxy that `streamproof serve` prints."""

import pytest

from streamproof.harness.doctor.probe_backend import PROBE, Probe
from streamproof.harness.serving import snippets
from streamproof.harness.serving.backend import ROOM
from tests.harness.doctor.vite import PLAIN_PAGE, vite

pytestmark = pytest.mark.asyncio(loop_scope="session")

ITS_OWN_ORIGIN = ""


@pytest.mark.prove
async def test_page_gets_token_by_token_on_its_own_origin(local, page, tmp_path):
    snippet = snippets.event_source(ITS_OWN_ORIGIN, ROOM).replace("Hello", "/step-by-step Hello")
    async with vite(tmp_path, snippets.vite(local.url)) as url:
        await page.goto(f"{url}/{PLAIN_PAGE}")
        for awaited in ("One", " two", " three"):
            async with page.expect_console_message(
                lambda message, text=awaited: text in message.text
            ):
                if awaited == "One":
                    await page.evaluate(f"(async () => {{ {snippet} }})()")
                else:
                    await local.release()


READ = """(headers) => fetch("/api/chat/demo/stream", { headers })
  .then((reply) => reply.text()).then(() => "whole", (error) => error.name)"""


@pytest.mark.prove
async def test_page_sees_whether_the_backend_was_lost(local, page, tmp_path):
    async with vite(tmp_path, snippets.vite(local.url)) as url:
        await page.goto(f"{url}/{PLAIN_PAGE}")
        assert await page.evaluate(READ, {PROBE: Probe.SAMPLE}) == "whole"
        assert await page.evaluate(READ, {PROBE: Probe.DROP}) == "TypeError"


SEVENTH = """async ([headers, elsewhere]) => {
  const open = () => {
    const stop = new AbortController()
    const reply = fetch("/api/chat/demo/stream", { headers, signal: stop.signal })
    return { stop, begun: reply.then((stream) => stream.body.getReader().read()) }
  }
  const six = Array.from({ length: 6 }, open)
  await Promise.all(six.map((stream) => stream.begun))
  let waits = true
  const seventh = fetch("/plain.html").then(() => { waits = false })
  await fetch(elsewhere, { mode: "no-cors" })
  const waited = waits
  six.forEach((stream) => stream.stop.abort())
  await seventh
  return waited
}"""


@pytest.mark.prove
async def test_six_open_streams_let_every_other_request_wait(local, page, tmp_path):
    async with vite(tmp_path, snippets.vite(local.url)) as url:
        await page.goto(f"{url}/{PLAIN_PAGE}")
        assert await page.evaluate(SEVENTH, [{PROBE: Probe.HOLD}, f"{local.url}/healthz"])
