"""`streamproof explain`: every stable code has its paragraph, and every paragraph a code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamproof.contracts.verdict import CONTRACT_RULES
from streamproof.harness.cli.explanations import (
    CONTRACT,
    LINT,
    REPORT,
    REPORT_RULES,
    explain,
    explanations,
)
from streamproof.harness.cli.main import main
from streamproof.harness.exit_codes import ExitCode

ROOT = Path(__file__).resolve().parents[2]
# Which argument of these calls is a code, where it is not given by its name.
CODE_AT = {"Problem": 2}


def codes_in(path: Path) -> Iterator[str]:
    """Yield the codes that a module gives to errors in files."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            given = [word.value for word in node.keywords if word.arg == "code"]
            given += node.args[CODE_AT[name] :][:1] if name in CODE_AT else []
            yield from (str(one.value) for one in given if isinstance(one, ast.Constant))
        if isinstance(node, ast.FunctionDef):
            defaults = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            for argument, default in defaults:
                if argument.arg == "code" and isinstance(default, ast.Constant):
                    yield str(default.value)


def explained(kind):
    """Return the codes that have a paragraph."""
    return {one.code for one in explanations() if one.kind == kind}


def test_every_code_of_errors_in_files_is_explained():
    modules = [*(ROOT / "contracts").rglob("*.py"), *(ROOT / "mock_ai").rglob("*.py")]
    found = {code for path in modules for code in codes_in(path)}
    assert found | {"type", "value"} == explained(LINT)


def test_every_check_of_contracts_is_explained():
    assert set(CONTRACT_RULES) == explained(CONTRACT)


def test_every_check_of_reports_is_explained():
    of_contracts = {
        one for one in REPORT_RULES if one.partition(".")[0] in ("frontend", "ai-service")
    }
    assert REPORT_RULES.keys() - of_contracts == explained(REPORT)
    assert all(list(explain(one)) for one in of_contracts)


@pytest.mark.parametrize("one", explanations(), ids=lambda one: f"{one.kind} {one.code}")
def test_paragraph_is_more_than_the_rule_and_ends_as_a_sentence(one):
    assert one.text.endswith(".")
    assert len(one.text.split()) >= 10
    assert one.text != one.rule


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("order", "Events come in the order of the contract's sequence."),
        ("frontend.order", "frontend.order: a check of a stream's contract"),
        ("unknown-key", "spelling mistake"),
        ("stored.ai-row", "an AI row exists if and only if the answer is complete"),
    ],
)
def test_code_is_explained(capsys, code, words):
    assert main(["explain", code]) == ExitCode.OK
    assert words in capsys.readouterr().out


def test_word_with_two_meanings_gets_both(capsys):
    assert main(["explain", "type"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert "type: an error in a file" in out
    assert "type: a check of a stream's contract" in out


def test_unknown_code_is_guessed(capsys):
    assert main(["explain", "unknwon-key"]) == ExitCode.USAGE
    assert "did you mean 'unknown-key'?" in capsys.readouterr().err


def test_all_codes_are_listed(capsys):
    assert main(["explain"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert all(one.code in out for one in explanations())
