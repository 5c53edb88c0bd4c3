"""The data for the inspector: overview, timeline, deliveries, and exports of an exchange."""

import base64
import json
import re
import shlex
from urllib.parse import quote

import pytest

from streamproof.mock_ai.app import MOCK, create_app
from streamproof.mock_ai.control.faults import fault_json
from streamproof.mock_ai.control.overview import Tally
from streamproof.mock_ai.control.page import UI
from streamproof.mock_ai.control.timeline import MAX_SHOWN_BYTES
from streamproof.mock_ai.faults import read_fault
from streamproof.mock_ai.library.library import Library
from tests.mock_ai.mock_fixture import scenario
from tests.mock_ai.raw_client import exchange

THREE = """
name: three
title: Three events, a hold and a fault
steps: [{content: one}, {wait_ms: 20}, {content: two}, {hold: until-released}, {wait_ms: 5}, end]
faults: [{stall: {after_events: 2, for_ms: 3}}]
"""

FRAME = {"event": "error", "data": "{}"}


async def put(controlled, text, name):
    """Add a scenario to the mock."""
    await controlled.call("PUT", f"/scenarios/{name}", data=text)


async def test_overview_has_sizes_states_and_faults(controlled):
    await put(controlled, THREE, "three")
    await controlled.ask("one")
    async with controlled.open("three", b"two"):
        answer = await controlled.call("GET", "/overview")
    done, held = answer["entries"]
    assert (done["total_events"], done["state"], done["faults"]) == (0, None, [])
    assert done["total_bytes"] == sum(len(w.data) for w in (await controlled.mock.entry()).writes)
    assert (held["total_events"], held["state"]) == (2, "held")
    assert held["faults"] == ["stall: {after_events: 2, for_ms: 3}"]
    assert held["age_ms"] >= 0
    assert answer["downstream"] is False


async def test_overview_of_a_request_without_a_reply_has_no_age(controlled):
    async with controlled.session.get("/s/nothing/chat/stream?question=hi") as reply:
        assert reply.status == 404
    [row] = (await controlled.call("GET", "/overview"))["entries"]
    assert (row["ending"], row["age_ms"], row["elapsed_ms"]) == ("no scenario", None, None)
    assert (row["status"], row["total_events"]) == (404, 0)
    assert row["total_bytes"] > 0


async def test_overview_has_the_title_the_status_and_the_time_since_the_start(controlled):
    await put(controlled, THREE, "three")
    async with controlled.open("three", b"two"):
        answer = await controlled.call("GET", "/overview")
    [row] = answer["entries"]
    assert (row["title"], row["status"]) == ("Three events, a hold and a fault", 200)
    assert row["elapsed_ms"] >= row["age_ms"] >= 0
    await controlled.call("DELETE", "/scenarios/three")
    [row] = (await controlled.call("GET", "/overview"))["entries"]
    assert row["title"] is None


async def test_status_is_read_from_split_writes(controlled):
    text = "status: 503\nsteps: [{content: one}]\nfaults: [{split: {inside: framing}}]"
    await put(controlled, scenario(text), "it")
    await controlled.ask("it")
    [entry] = (await controlled.call("GET", "/journal"))["entries"]
    assert entry["status"] == 503


async def test_overview_has_the_url_of_the_chat(controlled):
    assert (await controlled.call("GET", "/overview"))["chat_url"] is None
    controlled.mock.app[MOCK].chat_url = "http://127.0.0.1:1/"
    assert (await controlled.call("GET", "/overview"))["chat_url"] == "http://127.0.0.1:1/"
    app = create_app(Library({}, ()), chat_url="http://127.0.0.1:2/")
    assert app[MOCK].chat_url == "http://127.0.0.1:2/"


