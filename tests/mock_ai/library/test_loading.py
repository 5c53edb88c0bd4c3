"""Scenario files: what loads, and where each mistake is shown."""

import os

import pytest

from contracts.frames import FrameKind
from mock_ai.errors import ScenarioErrors
from mock_ai.language.expectation import Digest, Stored
from mock_ai.library.loading import load_files, load_folder, load_scenario, scenario_files

WHOLE = """\
name: it
title: It
about: What it is about.
seen_in: [owner/repository#1]
steps: [{content: a}, end]
then:
  - {status: 503, steps: []}
  - {steps: [end]}
expect:
  verdict: completed
  frontend: [start, {content: 2}, end]
  raw: [x]
  stored: {turn: completed, answer: {chars: 1, sha256: DIGEST}, sources: [s], attempts: 2}
"""


def test_scenario_has_what_its_file_says():
    scenario = load_scenario(WHOLE.replace("DIGEST", Digest.of("a").sha256))
    assert (scenario.name, scenario.title, scenario.about) == ("it", "It", "What it is about.")
    assert scenario.seen_in == ("owner/repository#1",)
    assert [reply.status for reply in scenario.replies] == [200, 503, 200]
    assert scenario.expect is not None
    content = FrameKind.CONTENT
    assert scenario.expect.frontend == (FrameKind.START, content, content, FrameKind.END)
    assert scenario.expect.raw == ("x",)
    assert scenario.expect.stored == Stored(
        "completed", answer=Digest.of("a"), sources=("s",), attempts=2
    )


def test_last_reply_repeats():
    scenario = load_scenario(WHOLE.replace("DIGEST", Digest.of("a").sha256))
    assert [scenario.reply_index(attempt) for attempt in (1, 2, 3, 4, 9)] == [0, 1, 2, 2, 2]


@pytest.mark.parametrize(
    ("keys", "marked", "message"),
    [
        ("steps: [{content: 5}]", "5", "steps[0].content: wanted"),
        ("steps: [{wait_ms: -1}]", "-1", "steps[0].wait_ms: wanted"),
        ("steps: [{fake: {}}]", "{}", "steps[0].fake: wanted one of paragraphs"),
        ("steps: [{raw_hex: abc}]", "abc", "steps[0].raw_hex: "),
        ("steps: [{raw_base64: '*'}]", "'*'", "steps[0].raw_base64: "),
        ("steps: []\nsteps: []", "steps", "duplicate key 'steps'"),
        ("steps: [end]\nstatus: 204", "[end]", "steps: a reply with status 204 has no body"),
        ("steps: []\nheaders: {a b: c}", "{a b: c}", "headers: 'a b' is no header name"),
        (
            "steps: []\nfaults: [{cut: {after_events: 1}}]",
            "1",
            "faults[0].cut.after_events: never reached: the stream has 0 events, not 1",
        ),
        (
            "steps: []\nthen: [{steps: [], faults: [{split: {at: [9]}}]}]",
            "[9]",
            "then[0].faults[0].split.at: never reached: the body has 0 bytes, not 9",
        ),
        (
            "steps: []\nfaults: [{stall: {for_ms: 5}}]",
            "{for_ms: 5}",
            "faults[0].stall: wanted one of after_events",
        ),
        (
            "steps: []\nexpect: {verdict: completed, frontend: [end], stored: {turn: failed}}",
            "{turn: failed}",
            "expect.stored: a failed turn has partial, and no answer",
        ),
    ],
)
def test_mistake_is_shown_at_its_place(keys, marked, message):
    text = f"name: it\ntitle: It\n{keys}\n"
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(text)
    [error] = caught.value.errors
    assert error.message.startswith(message)
    line = text.splitlines()[error.line - 1]
    assert line[error.column - 1 : error.end_column - 1] == marked


@pytest.mark.parametrize(
    ("keys", "help"),
    [
        ("steps: [{contnet: a}]", "did you mean 'content'?"),
        ("steps: [edn]", "did you mean 'end'?"),
        ("stesp: []\nsteps: []", "did you mean 'steps'?"),
        ("steps: []\nfaults: [{rest: {after_events: 0}}]", "did you mean 'reset'?"),
    ],
)
def test_misspelt_word_is_guessed(keys, help):
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(f"name: it\ntitle: It\n{keys}\n")
    assert [error.help for error in caught.value.errors] == [help]


def test_all_mistakes_of_a_file_are_shown():
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario("name: It\ntitle: ''\nsteps: [{wait_ms: x}]\nstatus: 99\n")
    assert [error.line for error in caught.value.errors] == [1, 2, 3, 4]


def test_all_mistakes_of_all_files_are_found_and_the_rest_loads(tmp_path):
    (tmp_path / "group").mkdir()
    good = "title: It\nsteps: [end]\n"
    for path, text in {
        "good.yaml": f"name: good\n{good}",
        "group/other.yaml": f"name: other\n{good}",
        "group/wrong.yaml": "name: wrong\nsteps: end\n",
        "named.yaml": f"name: otherwise\n{good}",
        "notes.txt": "no scenario",
    }.items():
        (tmp_path / path).write_text(text)
    library = load_folder(tmp_path)
    assert sorted(library.scenarios) == ["good", "other"]
    files = [error.file.removeprefix(f"{tmp_path}/") for error in library.errors]
    assert files == ["group/wrong.yaml", "group/wrong.yaml", "named.yaml"]
    assert library.errors[-1].help == "call the file otherwise.yaml, or the scenario named"


def test_name_is_used_once(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "it.yaml").write_text("name: it\ntitle: It\nsteps: []\n")
    library = load_folder(tmp_path)
    assert list(library.scenarios) == ["it"]
    [error] = library.errors
    assert str(tmp_path / "a" / "it.yaml") in error.message
    assert error.file == str(tmp_path / "b" / "it.yaml")


def test_file_that_is_not_there_is_an_error(tmp_path):
    [error] = load_files([tmp_path / "no.yaml"]).errors
    assert "cannot be read" in error.message


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    assert [path.name for path in scenario_files([tmp_path])] == ["gone.yaml"]
