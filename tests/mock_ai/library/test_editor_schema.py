"""An editor finds the schema of a scenario file by a relative path."""

from pathlib import Path

from streamproof.mock_ai.library.editor_schema import (
    SCENARIO_SCHEMA,
    editor_comments,
    schema_from,
    written_schema,
)
from streamproof.mock_ai.library.files import shipped_folder


def test_shipped_schema_is_used_if_the_project_has_none(tmp_path):
    (tmp_path / ".git").mkdir()
    path = schema_from(tmp_path)
    assert (tmp_path / path).resolve() == (shipped_folder() / SCENARIO_SCHEMA).resolve()
    assert written_schema(tmp_path) is None
    assert schema_from(shipped_folder() / "plain") == f"../{SCENARIO_SCHEMA}"


def test_schema_in_the_folder_or_above_it_is_used(tmp_path):
    inner = tmp_path / "scenarios" / "slow"
    inner.mkdir(parents=True)
    (tmp_path / SCENARIO_SCHEMA).touch()
    assert schema_from(tmp_path) == f"./{SCENARIO_SCHEMA}"
    assert schema_from(inner) == f"../../{SCENARIO_SCHEMA}"
    assert editor_comments(inner) == (
        f"# yaml-language-server: $schema=../../{SCENARIO_SCHEMA}\n"
        f"# $schema: ../../{SCENARIO_SCHEMA}\n"
    )


def test_schema_outside_the_repository_is_not_used(tmp_path):
    (tmp_path / SCENARIO_SCHEMA).touch()
    repository = tmp_path / "project"
    (repository / ".git").mkdir(parents=True)
    assert written_schema(repository) is None


def test_folder_can_be_relative(tmp_path, monkeypatch):
    (tmp_path / SCENARIO_SCHEMA).touch()
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    assert schema_from(Path("mine")) == f"../{SCENARIO_SCHEMA}"
