"""Runs are kept apart, by the URL or by a token in the question; idle ones are forgotten."""

import pytest
from aiohttp import ClientSession

from streamproof.mock_ai.app import MOCK
from streamproof.mock_ai.journal.journal import Journal
from streamproof.mock_ai.request.question import Question
from streamproof.mock_ai.serving import runs as runs_module
from streamproof.mock_ai.serving.runs import Runs, run_in, without_run
from tests.mock_ai.mock_fixture import JumpingClock, mock, scenario
from tests.mock_ai.sample_requests import sample_context

ONE = scenario("steps: [{raw: one}]", name="one")
TWO = scenario("steps: [{raw: two}]", name="two")
THIRD = scenario("when: {request: 3}\nsteps: [{raw: third}]", name="third")
TRIES = scenario("steps: [{raw: first}]\nthen: [{steps: [{raw: second}]}]", name="tries")


def runs(**options):
    """Build runs in which no reply is played."""
    return Runs(Journal(), JumpingClock(), 1, **options)


@pytest.fixture
async def served():
    """Serve scenarios, the first one by default."""
    async with mock(ONE, TWO, THIRD, TRIES, default="one") as running:
        yield running


@pytest.fixture
async def client(served):
    """Ask the mock by paths."""
    async with ClientSession(served.url) as session:
        yield session


async def ask(client, path="/chat/stream", question="hi", **more):
    """Ask once, and return the body of the reply."""
    async with client.post(path, json={"question": question, **more}) as reply:
        return await reply.text()


@pytest.mark.parametrize(
    ("question", "run"),
    [
        ("hi [run:a]", "a"),
        ("[run:test-1.2_B] hi", "test-1.2_B"),
        ("h[run:a]i [run:b]", "a"),
        ("hi", ""),
        ("[run:]", ""),
        ("[run: a]", ""),
        (f"[run:{'x' * 65}]", ""),
        pytest.param(" " * 2**20 + "[run:", "", id="1 MiB of spaces"),  # would last hours
    ],
)
def test_question_names_its_run_by_a_token(question, run):
    assert run_in(question) == run


@pytest.mark.parametrize(
    ("question", "meant"),
    [("hi [run:a]", "hi"), ("[run:a] /one hi", "/one hi"), ("a [run:b] c", "a c"), ("hi", "hi")],
)
def test_token_is_not_a_part_of_what_is_meant(question, meant):
    assert without_run(Question(question)).question == meant


@pytest.mark.parametrize("path", ["/chat/stream", "/s/two/chat/stream"])
async def test_every_route_has_a_run_in_front_of_it(client, served, path):
    assert await ask(client, f"/run/a{path}") == await ask(client, path)
    assert [entry.run for entry in served.journal] == ["a", ""]
    for extra in ("/healthz", "/openapi.json"):
        assert (await client.get(f"/run/a{extra}")).status == 200


async def test_prefix_counts_before_the_token(client, served):
    await ask(client, "/run/a/chat/stream", "hi [run:b]")
    assert [entry.run for entry in served.journal] == ["a"]


async def test_name_after_the_token_chooses_a_scenario(client):
    assert await ask(client, question="[run:a] /two hi") == "two"


async def test_attempts_are_counted_for_each_run(client):
    replies = [
        await ask(client, f"{prefix}/s/tries/chat/stream", messageId="m")
        for prefix in ("", "/run/a", "/run/a", "/run/b", "")
    ]
    assert replies == ["first", "first", "second", "first", "second"]


async def test_requests_are_counted_for_each_run_until_it_is_reset(client, served):
    async def of_a():
        return await ask(client, "/run/a/v1/messages", "what", messageId="m")

    await ask(client)
    assert [await of_a() for _ in range(4)] == ["one", "one", "third", "one"]
    served.app[MOCK].runs["a"].reset()
    assert [await of_a() for _ in range(3)] == ["one", "one", "third"]
    assert [entry.context.request_number for entry in served.app[MOCK].runs["a"].journal] == [
        1,
        2,
        3,
    ]


