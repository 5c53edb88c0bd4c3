"""Changed files are loaded again; a broken file keeps its last good scenario."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from streamproof.mock_ai.app import MOCK, create_app, serving
from streamproof.mock_ai.library.loading import load_folder
from streamproof.mock_ai.library.reload import POLL_MS, Files, Reloaded, load_now
from streamproof.mock_ai.planning.plan import plan, planned_body
from tests.mock_ai.mock_fixture import library


class Ticks:
    """A clock whose only deadline is reached when the test calls `tick`."""

    def __init__(self):
        self.ms = 0.0
        self.waiting: asyncio.Queue[tuple[float, Callable[[], None]]] = asyncio.Queue()

    def now_ms(self):
        """Return the time."""
        return self.ms

    def call_at(self, at_ms, callback):
        """Keep the deadline for the test."""
        self.waiting.put_nowait((at_ms, callback))
        return SimpleNamespace(cancel=lambda: None)

    def close(self):
        """Do nothing."""

    async def tick(self):
        """Reach the next deadline, and return when the code waits again."""
        self.ms, callback = await self.waiting.get()
        callback()
        self.waiting.put_nowait(await self.waiting.get())


class Folder:
    """A folder of scenario files; every change of a file gets a new time."""

    def __init__(self, path):
        self.path = path
        self.files = Files((path,))
        self._changes = 0

    def write(self, name, text, file=None):
        """Write a file."""
        path = self.path / f"{file or name}.yaml"
        path.write_text(f"name: {name}\ntitle: It\nsteps: [{{raw: {text}}}]\n")
        self.touch(path)

    def touch(self, path):
        """Give a file a new time."""
        self._changes += 1
        os.utime(path, ns=(self._changes, self._changes))

    def spoil(self, name):
        """Break a file."""
        path = self.path / f"{name}.yaml"
        path.write_text("name: [")
        self.touch(path)

    def texts(self):
        """Load the changed files, and return the body of each scenario."""
        scenarios = load_now(self.files).scenarios
        return {
            name: planned_body(plan(one.load().reply)).decode() for name, one in scenarios.items()
        }

    def errors(self):
        """Return the names of the files with errors."""
        return [Path(error.file).name for error in self.files.library().errors]


@pytest.fixture
def folder(tmp_path):
    """Return a folder with one scenario."""
    with_one = Folder(tmp_path)
    with_one.write("a", "first")
    assert with_one.texts() == {"a": "first"}
    return with_one


def test_unchanged_file_is_not_loaded_again(folder):
    before = folder.files.library().scenarios["a"]
    assert folder.files.refresh() == []
    assert folder.files.library().scenarios["a"] is before


def test_changed_file_is_loaded_again(folder):
    folder.write("a", "second")
    assert folder.texts() == {"a": "second"}


def test_change_of_the_same_size_is_detected_by_its_time(folder):
    folder.write("a", "forst")
    assert folder.texts() == {"a": "forst"}


def test_old_key_in_a_changed_file_is_warned_of_once(folder):
    folder.write("a", "one")
    library = load_now(folder.files)
    with (folder.path / "a.yaml").open("a") as file:
        file.write("faults: [{cut: {after_bytes: 1, owing: 1}}]\n")
    folder.touch(folder.path / "a.yaml")
    changed = folder.files.refresh()
    now = folder.files.library()
    reloaded = folder.files.result(changed, library, now)
    assert [warning.message for warning in reloaded.warnings] == [
        "owing is now called missing_bytes"
    ]
    assert folder.files.result(changed, now, now).warnings == ()


def test_new_file_is_loaded_and_deleted_file_is_removed(folder):
    folder.write("b", "new")
    assert folder.texts() == {"a": "first", "b": "new"}
    (folder.path / "a.yaml").unlink()
    assert folder.texts() == {"b": "new"}


def test_broken_file_keeps_its_last_good_version_until_it_is_fixed(folder):
    folder.spoil("a")
    assert folder.texts() == {"a": "first"}
    assert folder.errors() == ["a.yaml"]
    folder.write("a", "third")
    assert folder.texts() == {"a": "third"}
    assert folder.errors() == []


def test_file_that_was_never_valid_has_no_scenario(folder):
    folder.write("b", "x")
    folder.spoil("b")
    assert folder.texts() == {"a": "first"}
    assert folder.errors() == ["b.yaml"]


def test_deleted_broken_file_loses_its_last_good_version(folder):
    folder.spoil("a")
    folder.texts()
    (folder.path / "a.yaml").unlink()
    assert folder.texts() == {}
    assert folder.errors() == []


def test_scenario_follows_its_file_into_another_folder(folder):
    (folder.path / "sub").mkdir()
    (folder.path / "a.yaml").rename(folder.path / "sub" / "a.yaml")
    assert folder.texts() == {"a": "first"}
    assert folder.errors() == []


def test_second_file_with_a_name_is_used_and_reported(folder):
    (folder.path / "sub").mkdir()
    folder.write("a", "other", file="sub/a")
    assert folder.texts() == {"a": "other"}
    [error] = folder.files.library().errors
    assert error.file == str(folder.path / "sub" / "a.yaml")
    assert error.message.startswith("name: 'a' is also in ")
    assert "of this file is used" in error.message


@pytest.mark.parametrize("order", [("x", "y"), ("y", "x")])
def test_scenario_of_a_later_folder_replaces_that_of_an_earlier_one(tmp_path, order):
    for name in order:
        (tmp_path / name).mkdir()
        text = f"name: it\ntitle: {name}\nsteps: []\n"
        (tmp_path / name / "it.yaml").write_text(text)
    files = Files(tuple(tmp_path / name for name in order))
    assert load_now(files).scenarios["it"].title == order[1]
    assert load_folder(*files.paths).scenarios["it"].title == order[1]


def test_broken_link_is_an_error_until_its_target_exists(folder, tmp_path):
    (folder.path / "b.yaml").symlink_to(tmp_path / "b.yaml.later")
    assert folder.texts() == {"a": "first"}
    assert folder.errors() == ["b.yaml"]
    (tmp_path / "b.yaml.later").write_text("name: b\ntitle: B\nsteps: [{raw: second}]\n")
    assert folder.texts() == {"a": "first", "b": "second"}
    assert folder.errors() == []


def test_change_of_an_included_file_reloads_its_scenario(folder):
    part = folder.path / "shared.part.yaml"
    part.write_text("steps: [{raw: one}]\n")
    (folder.path / "b.yaml").write_text(
        "name: b\ntitle: It\nsteps: [{include: shared.part.yaml}]\n"
    )
    load_now(folder.files)
    part.write_text("steps: [{raw: two}]\n")
    folder.touch(part)
    scenario = load_now(folder.files).scenarios["b"].load()
    assert planned_body(plan(scenario.reply)) == b"two"


@pytest.fixture
def outside(folder, tmp_path_factory):
    """Return the path of a missing file outside the folder that the scenario `b` includes."""
    part = tmp_path_factory.mktemp("outside") / "shared.part.yaml"
    name = os.path.relpath(part, folder.path)
    (folder.path / "b.yaml").write_text(f"name: b\ntitle: It\nsteps: [{{include: {name}}}]\n")
    return part


def test_change_of_an_included_file_outside_the_folder_is_detected(folder, outside):
    outside.write_text("steps: [{raw: one}]\n")
    assert folder.texts() == {"a": "first", "b": "one"}
    outside.write_text("steps: [{raw: two}]\n")
    folder.touch(outside)
    assert folder.texts() == {"a": "first", "b": "two"}
    assert folder.files.refresh() == []


def test_included_file_that_appears_later_is_detected(folder, outside):
    assert folder.texts() == {"a": "first"}
    assert folder.errors() == ["b.yaml"]
    outside.write_text("steps: [{raw: one}]\n")
    assert folder.texts() == {"a": "first", "b": "one"}


def test_broken_included_file_keeps_the_last_good_version(folder, outside):
    outside.write_text("steps: [{raw: one}]\n")
    folder.texts()
    outside.write_text("steps: [\n")
    assert folder.texts() == {"a": "first", "b": "one"}
    assert folder.errors() == ["shared.part.yaml"]
    outside.unlink()
    assert folder.texts() == {"a": "first", "b": "one"}
    assert folder.errors() == ["b.yaml"]
    outside.write_text("steps: [{raw: two}]\n")
    assert folder.texts() == {"a": "first", "b": "two"}


def test_change_of_an_included_file_reloads_only_its_scenario(folder, outside):
    outside.write_text("steps: [{raw: one}]\n")
    folder.texts()
    outside.write_text("steps: [{raw: longer}]\n")
    assert [path.name for path in folder.files.refresh()] == ["b.yaml"]


def test_removed_folder_removes_its_scenarios(folder):
    (folder.path / "a.yaml").unlink()
    folder.path.rmdir()
    assert folder.texts() == {}


async def test_running_mock_loads_changes_and_reports_them(folder):
    clock = Ticks()
    reloads: list[Reloaded] = []
    on_reload = reloads.append
    app = create_app(folder.files.library(), clock=clock, files=folder.files, on_reload=on_reload)
    async with serving(app):
        registry = app[MOCK].registry
        await clock.tick()
        folder.write("b", "new")
        await clock.tick()
        assert sorted(registry.scenarios) == ["a", "b"]
        (folder.path / "b.yaml").unlink()
        folder.spoil("a")
        await clock.tick()
        assert sorted(registry.scenarios) == ["a"]
        assert [error.file for error in registry.errors] == [str(folder.path / "a.yaml")]
    assert clock.ms == 3 * POLL_MS
    assert [(one.loaded, one.removed, len(one.errors)) for one in reloads] == [
        (("b",), (), 0),
        ((), ("b",), 1),
    ]


async def test_mock_without_files_reloads_nothing():
    async with serving(create_app(library(), clock=(clock := Ticks()))):
        await asyncio.sleep(0)
    assert clock.waiting.empty()
