"""`streamproof schema` prints a schema, or writes all of them for a project."""

import json
import subprocess
import sys

import pytest

from streamproof.harness.cli.commands.schema import KINDS, schema_path
from streamproof.harness.cli.main import main
from streamproof.harness.exit_codes import ExitCode

HAR = {
    "request": {"method": "GET", "url": "http://ai.example.com/", "headers": []},
    "response": {
        "status": 200,
        "headers": [{"name": "Content-Type", "value": "text/event-stream"}],
        "content": {"mimeType": "text/event-stream", "text": "data: x\n\n"},
    },
}


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_schema_is_printed(kind, capsys):
    assert main(["schema", *([kind] if kind else [])]) == ExitCode.OK
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads(schema_path(kind or "scenario").read_text("utf-8"))


def test_every_schema_is_written_into_the_folder_and_replaces_an_older_one(tmp_path, capsys):
    folder = tmp_path / "my scenarios"
    folder.mkdir()
    (folder / "part.schema.json").write_text("old")
    assert main(["schema", "--folder", str(folder)]) == ExitCode.OK
    assert {path.name for path in folder.iterdir()} == {f"{kind}.schema.json" for kind in KINDS}
    assert json.loads((folder / "part.schema.json").read_text("utf-8"))
    assert f"written: {folder / 'scenario.schema.json'}\n" in capsys.readouterr().out


def test_only_the_schema_of_a_kind_is_written_if_it_is_named(tmp_path, capsys):
    folder = tmp_path / "new"
    assert main(["schema", "settings", "--folder", str(folder)]) == ExitCode.OK
    assert [path.name for path in folder.iterdir()] == ["settings.schema.json"]
    assert "next:" not in capsys.readouterr().out


def test_imported_file_names_the_schema_and_is_valid(tmp_path, capsys):
    main(["schema", "--folder", str(tmp_path)])
    har, out = tmp_path / "page.har", tmp_path / "talk.yaml"
    har.write_text(json.dumps({"log": {"entries": [HAR]}}))
    assert main(["import", str(har), "--out", str(out)]) == ExitCode.OK
    text = out.read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=./scenario.schema.json\n")
    assert main(["lint", str(out)]) == ExitCode.OK


def test_checker_of_schemas_accepts_a_new_file_with_the_written_schema(tmp_path):
    main(["schema", "--folder", str(tmp_path)])
    main(["new", "it", "--folder", str(tmp_path)])
    schema = str(tmp_path / "scenario.schema.json")
    checker = [sys.executable, "-m", "check_jsonschema", "--schemafile", schema]
    words = [*checker, str(tmp_path / "it.yaml")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