async def test_timeline_of_a_refused_request_has_the_reply_and_near_misses(controlled):
    body = {"question": "hi", "messageId": "m"}
    async with controlled.session.post("/s/hold/chat/stream", json=body) as reply:
        assert reply.status == 404
        sent = await reply.json()
    await controlled.call("POST", "/deliveries", json={"message_id": "m", "frames": [FRAME]})
    timeline = await controlled.call("GET", "/journal/1/timeline")
    assert timeline["refusal"] == {"status": 404, "body": sent}
    assert timeline["refusal"]["body"]["near"][0]["scenario"] == "holds"
    [write] = timeline["sent"]
    assert base64.b64decode(write["base64"]).startswith(b"HTTP/1.1 404 Not Found\r\n")
    [delivery] = timeline["delivered"]
    assert 0 <= delivery["at_ms"] < 60_000, "from the refusal, not from the start of the mock"


async def test_invalid_request_has_its_reply_in_the_timeline(controlled):
    async with controlled.session.post("/chat/stream", json={}) as reply:
        refusal = {"status": reply.status, "body": await reply.json()}
    assert refusal["status"] == 400
    assert (await controlled.call("GET", "/journal/1/timeline"))["refusal"] == refusal


async def test_scenario_that_cannot_be_played_has_its_reply_in_the_timeline(controlled):
    path = "/s/one/chat/stream?question=hi&fault=" + quote("cut: {after_events: 9}")
    async with controlled.session.get(path) as reply:
        refusal = {"status": reply.status, "body": await reply.json()}
    timeline = await controlled.call("GET", "/journal/1/timeline")
    assert (timeline["refusal"], timeline["ending"]) == (refusal, "not for this request")


async def test_timeline_of_a_played_request_has_no_refusal(controlled):
    await controlled.ask("one")
    assert (await controlled.call("GET", "/journal/1/timeline"))["refusal"] is None


async def page_of(controlled, number=1):
    """Return the exported page, and the timeline that it contains."""
    async with controlled.session.get(f"/__mock/journal/{number}/page") as reply:
        assert reply.status == 200
        text = await reply.text()
        headers = reply.headers
    [story] = re.findall(r'id="exported">(.*?)</script>', text)
    return text, json.loads(story), headers


async def test_page_contains_all_that_it_needs(controlled):
    await put(controlled, scenario("steps: [{content: '</script><script>x'}, end]"), "it")
    await controlled.ask("it", question="<b>")
    text, story, headers = await page_of(controlled)
    timeline = await controlled.call("GET", "/journal/1/timeline")
    assert story["sent"] == timeline["sent"]
    assert story["question"] == "<b>"
    assert text.count("</script>") == text.count("<script") == 3
    assert "src=" not in text
    assert not re.search(r"(href|url)\W+https?:", text)
    assert headers["Content-Disposition"] == 'attachment; filename="stream-1-it.html"'
    [found] = re.findall(r'<script type="importmap"[^>]*>(.*?)</script>', text)
    modules = json.loads(found)["imports"]
    assert "streamproof/exported.js" in modules
    for url in modules.values():
        code = base64.b64decode(url.partition(",")[2]).decode()
        imported = re.findall(r'^(?:import|export)[^"\n]*"([^"]+)"$', code, re.MULTILINE)
        assert set(imported) <= set(modules)


async def test_page_has_stars_for_the_secrets_of_the_request(controlled):
    secret = "a-very-secret-token"
    await put(
        controlled,
        scenario("vars: {}\nsteps: [{content: 'x {{header.authorization}} x'}, end]"),
        "it",
    )
    url = f"/s/it/chat/stream?question=hi&token={secret}&other=1"
    headers = {"Authorization": f"Bearer {secret}"}
    body = {"question": f"my {secret}", "password": secret}
    async with controlled.session.post(url, json=body, headers=headers) as reply:
        assert secret in await reply.text()
    text, story, _ = await page_of(controlled)
    assert secret not in text
    assert secret.encode() not in b"".join(base64.b64decode(w["base64"]) for w in story["sent"])
    assert "curl" not in story
    assert f"Bearer {'*' * len(secret)}" in story["sent"][0]["events"][0]["data"]
    assert story["path"].endswith(f"&token={'*' * len(secret)}&other=1")
    plain = await controlled.call("GET", "/journal/1/timeline")
    assert [write["size"] for write in plain["sent"]] == [write["size"] for write in story["sent"]]


