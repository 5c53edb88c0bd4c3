"""`streamproof check-prisma`: the findings with their lines, as text and as JSON."""

import json
from pathlib import Path

import pytest

from streamproof.harness.cli.commands.check_prisma import LONGEST_SCHEMA_BYTES
from streamproof.harness.cli.main import main
from streamproof.harness.exit_codes import ExitCode

SCHEMA = Path(__file__).parents[3] / "relay" / "prisma" / "client" / "schema.prisma"


@pytest.fixture
def schema(tmp_path):
    def schema(old="", new=""):
        path = tmp_path / "schema.prisma"
        path.write_text(SCHEMA.read_text("utf-8").replace(old, new, 1), "utf-8")
        return str(path)

    return schema


def test_a_schema_that_fits_is_one_line(schema, capsys):
    path = schema()
    assert main(["check-prisma", path]) == ExitCode.OK
    assert capsys.readouterr().out == f"{path} fits the relay: 0 errors, 0 warnings\n"


def test_an_error_has_its_line_and_the_exit_code_1(schema, capsys):
    path = schema("  title     String?\n", "  title     String\n")
    assert main(["check-prisma", path]) == ExitCode.BROKEN
    finding, summary = capsys.readouterr().out.splitlines()
    assert finding.startswith(f"{path}:19: error: AiChatRoom.title: ")
    assert summary == f"{path} does not fit the relay: 1 error, 0 warnings"


def test_a_warning_does_not_fail(schema, capsys):
    assert main(["check-prisma", schema("  @@index([userId, createdAt, id])\n", "")]) == ExitCode.OK
    assert "fits the relay: 0 errors, 1 warning" in capsys.readouterr().out


def test_json_has_the_same_findings(schema, capsys):
    path = schema("  title     String?\n", "")
    assert main(["check-prisma", path, "--json"]) == ExitCode.BROKEN
    document = json.loads(capsys.readouterr().out)
    message = "AiChatRoom.title: the field is missing; add it"
    assert document == {
        "file": path,
        "errors": 1,
        "findings": [{"line": 16, "severity": "error", "message": message}],
    }


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"model {", ":1: wanted its name, got {"),
        (b"\xff", "wanted UTF-8, got byte 0xff"),
        (b" " * (LONGEST_SCHEMA_BYTES + 1), "wanted at most 1048576 bytes, got more"),
    ],
    ids=["another language", "another coding", "too long"],
)
def test_a_file_that_is_not_a_schema_is_wrong_usage(tmp_path, capsys, data, problem):
    path = tmp_path / "schema.prisma"
    path.write_bytes(data)
    assert main(["check-prisma", str(path)]) == ExitCode.USAGE
    assert problem in capsys.readouterr().err


def test_a_missing_file_is_wrong_usage(tmp_path, capsys):
    assert main(["check-prisma", str(tmp_path / "none.prisma")]) == ExitCode.USAGE
    assert "none.prisma" in capsys.readouterr().err
