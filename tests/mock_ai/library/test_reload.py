"""Files that change are loaded again; one that breaks keeps its last good scenario."""

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
    """A clock whose only deadline comes when the test says so."""

    def __init__(self):
        self.ms = 0.0
        self.waiting: asyncio.Queue[tuple[float, Callable[[], None]]] = asyncio.Queue()

    def now_ms(self):
        """Return the time."""
        return self.ms

    def call_at(self, at_ms, callback):
        """Wait for the test."""
        self.waiting.put_nowait((at_ms, callback))
        return SimpleNamespace(cancel=lambda: None)

    def close(self):
        """Do nothing."""

    async def tick(self):
        """Let the next deadline come, and all be done until somebody waits again."""
        self.ms, callback = await self.waiting.get()
        callback()
        self.waiting.put_nowait(await self.waiting.get())


class Folder:
    """A folder of scenario files; every change of a file gets a time of its own."""

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
        """Load what has changed; returns what each scenario says now."""
        scenarios = load_now(self.files).scenarios
        return {name: planned_body(plan(one.reply)).decode() for name, one in scenarios.items()}

    def errors(self):
        """Return which files are wrong now."""
        return [Path(error.file).name for error in self.files.library().errors]


@pytest.fixture
def folder(tmp_path):
    """Return a folder with one scenario."""
    made = Folder(tmp_path)
    made.write("a", "first")
    assert made.texts() == {"a": "first"}
    return made


def test_nothing_is_loaded_again_that_has_not_changed(folder):
    before = folder.files.library().scenarios["a"]
    assert folder.files.refresh() == []
    assert folder.files.library().scenarios["a"] is before


def test_changed_file_is_loaded_again(folder):
    folder.write("a", "second")
    assert folder.texts() == {"a": "second"}


def test_change_of_the_same_size_is_seen_by_its_time(folder):
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
    reloaded = folder.files.told(changed, library, now)
    assert [warning.message for warning in reloaded.warnings] == [
        "owing is now called missing_bytes"
    ]
    assert folder.files.told(changed, now, now).warnings == ()


def test_new_and_deleted_files_come_and_go(folder):
    folder.write("b", "new")
    assert folder.texts() == {"a": "first", "b": "new"}
    (folder.path / "a.yaml").unlink()
    assert folder.texts() == {"b": "new"}


def test_broken_file_keeps_its_last_good_version_until_it_is_mended(folder):
    folder.spoil("a")
    assert folder.texts() == {"a": "first"}
    assert folder.errors() == ["a.yaml"]
    folder.write("a", "third")
    assert folder.texts() == {"a": "third"}
    assert folder.errors() == []


def test_file_that_never_was_good_gives_nothing(folder):
    folder.write("b", "x")
    folder.spoil("b")
    assert folder.texts() == {"a": "first"}
    assert folder.errors() == ["b.yaml"]


def test_broken_file_that_is_deleted_takes_its_last_good_version_along(folder):
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


def test_of_a_name_that_is_used_twice_the_second_file_counts_and_says_so(folder):
    (folder.path / "sub").mkdir()
    folder.write("a", "other", file="sub/a")
    assert folder.texts() == {"a": "other"}
    [error] = folder.files.library().errors
    assert error.file == str(folder.path / "sub" / "a.yaml")
    assert error.message.startswith("name: 'a' is also in ")
    assert error.message.endswith("; the one here is used")


@pytest.mark.parametrize("order", [("x", "y"), ("y", "x")])
def test_of_a_name_in_two_folders_that_of_the_later_folder_counts(tmp_path, order):
    for name in order:
        (tmp_path / name).mkdir()
        text = f"name: it\ntitle: {name}\nsteps: []\n"
        (tmp_path / name / "it.yaml").write_text(text)
    files = Files(tuple(tmp_path / name for name in order))
    assert load_now(files).scenarios["it"].title == order[1]
    assert load_folder(*files.paths).scenarios["it"].title == order[1]


def test_link_that_leads_nowhere_is_an_error_until_it_leads_somewhere(folder, tmp_path):
    (folder.path / "b.yaml").symlink_to(tmp_path / "b.yaml.later")
    assert folder.texts() == {"a": "first"}
    assert folder.errors() == ["b.yaml"]
    (tmp_path / "b.yaml.later").write_text("name: b\ntitle: B\nsteps: [{raw: second}]\n")
    assert folder.texts() == {"a": "first", "b": "second"}
    assert folder.errors() == []


def test_change_of_a_part_reaches_whoever_includes_it(folder):
    part = folder.path / "shared.part.yaml"
    part.write_text("steps: [{raw: one}]\n")
    (folder.path / "b.yaml").write_text(
        "name: b\ntitle: It\nsteps: [{include: shared.part.yaml}]\n"
    )
    load_now(folder.files)
    part.write_text("steps: [{raw: two}]\n")
    folder.touch(part)
    scenario = load_now(folder.files).scenarios["b"]
    assert planned_body(plan(scenario.reply)) == b"two"


@pytest.fixture
def outside(folder, tmp_path_factory):
    """Return a part outside the folder, not there yet, that the scenario `b` includes."""
    part = tmp_path_factory.mktemp("outside") / "shared.part.yaml"
    name = os.path.relpath(part, folder.path)
    (folder.path / "b.yaml").write_text(f"name: b\ntitle: It\nsteps: [{{include: {name}}}]\n")
    return part


def test_change_of_a_part_outside_the_folder_is_seen(folder, outside):
    outside.write_text("steps: [{raw: one}]\n")
    assert folder.texts() == {"a": "first", "b": "one"}
    outside.write_text("steps: [{raw: two}]\n")
    folder.touch(outside)
    assert folder.texts() == {"a": "first", "b": "two"}
    assert folder.files.refresh() == []


def test_part_that_comes_later_is_seen(folder, outside):
    assert folder.texts() == {"a": "first"}
    assert folder.errors() == ["b.yaml"]
    outside.write_text("steps: [{raw: one}]\n")
    assert folder.texts() == {"a": "first", "b": "one"}


def test_part_outside_the_folder_that_breaks_keeps_the_last_good_version(folder, outside):
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


def test_change_of_a_part_loads_nothing_that_does_not_include_it(folder, outside):
    outside.write_text("steps: [{raw: one}]\n")
    folder.texts()
    outside.write_text("steps: [{raw: longer}]\n")
    assert [path.name for path in folder.files.refresh()] == ["b.yaml"]


def test_folder_that_disappears_empties_the_shelf(folder):
    (folder.path / "a.yaml").unlink()
    folder.path.rmdir()
    assert folder.texts() == {}


async def test_running_mock_takes_changes_over_and_tells_of_them(folder):
    clock = Ticks()
    told: list[Reloaded] = []
    app = create_app(folder.files.library(), clock=clock, files=folder.files, on_reload=told.append)
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
    assert [(one.loaded, one.removed, len(one.errors)) for one in told] == [
        (("b",), (), 0),
        ((), ("b",), 1),
    ]


async def test_mock_without_files_reloads_nothing():
    async with serving(create_app(library(), clock=(clock := Ticks()))):
        await asyncio.sleep(0)
    assert clock.waiting.empty()