async def test_page_of_an_unknown_number_is_not_there(controlled):
    async with controlled.session.get("/__mock/journal/9/page") as reply:
        assert reply.status == 404


async def test_overview_reads_bytes_only_up_to_its_limit(controlled):
    for _ in range(2):
        await controlled.ask("one")
    await controlled.ask("two")
    first, second, other = controlled.mock.journal
    tally = Tally(max_bytes=1)
    counted = tally.show(first)
    assert counted["total_bytes"] == len(first.writes[0].data)
    assert tally.show(second) == counted, "the bytes of one scenario are read once"
    assert tally.show(other) == {"total_bytes": None, "total_events": None}


async def test_timeline_has_the_whole_plan_shifted_by_the_length_of_a_hold(controlled):
    await put(controlled, THREE, "three")
    async with controlled.open("three", b"two") as stream:
        before = await controlled.call("GET", f"/journal/{stream.number}/timeline")
        await stream.steer("release")
        await stream.raw.until(b"0\r\n\r\n")
    after = await controlled.call("GET", f"/journal/{stream.number}/timeline")
    assert before["planned_ms"] == [0, 20, 25]
    assert [(hold["at_ms"], hold["index"]) for hold in before["holds"]] == [(20, 2)]
    assert before["faults"] == [{"fault": "stall: {after_events: 2, for_ms: 3}", "at_ms": 20}]
    assert (len(before["sent"]), len(after["sent"])) == (2, 3)
    assert 20 < after["planned_ms"][2] <= after["sent"][2]["actual_ms"]
    kinds = [[event["kind"] for event in sent["events"]] for sent in after["sent"]]
    assert kinds == [["content"], ["content"], ["end"]]


async def test_timeline_has_only_the_first_bytes_of_a_large_reply(controlled):
    step = "{repeat: {times: 100, steps: [{content: {text: x, times: 90000}}]}}"
    await put(
        controlled, f"name: large\ntitle: Large\nsteps: [{step}, {{wait_ms: 0}}, end]", "large"
    )
    await controlled.ask("large")
    timeline = await controlled.call("GET", "/journal/1/timeline")
    sent = timeline["sent"]
    shown = sum(len(base64.b64decode(one["base64"])) for one in sent)
    assert shown == MAX_SHOWN_BYTES < sum(one["size"] for one in sent) == timeline["total_bytes"]
    assert sent[0]["events"]
    assert (sent[-1]["base64"], sent[-1]["events"]) == ("", [])
    assert timeline["total_events"] == 101


async def test_timeline_lists_every_attempt_for_the_message(controlled):
    question = {"question": "hi", "messageId": "m"}
    for _ in range(2):
        async with controlled.session.post("/chat/stream", json=question) as reply:
            await reply.read()
    await controlled.ask()
    answer = await controlled.call("GET", "/journal/2/timeline")
    assert [(one["number"], one["attempt"]) for one in answer["attempts"]] == [(1, 1), (2, 2)]
    assert answer["attempts"][0]["at_ms"] < 0 == answer["attempts"][1]["at_ms"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "content_length: 3\nheaders: {Content-Length: many}\nsteps: [{content: one}]",
            "a content length of 'many'",
        ),
        (
            "steps: [{content: one}]\nfaults: [{bad_chunk: {after_events: 1}}]",
            "the size of a chunk",
        ),
    ],
)
async def test_timeline_has_the_problem_that_ended_the_decoding(controlled, text, problem):
    await put(controlled, scenario(text), "it")
    async with controlled.open("it", b"HTTP/1.1") as stream:
        await stream.raw.rest()
    answer = await controlled.call("GET", f"/journal/{stream.number}/timeline")
    assert problem in answer["problem"]


