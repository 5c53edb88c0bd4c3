"""Scenario files: their values, and the place of each error."""

import pytest

from streamproof.contracts.frames import FrameKind
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.scenario.expectation import Digest, ExpectedRows
from tests.mock_ai.mock_fixture import errors_of

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


def test_scenario_has_the_values_of_its_file():
    scenario = load_scenario(WHOLE.replace("DIGEST", Digest.of("a").sha256))
    assert (scenario.name, scenario.title, scenario.about) == ("it", "It", "What it is about.")
    assert scenario.seen_in == ("owner/repository#1",)
    assert [reply.status for reply in scenario.replies] == [200, 503, 200]
    assert scenario.expect is not None
    content = FrameKind.CONTENT
    assert scenario.expect.frontend == (FrameKind.START, content, content, FrameKind.END)
    assert scenario.expect.raw == ("x",)
    assert scenario.expect.stored == ExpectedRows(
        "completed", answer=Digest.of("a"), sources=("s",), attempts=2
    )


@pytest.mark.parametrize(
    ("html", "documents"),
    [("<p>a</p>", ("<p>a</p>",)), ("[<p>a</p>, <p>b</p>]", ("<p>a</p>", "<p>b</p>"))],
)
def test_expected_html_is_one_document_or_several(html, documents):
    text = WHOLE.replace("DIGEST", Digest.of("a").sha256)
    scenario = load_scenario(text.replace("sources: [s]", f"html: {html}"))
    assert scenario.expect is not None
    assert scenario.expect.stored.html == documents


def test_last_reply_repeats():
    scenario = load_scenario(WHOLE.replace("DIGEST", Digest.of("a").sha256))
    assert [scenario.reply_index(attempt) for attempt in (1, 2, 3, 4, 9)] == [0, 1, 2, 2, 2]


@pytest.mark.parametrize(
    ("keys", "marked", "message"),
    [
        ("steps: [{content: 5}]", "5", "steps[0].content: wanted"),
        ("steps: [{wait_ms: -1}]", "-1", "steps[0].wait_ms: wanted"),
        ("steps: [{fake: {}}]", "{}", "steps[0].fake: wanted exactly one of paragraphs"),
        ("steps: [{raw_hex: abc}]", "abc", "steps[0].raw_hex: wanted two hexadecimal digits"),
        ("steps: [{raw_base64: '*'}]", "'*'", "steps[0].raw_base64: wanted base64: groups of"),
        (
            "charset: windows-1252\nsteps: [{content: Ж}]",
            "{content: Ж}",
            "steps[0]: the charset does not have 'Ж' (U+0416); use raw_hex",
        ),
        ("steps: []\nsteps: []", "steps", "duplicate key 'steps'"),
        ("steps: [end]\nstatus: 204", "[end]", "steps: a reply with status 204 has no body"),
        ("steps: []\nheaders: {a b: c}", "a b", "headers.a b: 'a b' is not a valid header name"),
        (
            "steps: []\nfaults: [{cut: {after_events: 1}}]",
            "1",
            "faults[0].cut.after_events: never reached: the stream has 0 events, not 1",
        ),
        (
            "steps: []\nthen: [{steps: [], faults: [{split: {at: [9]}}]}]",
            "[9]",
            "then[0].faults[0].split.at: never reached: the body has 0 bytes, wanted more than 9",
        ),
        (
            "steps: []\nfaults: [{stall: {for_ms: 5}}]",
            "{for_ms: 5}",
            "faults[0].stall: wanted exactly one of after_events",
        ),
        (
            "steps: []\nexpect: {verdict: completed, frontend: [end], stored: {turn: failed}}",
            "{turn: failed}",
            "expect.stored: a failed turn needs `partial`, and cannot have `answer`",
        ),
    ],
)
def test_error_is_shown_at_its_place(keys, marked, message):
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
def test_misspelt_word_gets_a_suggestion(keys, help):
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(f"name: it\ntitle: It\n{keys}\n")
    assert [error.help for error in caught.value.errors] == [help]


@pytest.mark.parametrize(
    ("keys", "place", "message", "help"),
    [
        (
            "steps: []\nfaults: [reset]",
            (4, 10),
            "wanted an object",
            "write reset: {after_",
        ),
        ("steps: [{}]", (3, 9), "at least 1 key", "one of: content, "),
        ("steps: []\nfaults: [{xyz: 1}]", (4, 11), "unknown key 'xyz'", "one of: split, join, "),
        ("steps: []\nwhen: {xyz: a}", (4, 8), "when.xyz: unknown key", "one of: question, "),
        ("stpes: []", (3, 1), "unknown key 'stpes'", "did you mean 'steps'?"),
    ],
)
def test_help_tells_what_to_write(keys, place, message, help):
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(f"name: it\ntitle: It\n{keys}\n")
    [error] = caught.value.errors
    assert (error.line, error.column) == place
    assert message in error.message
    assert error.help is not None
    assert error.help.startswith(help)


