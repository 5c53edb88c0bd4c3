"""Only their owner can read recordings, and they replace no other file."""

from __future__ import annotations

import errno
import os
import stat

import pytest

from streamproof.mock_ai.errors import CannotRecord
from streamproof.mock_ai.recording.files import RecordingFiles


def text_of(name: str) -> str:
    """Return a text with the name of the scenario."""
    return f"name: {name}\n"


def test_each_number_is_a_file_with_its_own_name(tmp_path):
    files = RecordingFiles(tmp_path / "talk.yaml")
    paths = [files.write(number, text_of) for number in (2, 1, 3)]
    assert [path.name for path in paths] == ["talk-2.yaml", "talk.yaml", "talk-3.yaml"]
    assert [path.read_text() for path in paths] == [text_of(path.stem) for path in paths]


@pytest.mark.parametrize("force", [False, True])
def test_only_the_owner_can_read_a_recording(tmp_path, force):
    path = tmp_path / "talk.yaml"
    if force:
        path.write_text("old")
        path.chmod(0o644)
    assert RecordingFiles(path, force=force).write(1, text_of) == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["talk.yaml"]


def test_an_existing_file_is_rejected_before_the_recording_starts(tmp_path):
    (tmp_path / "talk.yaml").write_text("mine")
    with pytest.raises(CannotRecord, match="--force"):
        RecordingFiles(tmp_path / "talk.yaml")


def test_a_file_that_appears_during_the_recording_is_kept(tmp_path):
    files = RecordingFiles(tmp_path / "talk.yaml")
    for name in ("talk.yaml", "talk-2.yaml"):
        (tmp_path / name).write_text("mine")
    assert files.write(1, text_of).name == "talk-3.yaml"
    assert (tmp_path / "talk.yaml").read_text() == "mine"


@pytest.mark.parametrize("name", ["talk.yml", "Talk.yaml", "a b.yaml", "-.yaml", "talk", ".yaml"])
def test_the_file_name_must_be_a_scenario_name(tmp_path, name):
    with pytest.raises(CannotRecord, match=r"wanted a name like .*, got"):
        RecordingFiles(tmp_path / name)


def test_the_folder_must_exist(tmp_path):
    with pytest.raises(CannotRecord, match="none does not exist"):
        RecordingFiles(tmp_path / "none" / "talk.yaml")


def test_a_file_that_cannot_be_written_completely_is_removed(tmp_path, monkeypatch):
    def full(descriptor: int, _mode: str) -> None:
        os.close(descriptor)
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(OSError, match="no space left"):
        RecordingFiles(tmp_path / "talk.yaml").write(1, text_of)
    assert list(tmp_path.iterdir()) == []
