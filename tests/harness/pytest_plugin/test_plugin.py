"""The fixtures of the plugin, its cost, and what it adds to a report."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.harness.pytest_plugin.running import run, write

pytest_plugins = ["pytester"]

MOST_MS = 5.0
PLUGIN = "streamproof.harness.pytest_plugin.plugin"
COST = f"""\
import importlib, sys, time, pytest
before, costs = set(sys.modules), []
for _ in range(20):
    for name in set(sys.modules) - before:
        del sys.modules[name]
    start = time.process_time()
    importlib.import_module("{PLUGIN}")
    costs.append(time.process_time() - start)
print(min(costs) * 1000)
print(*sorted(set(sys.modules) - before))
"""
READ = """\
from streamproof import read_stream

def ask(url, question="hi"):
    reading = read_stream(f"{url}/chat/stream", json={"question": question})
    return reading.body.decode()
"""


@pytest.fixture(autouse=True)
def reader(pytester: pytest.Pytester) -> None:
    write(pytester, "reading.py", READ)
    pytester.syspathinsert()


def test_a_run_without_its_fixtures_pays_almost_nothing():
    done = subprocess.run([sys.executable, "-c", COST], capture_output=True, text=True, check=True)
    took_ms, modules = done.stdout.splitlines()
    assert float(took_ms) < MOST_MS
    packages = {"streamproof", "streamproof.harness", "streamproof.harness.pytest_plugin"}
    assert {name for name in modules.split() if "streamproof" in name} == {*packages, PLUGIN}
    libraries = {name.split(".")[0] for name in modules.split()}
    assert libraries <= {*sys.stdlib_module_names, "streamproof"}


def test_no_fixture_is_used_by_itself(pytester):
    pytester.makepyfile(
        """
        def test_own(request):
            assert not [name for name in request.fixturenames if "streamproof" in name]
        """
    )
    run(pytester).assert_outcomes(passed=1)


def test_the_options_the_fixtures_and_the_marker_are_listed(pytester):
    help_text = run(pytester, "--help").stdout
    help_text.fnmatch_lines(["*--streamproof-relay=URL*", "*streamproof_relay (string)*"])
    run(pytester, "--fixtures").stdout.fnmatch_lines(["streamproof_mock -- *", "*mock AI service*"])
    run(pytester, "--markers").stdout.fnmatch_lines(["@pytest.mark.scenario(name, ...*"])


def test_each_test_has_a_mock_in_its_initial_state(pytester):
    pytester.makepyfile(
        """
        from threading import Thread
        from reading import ask

        def test_one(streamproof_mock):
            streamproof_mock.play("held-between-two-tokens")
            Thread(target=ask, args=[streamproof_mock.url]).start()
            streamproof_mock.wait_for(held=True)
            assert len(streamproof_mock.streams) == 1

        def test_two(streamproof_mock):
            assert streamproof_mock.journal == ()
            assert streamproof_mock.streams == []
            assert "no default is set" in ask(streamproof_mock.url)
        """
    )
    run(pytester).assert_outcomes(passed=2)


def test_an_asynchronous_test_awaits_the_same_mock(pytester):
    pytester.makepyfile(
        """
        import asyncio
        import pytest
        from streamproof import read_stream_async

        @pytest.mark.asyncio
        async def test_it(streamproof_async_mock, streamproof_mock):
            mock = streamproof_async_mock
            mock.play("held-between-two-tokens")
            url = f"{mock.url}/chat/stream"
            reading = asyncio.create_task(read_stream_async(url, json={"question": "hi"}))
            [entry] = await mock.wait_for(held=True)
            async for stream in mock.each_held():
                stream.release()
                break
            assert (await reading).problem is None
            assert streamproof_mock.journal == (entry,)
        """
    )
    run(pytester, "-o", "asyncio_mode=strict").assert_outcomes(passed=1)


def test_a_failed_test_has_the_journal(pytester):
    pytester.makepyfile(
        """
        import pytest
        from reading import ask

        @pytest.mark.scenario("example-conversation")
        def test_asks(streamproof_mock):
            ask(streamproof_mock.url, "How many days?")
            assert not "wrong"

        def test_asks_nothing(streamproof_mock):
            assert not "wrong"

        def test_holds(streamproof_mock):
            ask(streamproof_mock.url)
        """
    )
    done = run(pytester)
    done.assert_outcomes(failed=2, passed=1)
    done.stdout.fnmatch_lines(
        [
            "*streamproof: the journal of the mock*",
            "#* POST /chat/stream: example-conversation, 200, * writes in * ms, finished",
            "    question: How many days?",
            '    sent #1 message {"type": "content", "content": "Based on"}',
            "*streamproof: the journal of the mock*",
            "the mock at http://127.0.0.1:* got no request",
        ]
    )
    assert done.stdout.str().count("the journal of the mock") == 2


def test_each_try_of_a_test_has_the_journal(pytester):
    """Plugins that run a failed test again do it as this one."""
    pytester.makeconftest(
        """
        from _pytest.runner import runtestprotocol

        def pytest_runtest_protocol(item, nextitem):
            for number in range(2):
                item._initrequest()
                for report in runtestprotocol(item, nextitem=nextitem, log=False):
                    if report.when == "call":
                        print("TRY", number, [title for title, _ in report.sections])
            return True
        """
    )
    pytester.makepyfile("def test_it(streamproof_mock): assert not 'wrong'")
    done = run(pytester, "-s")
    found = ["*TRY 0 [[]'streamproof: the journal*", "*TRY 1 [[]'streamproof: the journal*"]
    done.stdout.fnmatch_lines(found)


def test_a_relay_of_its_own_for_each_test(pytester):
    pytester.makepyfile(
        """
        from urllib.request import Request, urlopen
        import pytest
        from streamproof import assert_contract

        ROOMS = set()

        @pytest.mark.parametrize("question", ["Hello", "Bye"])
        @pytest.mark.scenario("example-conversation")
        def test_asks(streamproof_relay, streamproof_mock, question):
            assert_contract(streamproof_relay.ask(question), "frontend")
            [entry] = streamproof_mock.wait_for(ended=True)
            assert entry.request.question.question == question
            ROOMS.add(streamproof_relay.room)

        @pytest.mark.scenario("example-conversation")
        @pytest.mark.asyncio
        async def test_asks_in_a_loop(streamproof_relay):
            assert_contract(await streamproof_relay.ask_async("Hello"))
            assert streamproof_relay.room not in ROOMS
            assert len(ROOMS) == 2

        def test_has_what_another_client_needs(streamproof_relay):
            relay = streamproof_relay
            assert relay.stream_url == f"{relay.url}/api/chat/{relay.room}/stream"
            history = Request(relay.stream_url.replace("stream", "messages"), headers=relay.headers)
            with urlopen(history) as reply:
                assert reply.read() == b'{"messages": [], "nextCursor": null}'
        """
    )
    run(pytester).assert_outcomes(passed=4)


def test_a_contract_that_is_broken_fails_with_the_report(pytester):
    pytester.makepyfile(
        """
        from streamproof import assert_contract

        def test_it(streamproof_relay):
            assert_contract(streamproof_relay.ask("/end-missing Hello"), "ai-service")
        """
    )
    done = run(pytester)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            ">*assert_contract(streamproof_relay.ask*",
            "E*ai-service.complete: The body ends only after a terminal event.",
            "E*closed: the body is complete",
            "*the journal of the mock*",
        ]
    )


def test_one_line_names_the_scenarios_and_rules_that_nothing_used(pytester):
    answer = "title: An answer\nsteps: [{content: Hi}, end]\n"
    rule = "when: {question: {contains: days}}\n"
    for name, more in {"asked": "", "never": "", "matched": rule, "named": rule}.items():
        write(pytester, f"mine/{name}.yaml", f"name: {name}\n{answer}{more}")
    pytester.makepyfile(
        """
        from pathlib import Path
        import pytest
        from reading import ask

        @pytest.mark.parametrize("question", ["/asked Hi", "How many days?", "/named Hi"])
        def test_asks(streamproof_mock, question):
            streamproof_mock.add(Path("mine"))
            ask(streamproof_mock.url, question)
        """
    )
    done = run(pytester)
    done.assert_outcomes(passed=3)
    line = "streamproof: no test used 1 of 4 scenarios: never; 1 of 2 rules: named"
    assert line in done.outlines


def test_without_scenarios_of_its_own_a_run_ends_as_usual(pytester):
    pytester.makepyfile("def test_it(streamproof_mock): pass")
    assert "streamproof" not in run(pytester, "-q").outlines[-1]