async def test_compressed_body_is_decoded(controlled):
    await put(controlled, scenario("gzip: per-event\nsteps: [{content: one}, end]"), "it")
    await controlled.ask("it")
    answer = await controlled.call("GET", "/journal/1/timeline")
    assert (answer["total_events"], answer["problem"]) == (2, None)


async def test_reported_deliveries_have_times_from_the_start_of_the_reply(controlled):
    frames = [{"event": "message", "data": "x"}, {"event": "end", "data": "y", "id": "1"}]
    report = {"message_id": "m", "frames": frames, "connection": 2, "ago_ms": 1000}
    async with controlled.session.ws_connect("/__mock/feed") as feed:
        await feed.receive_json()
        await controlled.call("POST", "/deliveries", json=report)
        message = await feed.receive_json()
    assert (message["type"], message["message_id"]) == ("delivered", "m")
    question = {"question": "hi", "messageId": "m"}
    async with controlled.session.post("/chat/stream", json=question) as reply:
        await reply.read()
    answer = await controlled.call("GET", "/journal/1/timeline")
    assert [one | {"at_ms": None} for one in answer["delivered"]] == [
        frame | {"at_ms": None} for frame in message["frames"]
    ]
    assert [one["at_ms"] + answer["began_ms"] for one in answer["delivered"]] == pytest.approx(
        [frame["at_ms"] for frame in message["frames"]], abs=0.002
    )
    assert [one["at_ms"] < -900 for one in answer["delivered"]] == [True, True]
    assert answer["downstream"] is True
    await controlled.call("POST", "/reset")
    await controlled.ask()
    assert (await controlled.call("GET", "/journal/2/timeline"))["delivered"] == []


@pytest.mark.parametrize(
    "changed",
    [
        {"message_id": ""},
        {"message_id": None},
        {"frames": {}},
        {"frames": [{"event": "", "data": ""}]},
        {"frames": [{"event": "e", "data": 1}]},
        {"frames": [{"event": "e"}]},
        {"connection": 0},
        {"connection": True},
        {"ago_ms": -1},
        {"more": 1},
    ],
)
async def test_invalid_report_is_rejected(controlled, changed):
    report = {"message_id": "m", "frames": [{"event": "e", "data": ""}], **changed}
    status, _ = await controlled.rejected("POST", "/deliveries", json=report)
    assert status == 400


async def test_feed_of_a_run_does_not_report_deliveries(controlled):
    async with controlled.session.ws_connect("/run/a/__mock/feed") as feed:
        await feed.receive_json()
        await controlled.call("POST", "/deliveries", json={"message_id": "m", "frames": []})
        await controlled.ask("one", run="a")
        assert (await feed.receive_json())["type"] == "began"


async def test_exported_scenario_sends_the_same_reply(controlled):
    await put(controlled, THREE.replace("{hold: until-released}, ", ""), "three")
    played = await controlled.ask("three")
    kept = await controlled.call("GET", "/journal/1/scenario?name=kept")
    await put(controlled, kept["text"], "kept")
    assert await controlled.ask("kept") == played
    first, second = [entry.writes for entry in controlled.mock.journal]
    assert [write.data for write in first] == [write.data for write in second]


@pytest.mark.parametrize(
    ("by", "fault"), [("rst", "cut: {after_bytes: 8}"), (None, "stall: {after_bytes: 8}")]
)
async def test_dropped_or_open_reply_is_exported_as_a_fault(controlled, by, fault):
    async with controlled.open("stalls", b"before\n\n\r\n") as stream:
        if by:
            await stream.steer("drop", json={"by": by})
            await stream.raw.rest()
            await controlled.mock.entry()
        exported = await controlled.call("GET", "/journal/1/scenario?name=kept")
    assert fault in exported["text"]
    assert ("The reply had not ended." in exported["text"]) == (by is None)


async def test_secrets_of_the_request_are_not_exported(controlled):
    headers = {"Authorization": "Bearer a-very-secret-token"}
    async with controlled.session.get("/chat/stream?question=hi", headers=headers) as reply:
        await reply.read()
    kept = await controlled.call("GET", "/journal/1/scenario?name=kept")
    assert "a-very-secret-token" not in kept["text"]