async def test_refused_request_is_not_counted(client, served):
    assert (await client.post("/run/a/chat/stream", json={})).status == 400
    await ask(client, "/run/a/chat/stream")
    assert [entry.context.request_number for entry in served.journal] == [0, 1]


async def test_journal_of_a_run_has_only_its_own_requests(client, served):
    await ask(client, "/run/a/chat/stream")
    await ask(client, question="hi [run:b]")
    await ask(client)
    runs = served.app[MOCK].runs
    assert {run.id: [entry.number for entry in run.journal] for run in runs} == {
        "a": [1],
        "b": [2],
        "": [3],
    }
    runs["a"].journal.clear()
    assert [entry.number for entry in served.journal] == [2, 3]
    assert len(runs["b"].journal) == 1


async def test_queued_scenario_is_used_up_by_one_message_of_its_run(client, served):
    served.app[MOCK].runs["a"].queue.extend(["two", "tries"])
    asked = [
        ("", "1"),
        ("/run/b", "2"),
        ("/run/a", "3"),
        ("/run/a", "3"),
        ("/run/a", "4"),
        ("/run/a", "4"),
        ("/run/a", "5"),
    ]
    replies = [await ask(client, f"{run}/chat/stream", messageId=message) for run, message in asked]
    assert replies == ["one", "one", "two", "two", "first", "second", "one"]


async def test_request_that_names_its_scenario_leaves_the_queue_alone(client, served):
    run = served.app[MOCK].runs["a"]
    run.queue.append("two")
    assert await ask(client, "/run/a/s/one/chat/stream") == "one"
    assert list(run.queue) == ["two"]


async def test_active_scenario_answers_after_the_queue(client, served):
    run = served.app[MOCK].runs["a"]
    run.active = "two"
    run.queue.append("tries")
    replies = [await ask(client, "/run/a/chat/stream") for _ in range(3)]
    assert replies == ["first", "two", "two"]


def test_run_that_was_used_longest_ago_is_forgotten():
    kept = runs(max_idle=2)
    for name in ("a", "b", "a", "c"):
        _ = kept[name]
    assert [run.id for run in kept] == ["", "a", "c"]


async def test_run_with_an_open_stream_is_not_forgotten():
    waits = scenario("steps: [{raw: one}, {hold: until-client-leaves}]")
    async with mock(waits) as served, ClientSession(served.url) as client:
        runs = served.app[MOCK].runs
        async with client.get("/run/busy/s/it/chat/stream?question=hi") as reply:
            assert await reply.content.readexactly(3) == b"one"
            for number in range(300):
                _ = runs[f"idle-{number}"]
            assert "busy" in [run.id for run in runs]


def test_new_run_plays_as_fast_as_the_unnamed_one():
    all_runs = runs()
    all_runs.set_speed(4)
    assert all_runs["a"].group.speed == 4
    all_runs.reset()
    assert {run.group.speed for run in all_runs} == {1}


def test_reset_of_a_run_forgets_all_of_its_own():
    run = runs()["a"]
    run.active = "one"
    run.queue.append("two")
    run.attempts.count(sample_context(), "one")
    run.reset()
    assert (run.active, len(run.queue), len(run.journal)) == (None, 0, 0)
    assert run.attempts.count(sample_context(), "one") == 1


def test_messages_that_took_a_queued_scenario_long_ago_are_forgotten(monkeypatch):
    monkeypatch.setattr(runs_module, "_MAX_REMEMBERED", 2)
    run = runs()["a"]
    run.queue.extend(["one", "two", "three"])
    messages = [sample_context(Question("hi", message_id=message)) for message in ("1", "2", "3")]
    assert [run.take_selected(message, {}) for message in messages] == ["one", "two", "three"]
    assert [run.take_selected(message, {}) for message in messages] == [None, "two", "three"]
