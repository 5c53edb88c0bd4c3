"""The page about the contracts is complete and correct, and its examples run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from streamproof.contracts.contract import BUILT_IN, SCHEMAS, load_contract
from streamproof.contracts.pattern import MAX_LENGTH, MAX_REPEAT
from streamproof.contracts.sequence import MAX_PLACES
from streamproof.contracts.source.errors import SourceErrors
from streamproof.contracts.sse import encode
from streamproof.contracts.verdict import CONTRACT_RULES, Verdict

PAGE = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if line.startswith("| ")
]


def table(head: str) -> list[list[str]]:
    """Return the rows below a row that begins with `head`."""
    start = next(n for n, row in enumerate(ROWS) if row[0] == head) + 2
    return [[cell.replace("\\|", "|") for cell in row] for row in ROWS[start:]]


def blocks(language: str) -> list[str]:
    """Return the code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_every_check_is_in_the_table():
    rows = table("check")[: len(CONTRACT_RULES)]

    assert rows == [
        [f"`{name}`", f"`{check.verdict}`", check.rule] for name, check in CONTRACT_RULES.items()
    ]


def test_every_verdict_is_in_the_table():
    assert [row[0] for row in table("verdict")[: len(Verdict)]] == [f"`{v}`" for v in Verdict]


def test_every_key_of_a_contract_is_in_the_table():
    properties = json.loads((SCHEMAS / "contract.schema.json").read_text("utf-8"))["properties"]
    rows = table("key")[: len(properties)]

    assert rows == [[f"`{key}`", schema["description"]] for key, schema in properties.items()]


def test_the_examples_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("captured.txt").write_bytes(encode('{"type": "end"}', "end"))

    for example in blocks("python"):
        exec(compile(example, "docs/contracts.md", "exec"), {})  # noqa: S102 - our own page

    assert capsys.readouterr().out == "message Content(content='Based on')\ncompleted\n"


def test_the_examples_of_contracts_load(tmp_path):
    path = tmp_path / "my-service.contract.yaml"
    first = []
    for example in blocks("yaml"):
        path.write_text(example, "utf-8")
        first.append(load_contract(path).order.allowed)

    assert first == [("token",), ("part", "last"), ("part", "end")]


def test_every_shipped_contract_is_in_the_table():
    assert [row[0] for row in table("contract")[: len(BUILT_IN)]] == [f"`{n}`" for n in BUILT_IN]


def test_the_limits_of_a_pattern_are_stated():
    limits = [MAX_LENGTH, MAX_PLACES, MAX_REPEAT]

    assert [str(limit) in dict(table("key"))["`sequence`"] for limit in limits] == [True] * 3


def test_the_example_of_an_error_is_the_real_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = blocks("yaml")[0].replace("token+ done", "tokne* done")
    path = Path("my-service.contract.yaml")
    path.write_text("\n".join(text.splitlines()[1:]), "utf-8")

    with pytest.raises(SourceErrors) as caught:
        load_contract(path)

    assert f"{caught.value.errors[0].render()}\n" == blocks("text")[0]