@pytest.mark.parametrize(("name", "status"), [("", 400), ("Big", 400), ("kept", 409)])
async def test_request_without_a_reply_cannot_be_exported(controlled, name, status):
    async with controlled.session.get("/s/nothing/chat/stream?question=hi") as reply:
        assert reply.status == 404
    found, _ = await controlled.rejected("GET", f"/journal/1/scenario?name={name}")
    assert found == status


async def test_reply_without_a_complete_head_cannot_be_exported(controlled):
    text = 'steps: [end]\nfaults: [{hang_up: {text: "HTTP/1.1 200"}}]'
    await put(controlled, scenario(text), "it")
    async with controlled.open("it", b"HTTP/1.1 200") as stream:
        await stream.raw.rest()
    status, _ = await controlled.rejected("GET", "/journal/1/scenario?name=kept")
    assert status == 409


async def test_curl_command_for_a_post_without_a_body_names_the_method(controlled):
    async with controlled.session.post("/s/one/chat/stream?question=hi") as reply:
        await reply.read()
    words = shlex.split((await controlled.call("GET", "/journal/1/timeline"))["curl"])
    assert words[words.index("-X") + 1] == "POST"
    assert "--data-raw" not in words


async def test_curl_command_sends_the_same_request_for_the_same_scenario(controlled):
    await controlled.call("PUT", "/active", json={"scenario": "two"})
    await controlled.ask(question="it's me")
    answer = await controlled.call("GET", "/journal/1/timeline")
    words = shlex.split(answer["curl"])
    assert words[:2] == ["curl", "-N"]
    assert "X-Scenario: two" in words
    assert words[words.index("--data-raw") + 1] == '{"question": "it\'s me"}'
    assert words[-1] == f"{controlled.mock.url}/chat/stream"
    assert not any(word.lower().startswith(("host:", "content-length:")) for word in words)


@pytest.mark.parametrize("prefix", ["/s/two", "/run/a/s/two"])
async def test_curl_command_keeps_a_scenario_in_the_path(controlled, prefix):
    async with controlled.session.post(f"{prefix}/v1/messages", json={}) as reply:
        assert reply.status == 200
    answer = await controlled.call("GET", "/journal/1/timeline")
    assert "X-Scenario" not in answer["curl"]
    assert answer["curl"].endswith(f"{controlled.mock.url}{prefix}/v1/messages")


@pytest.mark.parametrize("path", ["/", "/run/a", "/run/a/"])
async def test_root_redirects_to_the_page(controlled, path):
    async with controlled.session.get(path, allow_redirects=False) as reply:
        assert (reply.status, reply.headers["Location"]) == (302, path.rstrip("/") + UI)


async def test_icon_is_served(controlled):
    for path in ("/favicon.ico", f"{UI}/favicon.svg"):
        async with controlled.session.get(path) as reply:
            assert (reply.status, reply.content_type) == (200, "image/svg+xml")


@pytest.mark.parametrize("run", ["", "/run/a"])
async def test_page_loads_nothing_from_other_servers_and_rejects_foreign_hosts(controlled, run):
    for path, kind in ((UI, "text/html"), (f"{UI}/app.js", "text/javascript")):
        async with controlled.session.get(run + path) as reply:
            assert (reply.status, reply.content_type) == (200, kind)
            assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
            assert "http" not in (await reply.text()).replace("http://www.w3.org/2000/svg", "")
        foreign = {"Host": "evil.example"}
        async with controlled.session.get(run + path, headers=foreign) as reply:
            assert reply.status == 403


