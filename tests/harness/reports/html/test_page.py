"""The report is one file that says the verdict first, and in which no text of a target runs."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest

from streamproof.harness.reports.html.page import to_html
from streamproof.harness.reports.result import RunResult
from tests.harness.reports.html.markup import Element, parsed
from tests.harness.reports.html.samples import (
    CAPABLE_OF_NOTHING,
    DOUBTFUL,
    EARLY,
    FAILED_CASE,
    FAILED_SESSION,
    HELD,
    KNOWN,
    ONE_FAILURE,
    PAYLOADS,
    SILENT,
    SKIPPED_CASE,
    SOUND,
    UNJUDGED,
    hostile,
    many_failures,
    run_of,
)

LARGEST_BYTES = 3_000_000
RUNNING = {"script", "iframe", "object", "embed", "form", "base", "img", "foreignobject", "animate"}
RUNS = {
    "sound": SOUND,
    "one failure": ONE_FAILURE,
    "silent": SILENT,
    "early": EARLY,
    "nothing": RunResult("relay", "http://r"),
    "one case": run_of(FAILED_CASE),
    "session": run_of(FAILED_SESSION),
    "warning": run_of(replace(FAILED_CASE, outcomes=(HELD, DOUBTFUL))),
    "known": run_of(replace(FAILED_CASE, outcomes=(HELD, KNOWN))),
    "unjudged": run_of(replace(FAILED_CASE, outcomes=(HELD, UNJUDGED))),
    "skipped": run_of(*SOUND.cases, SKIPPED_CASE),
    "doctor": replace(run_of(FAILED_CASE), subject="doctor"),
    "without a record": replace(ONE_FAILURE, record=None),
}


def page(result: RunResult) -> Element:
    """Return the parsed report."""
    return parsed(to_html(result))


@pytest.mark.parametrize("result", RUNS.values(), ids=RUNS)
def test_every_element_is_closed_in_its_place_and_every_id_is_there_once(result):
    root = page(result)
    elements = _below(root)
    ids = [one.attributes["id"] for one in elements if "id" in one.attributes]
    links = [one.attributes["href"] for one in root.all("a") if one.attributes["href"][0] == "#"]
    assert len(set(ids)) == len(ids)
    assert {link[1:] for link in links} <= set(ids)
    assert all(one.attributes.get("aria-labelledby", ids[0]) in ids for one in elements)


def test_the_verdict_comes_first_with_the_exit_code_the_counts_and_the_time():
    [verdict] = page(ONE_FAILURE).all("section", class_="verdict")
    text = verdict.whole_text
    assert "1 of 21 cases broken." in text
    assert "21 cases 43 checks 41 ✓ ok 1 ✗ broken 1 – skipped" in text
    assert "Exit code 1" in text
    assert "2026-11-28 14:03:22 UTC" in text
    assert "http://127.0.0.1:3000" in text
    assert "Seed 7 streamproof 1.2.3" in text


def test_a_skipped_check_did_not_run():
    [run] = page(ONE_FAILURE).all("section", id="run")
    assert "Checks that ran 42" in run.whole_text


@pytest.mark.parametrize(
    ("result", "doubt"),
    [
        pytest.param(SILENT, "Nothing was streamed", id="nothing streamed"),
        pytest.param(EARLY, "1 of 22 cases did not run", id="early"),
        pytest.param(CAPABLE_OF_NOTHING, "the capability resume is not declared", id="capability"),
    ],
)
def test_what_could_make_a_pass_meaningless_stands_before_the_checks(result, doubt):
    first, second, *_ = page(result).all("h2")
    assert (first.text, second.text) == ("Read this first", "Checks")
    assert doubt in page(result).all("section", id="warnings")[0].whole_text


def test_a_sound_run_has_neither_warnings_nor_failures():
    assert [heading.text for heading in page(SOUND).all("h2")] == ["Checks", "The run"]


def test_a_failure_has_all_that_is_needed_to_understand_and_repeat_it():
    [failures] = page(ONE_FAILURE).all("section", id="failures")
    text = failures.whole_text
    for wanted in (
        "broken in 1 case",
        "The browser gets the frames that the scenario expects.",
        "The browser got other frames than the scenario expects.",
        "your relay: send error if the end is missing",
        "frame #3 is 'end', expected 'error' at 403.0 ms",
        "The contract allowed here: content error",
        "broke here: frame #3 is 'end', expected 'error'",
        "allowed here: content or error",
        "Run this case again streamproof verify relay --scenario end-missing",
        "curl -N --data-urlencode message=hi",
        "Scenario file scenarios/broken/end-missing.yaml",
        "name: end-missing",
    ):
        assert wanted in text
    assert "/home/me" not in text
    marked = [[one.text for one in side.all("mark")] for side in failures.all("dd")]
    assert [one for one in marked if one] == [["error"], ["end"]]


def test_the_matrix_opens_where_there_is_something_to_see():
    groups = page(ONE_FAILURE).all("details", class_="group")
    assert ["open" in group.attributes for group in groups] == [True, *[False] * 5]
    [row] = groups[0].all("tbody")[0].all("tr")
    assert row.whole_text == "end-missing ✓ ✗broken –skipped"
    assert row.all("a")[0].attributes["href"] == "#case-1"
    assert "✗ 1 broken" in groups[0].all("summary")[0].whole_text


def test_a_single_case_is_a_list_of_checks_with_their_rules():
    [table] = page(run_of(FAILED_CASE)).all("table", class_="checks")
    assert "✗ broken frames.kinds The browser gets the frames" in table.whole_text
    assert "Skipped because of frames.kinds." in table.whole_text


def test_known_failures_have_their_reason_and_their_issue():
    [known] = page(RUNS["known"]).all("section", id="known")
    assert "until spring" in known.whole_text
    assert known.all("a")[0].attributes["href"] == "https://issues.example/7"


def test_an_issue_that_is_not_an_address_is_no_link():
    assert page(hostile(PAYLOADS[4])).all("section", id="known")[0].all("a") == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_of_a_target_becomes_markup(payload):
    elements = _below(page(hostile(payload)))
    harmless = _below(page(hostile("harmless words of a target")))
    assert {one.tag for one in elements} & RUNNING == set()
    assert {one.tag for one in elements} <= {one.tag for one in harmless}
    assert [name for one in elements for name in one.attributes if name.startswith("on")] == []
    assert [one for one in elements if "attacked" in one.attributes.get("href", "")] == []


def test_characters_that_cannot_be_seen_are_written_as_escapes():
    text = to_html(hostile(PAYLOADS[-1]))
    text.encode()  # without half characters
    assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text) == []
    assert r"\u0000\u001b[31m\u0085\ud83d\u202eattacked\u2066" in text


@pytest.mark.parametrize("result", RUNS.values(), ids=RUNS)
def test_the_file_loads_nothing_and_allows_only_its_own_styles(result):
    text = to_html(result)
    root = parsed(text)
    [style] = root.all("style")
    [policy] = root.all("meta", **{"http-equiv": "Content-Security-Policy"})
    digest = b64encode(sha256(style.text.encode()).digest()).decode()
    assert policy.attributes["content"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )
    assert re.findall(r"url\((?!#)|@import|@font-face", style.text) == []
    assert [one.tag for one in _below(root) if one.attributes.keys() & {"src", "style"}] == []
    assert [one.attributes["href"][:15] for one in root.all("link")] == ["data:image/svg+"]


def test_equal_results_give_equal_files():
    assert to_html(many_failures(3)) == to_html(many_failures(3))
    other = replace(ONE_FAILURE, record=None)
    assert to_html(other) != to_html(ONE_FAILURE)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        *(
            pytest.param(one, marks=pytest.mark.prove)
            for one in ('"', "<b>&</b>", "a,", "日本", "\x00")
        ),
    ],
)
def test_a_report_of_many_failures_stays_small(text):
    size = len(to_html(many_failures(300, text=text)).encode())
    assert size < LARGEST_BYTES


def test_what_has_no_room_is_named():
    assert (
        "Left out to keep the file small: expected and actual texts, the timeline, the scenario"
        " file. A report about this case alone has them."
    ) in to_html(many_failures(100))


def _below(element: Element) -> list[Element]:
    return [one for child in element.children for one in (child, *_below(child))]
