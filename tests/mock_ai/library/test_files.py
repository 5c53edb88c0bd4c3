"""Which files below a folder are scenario files, and when a file counts as changed."""

from __future__ import annotations

import os

import pytest

from streamproof.mock_ai.library.files import scenario_files, stamp_of


def test_files_below_a_folder_are_found_in_order_and_once(tmp_path):
    names = ["b.yaml", "a/z.yaml", "a/deep/y.yaml", "a-b/x.yaml"]
    for name in [*names, "a/steps.part.yaml", "notes.txt"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = scenario_files([tmp_path, tmp_path / "b.yaml", tmp_path / "missing.yaml"])
    in_order = ["a/deep/y.yaml", "a/z.yaml", "a-b/x.yaml", "b.yaml", "missing.yaml"]
    assert [str(path.relative_to(tmp_path)) for path in found] == in_order


def test_a_pipe_in_a_folder_is_skipped(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    assert [path.name for path in scenario_files([tmp_path])] == ["gone.yaml"]


def test_time_size_and_the_target_of_a_link_are_changes(tmp_path):
    path, link = tmp_path / "a.yaml", tmp_path / "b.yaml"
    link.symlink_to(path)
    stamps = [stamp_of(link)]
    for text, time in (("x", 1), ("x", 2), ("xy", 2)):
        path.write_text(text)
        os.utime(path, ns=(time, time))
        stamps.append(stamp_of(link))
    assert len(set(stamps)) == len(stamps)
    with pytest.raises(FileNotFoundError):
        stamp_of(tmp_path / "missing.yaml")