@pytest.mark.parametrize(
    ("text", "place", "message", "help"),
    [
        ("title: It\nsteps: []\n", (1, 1), "missing key 'name'", "add name: good-name"),
        ("name: Bad Name\ntitle: It\nsteps: []", (1, 7), "got 'Bad Name'", "write name: bad-name"),
        ("name: '?'\ntitle: It\nsteps: []", (1, 7), "words and digits joined by hyphens", None),
        ("# nothing yet\n", (1, 1), "the document is empty", None),
    ],
)
def test_scenario_without_a_valid_name_is_told_one(tmp_path, text, place, message, help):
    path = tmp_path / "good-name.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(path)
    [error] = caught.value.errors
    assert (error.line, error.column) == place
    assert message in error.message
    assert error.help == help


def test_text_or_a_file_without_a_name_gets_no_name(tmp_path):
    path = tmp_path / "Bad Name.yaml"
    path.write_text("title: It\nsteps: []\n", "utf-8")
    for source in (path, path.read_text("utf-8")):
        with pytest.raises(ScenarioErrors, match="missing key 'name'") as caught:
            load_scenario(source)
        assert [error.help for error in caught.value.errors] == [None]


def test_all_errors_of_a_file_are_shown():
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario("name: It\ntitle: ''\nsteps: [{wait_ms: x}]\nstatus: 99\n")
    assert [error.line for error in caught.value.errors] == [1, 2, 3, 4]


def test_a_file_with_very_many_errors_shows_the_first_of_them():
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario("name: it\ntitle: It\nsteps:\n" + "  - contnet: a\n" * 20_000)
    assert [error.line for error in caught.value.errors] == list(range(4, 105))
    assert caught.value.errors[-1].message == "at least 900 more errors from here on"


def places(text):
    """Return the path at the beginning of each error message of a scenario."""
    return [message.partition(": ")[0] for message in errors_of(text)]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        pytest.param(
            "steps: [{raw_hex: x}, {fake: {}}, {chunk: [{raw_hex: y}, {wait_ms: 1}]}]",
            ["steps[0].raw_hex", "steps[1].fake", "steps[2].chunk", "steps[2].chunk[0].raw_hex"],
            id="each step",
        ),
        pytest.param(
            r'steps: [{event: {data: a, event: "\n"}}, {content: a}, {event: {data: a, id: "\n"}}]',
            ["steps[0]", "steps[2]"],
            id="each step that cannot be encoded",
        ),
        pytest.param(
            "steps: [end]\nfaults: [{stall: {for_ms: 5}}, {reset: {seed: 1}}]",
            ["faults[0].stall", "faults[1].reset"],
            id="each fault",
        ),
        pytest.param(
            'steps: []\nreason: "\\n"\nheaders: {a b: c}\nfaults: [{cut: {after_events: 1}}]',
            ["reason", "headers.a b", "faults[0].cut.after_events"],
            id="each key of a reply",
        ),
        pytest.param(
            'steps: []\nheaders: {"X Y": d, "": c, "X-A": "a\\r\\nb", X-B: [a, "b\\0"], X-C: d}\n'
            'trailers: {"": c}\ninterim: [{status: 103, headers: {a b: c}}]\n'
            'faults: [{refuse: {status: 500, headers: {a b: c, "c d": e}}}]',
            [
                *("headers.X Y", "headers.", "headers.X-A", "headers.X-B", "trailers."),
                "interim[0].headers.a b",
                *("faults[0].refuse.headers.a b", "faults[0].refuse.headers.c d"),
            ],
            id="each header",
        ),
        pytest.param(
            "steps: [{fake: {}}]\nthen: [{steps: [{fake: {}}]}, {steps: [end], status: 204}]",
            ["steps[0].fake", "then[0].steps[0].fake", "then[1].steps"],
            id="each reply",
        ),
        pytest.param(
            "choose: {replies: [{steps: [{raw_hex: x}]}, {steps: [{raw_hex: y}]}]}\n"
            "status: 200\ngzip: at-end",
            [
                *("choose.replies[0].steps[0].raw_hex", "choose.replies[1].steps[0].raw_hex"),
                *("status", "gzip"),
            ],
            id="each choice",
        ),
        pytest.param(
            "steps: []\nwhen: {question: {regex: '('}, conversation: {regex: ')'}}\n"
            "pace: {gap_ms: 1, tokens_per_second: 1, stalls: {for_ms: 1}}",
            ["when.question.regex", "when.conversation.regex", "pace", "pace.stalls"],
            id="each condition",
        ),
        pytest.param(
            "steps: []\nwhen:\n  headers: {A: {regex: '('}, B: {regex: ')'}}\n"
            "  any: [{question: {regex: '('}}, {not: {path: {regex: '('}}}]",
            [
                *("when.headers.A.regex", "when.headers.B.regex"),
                *("when.any[0].question.regex", "when.any[1].not.path.regex"),
            ],
            id="each nested condition",
        ),
        pytest.param(
            "steps: [end]\nresume: true\nthen: [{resume: true, steps: [{raw: 'id: 1'}, end]}]",
            ["resume"],
            id="no event ID to resume from",
        ),
    ],
)
def test_every_contradiction_in_a_file_is_shown(text, paths):
    assert places(text) == paths


