"""`streamproof explain`: it knows the code of every error in a file, and the ID of every check."""

import ast
import gc
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamproof import harness
from streamproof.contracts.verdict import CONTRACT_RULES
from streamproof.harness.checking.check import Check
from streamproof.harness.cli.explanations import CONTRACT, ERROR, explain, explanations
from streamproof.harness.cli.main import main
from streamproof.harness.exit_codes import ExitCode

ROOT = Path(__file__).resolve().parents[4]
# The position of the code in calls that do not name this argument.
CODE_AT = {"Problem": 2, "_refused": 2, "_at_offset": 4}


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


def every_check() -> list[str]:
    """Return the ID of every check that the code of the harness builds when it is imported."""
    for module in pkgutil.walk_packages(harness.__path__, f"{harness.__name__}."):
        importlib.import_module(module.name)
    gc.unfreeze()  # tests/conftest.py has frozen what the test modules imported
    checks = {one.id for one in gc.get_objects() if isinstance(one, Check)}
    gc.freeze()
    return sorted(checks)


def test_every_code_of_errors_in_files_is_explained():
    packages = ("contracts", "mock_ai", "harness/verify/settings")
    modules = [path for name in packages for path in (ROOT / name).rglob("*.py")]
    found = {code for path in modules for code in codes_in(path)}
    assert found | {"type", "value"} == {one.code for one in explanations() if one.kind == ERROR}


def test_every_check_in_the_code_is_explained():
    checks = every_check()
    assert len(checks) > 70
    assert [one for one in checks if not list(explain(one))] == []


def test_every_rule_of_contracts_is_explained_with_and_without_a_leg():
    for rule in CONTRACT_RULES:
        (found,) = (one for one in explain(rule) if one.kind == CONTRACT)
        assert (found,) == tuple(explain(f"frontend.{rule}")) == tuple(explain(f"my-own.{rule}"))


@pytest.mark.parametrize(("rule", "why"), [("It holds.", ""), ("It holds", "Because."), ("", "x.")])
def test_check_without_an_explanation_cannot_be_built(rule, why):
    with pytest.raises(ValueError, match=r"^no\.such: wanted"):
        Check("no.such", rule, why, lambda _: ())


def test_explanation_is_more_than_the_rule_and_ends_as_a_sentence():
    wrong = [
        (one.kind, one.code)
        for one in explanations()
        if not one.text.endswith(".")
        or len(one.text.split()) < 10
        or one.text == one.rule
        or not (one.rule is None or one.rule.endswith("."))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("order", "Events come in the order of the contract's sequence."),
        ("frontend.order", "frontend.order: check of a stream contract"),
        ("unknown-key", "unknown-key: error in a file"),
        ("stored.ai-row", "An AI row exists if and only if the answer is complete."),
        ("streaming.gates", "streaming.gates: check of verify relay"),
        ("service.refuses", "service.refuses: check of verify ai"),
        ("doctor.hidden-drop", "nginx: proxy_http_version 1.1;"),
    ],
)
def test_code_is_explained(capsys, code, words):
    assert main(["explain", code]) == ExitCode.OK
    assert words in capsys.readouterr().out


def test_word_with_two_meanings_gets_both(capsys):
    assert main(["explain", "type"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert "type: error in a file" in out
    assert "type: check of a stream contract" in out


def test_unknown_code_is_guessed(capsys):
    assert main(["explain", "unknwon-key"]) == ExitCode.USAGE
    assert "did you mean 'unknown-key'?" in capsys.readouterr().err


def test_all_codes_are_listed(capsys):
    assert main(["explain"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert all(one.code in out for one in explanations())
