"""The JSON report fits its schema, which names every key."""

import json
from dataclasses import replace

import pytest

from streamproof.contracts.schema import load_schema
from streamproof.contracts.validation import extra_keys, validate
from streamproof.harness.checking.whole_run import ended_early
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.reports.json_report import SCHEMA, to_json
from streamproof.harness.reports.result import CheckState, EarlyEnd
from tests.harness.reports.runs import EVERY, HELD, KNOWN, case_of, run_of

RUN = run_of(case_of(*EVERY), case_of(KNOWN, name="second"), planned=["group/name", "group/third"])
PROBLEM = {"file": "f", "line": 1, "col": 2, "code": "value", "message": "wrong", "help": None}
END = EarlyEnd("it died", ExitCode.UNREACHABLE, (PROBLEM,))


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(RUN, id="every-state"),
        pytest.param(run_of(), id="empty"),
        pytest.param(replace(RUN, early_end=END, not_judged={"a": "b"}), id="early-end"),
        pytest.param(run_of(ended_early(replace(RUN, early_end=END))), id="case-of-an-early-end"),
    ],
)
def test_the_document_fits_the_schema(result):
    document = json.loads(to_json(result))
    schema = load_schema(SCHEMA)
    assert validate(document, schema) == []
    assert extra_keys(document, schema) == []


def test_the_schema_has_every_state():
    states = load_schema(SCHEMA).contents["$defs"]["state"]["enum"]
    assert states == [str(state) for state in CheckState]


def test_causes_and_cases_that_did_not_run_are_named():
    document = json.loads(to_json(RUN))
    assert document["notRun"] == ["group/third"]
    first, second = document["causes"]
    assert first == {
        "check": "a.broken",
        "state": "broken",
        "message": "it differs",
        "cases": ["group/name"],
    }
    assert second["check"] == "a.doubtful"


def test_an_early_end_has_the_keys_of_an_error():
    document = json.loads(to_json(replace(RUN, early_end=END)))
    wanted = {"error": "it died", "code": "unreachable", "exitCode": 3, "problems": [PROBLEM]}
    assert {key: document[key] for key in wanted} == wanted
    assert document["held"] is False


def test_advice_is_there_only_for_what_did_not_hold():
    (case,) = json.loads(to_json(run_of(case_of(HELD, EVERY[1]))))["cases"]
    held, broken = case["checks"]
    assert "why" not in held
    assert (broken["why"], broken["changes"]) == ("Pages fail.", [])