def test_schema_error_hides_no_contradiction_elsewhere():
    text = (
        "title: 5\nsteps: [{contnet: a}, {raw_hex: x}]\nstatus: 99\n"
        "faults: [{rest: {}}, {stall: {}}]\nthen: [5, {steps: [{fake: {}}]}]\n"
        "when: {attempt: x, question: {regex: '('}}\n"
    )
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(f"name: it\n{text}")
    assert [(error.line, error.column) for error in caught.value.errors] == [
        *((2, 8), (3, 10), (3, 33), (4, 9), (5, 11), (5, 30)),
        *((6, 8), (6, 27), (7, 17), (7, 38)),
    ]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param(
            "steps: [{raw_hex: x}]\nfaults: [{cut: {after_events: 1}}]",
            "steps[0].raw_hex",
            id="a fault of a reply with invalid steps",
        ),
        pytest.param(
            "steps: [{contnet: x}, end]\nfaults: [{cut: {after_events: 2}}]",
            "steps[0].contnet",
            id="a fault of a reply with steps that violate the schema",
        ),
        pytest.param(
            "steps: [end]\nfaults: [{cut: {after_events: 2}}, {drop: {at_event: 3}}]",
            "faults[0].cut.after_events",
            id="faults after one that is never reached",
        ),
        pytest.param(
            "steps: [end]\nfaults: [{cut: {}}, {drop: {at_event: 3}}]",
            "faults[0].cut",
            id="faults after an invalid one",
        ),
        pytest.param(
            "vars: {question: x}\nsteps: [{content: '{{unknown}}'}]",
            "vars",
            id="names with invalid variables",
        ),
    ],
)
def test_consequences_of_another_error_are_not_shown(text, path):
    assert places(text)[0] == path
    assert len(places(text)) == 1


@pytest.mark.parametrize(
    ("faults", "without_effect"),
    [
        ("[silence: {}, refuse: {status: 500}]", 0),
        ("[refuse: {status: 500}, silence: {}]", 0),
        ("[hang_up: {}, silence: {}]", 0),
        ("[reset: {after_events: 1}, redirect: {location: /a}]", 0),
        ("[stall: {after_events: 2}, cut: {after_events: 1}]", 0),
        ("[silence: {}, split: {per: event}]", 1),
    ],
)
def test_fault_without_effect_is_rejected(faults, without_effect):
    text = f"name: it\ntitle: It\nsteps: [{{chunk: [end, end]}}, end]\nfaults: {faults}\n"
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(text)
    [error] = caught.value.errors
    assert error.message.startswith(f"faults[{without_effect}].")
    assert "this fault changes nothing" in error.message
    assert error.help == "remove it, or change the order of the faults"


@pytest.mark.parametrize(
    "faults",
    [
        "[refuse: {status: 502}, cut: {after_bytes: 3}]",
        "[slow_headers: {after_ms: 5}, hang_up: {}]",
        "[join: {}, split: {every_bytes: 5}]",
        "[duplicate: {at_event: 1}, drop: {chance: 0.0}]",
    ],
)
def test_faults_that_all_have_an_effect_are_allowed(faults):
    assert load_scenario(f"name: it\ntitle: It\nsteps: [end, end]\nfaults: {faults}\n")


def test_step_that_the_dialect_of_the_scenario_leaves_out_is_a_warning():
    steps = "[{reasoning: a}, {repeat: {times: 2, steps: [{chunk: [{tool_call: {name: f}}]}]}}]"
    text = f"name: it\ntitle: It\nthen: [{{dialect: chat, steps: {steps}}}]\nsteps: {steps}\n"
    found = load_scenario(text).warnings
    assert [one.message for one in found] == [
        f"then[0].steps[{step}: the dialect chat has no place for it, and leaves it out"
        for step in ("0].reasoning", "1].repeat.steps[0].chunk[0].tool_call")
    ]
    assert {one.code for one in found} == {"no-place"}


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("content: {json: 1, times: 2, text: a}", "json stands alone; remove text and times"),
        (
            "reasoning: {text: a, per: token, characters: 2}",
            "wanted only one of per and characters",
        ),
        (
            "tool_call: {name: f, arguments: [a], per: token}",
            "the list has the pieces already; remove per and characters",
        ),
        (
            "tool_call: {name: f, per: token, characters: 2}",
            "wanted only one of per and characters",
        ),
        ("fake: {from: schema, words: 3}", "the schema decides the amount; remove words"),
        ("content: {per: token}", "missing key"),
        ("end: {finish: done}", "wanted one of"),
        ("error: {status: 200}", "wanted"),
    ],
)
def test_neutral_step_that_contradicts_itself_is_refused(step, message):
    with pytest.raises(ScenarioErrors, match=message):
        load_scenario(f"name: it\ntitle: It\nsteps: [{{{step}}}]\n")