@pytest.mark.parametrize(
    ("fault", "at_ms"),
    [
        ("corrupt: {at_event: 2}", 20),
        ("reset: {after_ms: 10}", 10),
        ("cut: {after_bytes: 5}", 0),
        ("cut: {after_content: 1}", 0),
        ("stall: {inside_content: 2, for_ms: 5}", 20),
        ("corrupt: {inside_content: 2}", 20),
        ("stall: {before_terminator: true, for_ms: 5}", 20),
        ("split: {every_bytes: 7}", None),
        ("slow_headers: {after_ms: 1}", None),
    ],
)
async def test_fault_with_a_place_has_a_time(controlled, fault, at_ms):
    await put(controlled, scenario("steps: [{content: a}, {wait_ms: 20}, {content: b}, end]"), "it")
    path = f"/s/it/chat/stream?question=hi&fault={quote(fault)}"
    await exchange(controlled.mock.url, path, version="1.0")
    answer = await controlled.call("GET", "/journal/1/timeline")
    assert answer["faults"] == [{"fault": fault, "at_ms": at_ms}]


async def test_timeline_has_the_faults_that_were_played_when_its_scenario_changes(controlled):
    added = "cut: {after_bytes: 1}"
    steps = "steps: [{content: a}, {content: b}, end]"
    split, stall = "split: {every_bytes: 7}", "stall: {after_content: 2}"
    await put(controlled, scenario(f"{steps}\nfaults: [{split}, {stall}]"), "it")
    path = f"/s/it/chat/stream?question=hi&fault={quote(added)}"
    await exchange(controlled.mock.url, path, version="1.0")
    before = (await controlled.call("GET", "/journal/1/timeline"))["faults"]
    assert [one["fault"] for one in before] == [split, stall, added]
    await put(controlled, scenario("steps: [end]"), "it")
    assert (await controlled.call("GET", "/journal/1/timeline"))["faults"] == before
    await controlled.call("DELETE", "/scenarios/it")
    assert (await controlled.call("GET", "/journal/1/timeline"))["faults"] == before


def test_fault_is_written_without_its_default_values():
    assert fault_json(read_fault("refuse", {"status": 503})) == "refuse: {status: 503}"
    assert fault_json(read_fault("hang_up", {})) == "hang_up: {}"


@pytest.mark.parametrize("body", ["[" * 600 + "]" * 600, "{", b"\xff"])
async def test_report_that_is_not_readable_json_is_rejected(controlled, body):
    status, _ = await controlled.rejected("POST", "/deliveries", data=body)
    assert status == 400


@pytest.mark.parametrize("run", ["", "/run/a"])
async def test_old_path_of_reports_still_works(controlled, run):
    report = {"message_id": "m", "frames": [{"event": "message", "data": "x"}]}
    async with controlled.session.post(f"{run}/__mock/seen", json=report) as reply:
        assert reply.status == 204
    assert len(controlled.mock.app[MOCK].runs.deliveries.of("m")) == 1


RECORDS = {
    "/api/chat": ('"content":"a"', '"content":"b"', '"done":true'),
    "/v1beta/models/m:streamGenerateContent": ('"text":"a"', '"text":"b"', '"STOP"'),
}


@pytest.mark.parametrize("path", RECORDS)
async def test_records_are_events_with_their_times(controlled, path):
    steps = "steps: [{content: a}, {wait_ms: 20}, {content: b}, {wait_ms: 20}, end]"
    fault = "faults: [oversize: {at_event: 2, to_bytes: 300}]"
    await put(controlled, scenario(f"{steps}\n{fault}"), "it")
    async with controlled.session.post(f"/s/it{path}", json={}) as reply:
        await reply.read()
    answer = await controlled.call("GET", "/journal/1/timeline")
    assert (answer["total_events"], answer["problem"]) == (3, None)
    shown = [
        (planned_ms, event["data"])
        for planned_ms, sent in zip(answer["planned_ms"], answer["sent"], strict=True)
        for event in sent["events"]
    ]
    assert [planned_ms for planned_ms, _ in shown] == [0, 20, 40]
    assert [text in data for text, (_, data) in zip(RECORDS[path], shown, strict=True)] == [
        True
    ] * 3
    assert [one["at_ms"] for one in answer["faults"]] == [20]
    entry = await controlled.mock.entry()
    assert [event.data for event in entry.events] == [data for _, data in shown]
