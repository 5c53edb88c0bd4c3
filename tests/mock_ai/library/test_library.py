"""A library has the valid scenarios of its files, and all errors of the others."""

from __future__ import annotations

from streamproof.mock_ai.library.files import scenario_files
from streamproof.mock_ai.library.library import gather, open_files
from streamproof.mock_ai.library.loading import load_files, load_folder, load_scenario
from streamproof.mock_ai.scenario.model import Scenario
from tests.shipped_files import FOLDER


def test_all_errors_of_all_files_are_found_and_the_valid_files_load(tmp_path):
    (tmp_path / "group").mkdir()
    good = "title: It\nsteps: [end]\n"
    for path, text in {
        "good.yaml": f"name: good\n{good}",
        "group/other.yaml": f"name: other\n{good}",
        "group/wrong.yaml": "name: wrong\nsteps: end\n",
        "named.yaml": f"name: otherwise\n{good}",
        "notes.txt": "not a scenario",
    }.items():
        (tmp_path / path).write_text(text)
    library = open_files(scenario_files([tmp_path]))
    assert sorted(library.scenarios) == ["good", "other"]
    files = [error.file.removeprefix(f"{tmp_path}/") for error in library.errors]
    assert files == ["group/wrong.yaml", "group/wrong.yaml", "named.yaml"]
    advice = "rename the file to otherwise.yaml, or the scenario to named"
    assert library.errors[-1].help == advice


def test_name_used_twice_is_an_error_and_the_last_file_is_used(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "it.yaml").write_text("name: it\ntitle: It\nsteps: []\n")
    library = load_folder(tmp_path)
    assert list(library.scenarios) == ["it"]
    [error] = library.errors
    assert str(tmp_path / "a" / "it.yaml") in error.message
    assert error.file == str(tmp_path / "b" / "it.yaml")


def test_missing_file_is_an_error(tmp_path):
    for library in (open_files([tmp_path / "no.yaml"]), load_files([tmp_path / "no.yaml"])):
        [error] = library.errors
        assert "cannot be read" in error.message


def test_second_file_of_a_name_that_has_gone_since_is_an_error(tmp_path):
    loaded = load_scenario("name: it\ntitle: It\nsteps: []\n")
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    library = gather([(first, loaded, ()), (second, loaded, ())])
    assert list(library.scenarios) == ["it"]
    assert [error.code for error in library.errors] == ["unreadable"]


def test_only_load_files_checks_a_file_of_the_index():
    [path] = (FOLDER / "plain").glob("example-conversation.yaml")
    [opened] = open_files([path]).scenarios.values()
    [checked] = load_files([path]).scenarios.values()
    assert (isinstance(opened, Scenario), isinstance(checked, Scenario)) == (False, True)
