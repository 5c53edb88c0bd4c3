"""Recordings are readable by their owner only, and never take the place of another file."""

from __future__ import annotations

import stat

import pytest

from streamproof.mock_ai.errors import CannotRecord
from streamproof.mock_ai.recording.files import RecordingFiles


def told(name: str) -> str:
    """Write the name as the text."""
    return f"name: {name}\n"


def test_each_number_is_a_file_with_its_own_name(tmp_path):
    files = RecordingFiles(tmp_path / "talk.yaml")
    paths = [files.write(number, told) for number in (2, 1, 3)]
    assert [path.name for path in paths] == ["talk-2.yaml", "talk.yaml", "talk-3.yaml"]
    assert [path.read_text() for path in paths] == [told(path.stem) for path in paths]


@pytest.mark.parametrize("force", [False, True])
def test_only_the_owner_can_read_a_recording(tmp_path, force):
    path = tmp_path / "talk.yaml"
    if force:
        path.write_text("old")
        path.chmod(0o644)
    assert RecordingFiles(path, force=force).write(1, told) == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["talk.yaml"]


def test_a_file_that_is_there_is_refused_before_anything_is_recorded(tmp_path):
    (tmp_path / "talk.yaml").write_text("mine")
    with pytest.raises(CannotRecord, match="--force"):
        RecordingFiles(tmp_path / "talk.yaml")


def test_a_file_that_came_meanwhile_is_left_alone(tmp_path):
    files = RecordingFiles(tmp_path / "talk.yaml")
    for name in ("talk.yaml", "talk-2.yaml"):
        (tmp_path / name).write_text("mine")
    assert files.write(1, told).name == "talk-3.yaml"
    assert (tmp_path / "talk.yaml").read_text() == "mine"


@pytest.mark.parametrize("name", ["talk.yml", "Talk.yaml", "a b.yaml", "-.yaml", "talk", ".yaml"])
def test_a_file_is_named_like_its_scenario(tmp_path, name):
    with pytest.raises(CannotRecord, match="hr-policy"):
        RecordingFiles(tmp_path / name)


def test_the_folder_has_to_be_there(tmp_path):
    with pytest.raises(CannotRecord, match="no folder"):
        RecordingFiles(tmp_path / "none" / "talk.yaml")
