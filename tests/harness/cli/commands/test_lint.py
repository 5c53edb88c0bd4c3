"""`streamproof lint` prints every error of every file."""

import json

import pytest

from streamproof.harness.cli.main import main
from streamproof.harness.cli.program import command
from streamproof.harness.exit_codes import ExitCode


@pytest.fixture
def folder(tmp_path):
    """Make a folder with a sound file and two with errors."""
    (tmp_path / "good.yaml").write_text("name: good\ntitle: Good\nsteps: [end]\n")
    (tmp_path / "bad.yaml").write_text("name: bad\ntitle: 5\nsteps: [{contnet: a}]\n")
    (tmp_path / "far.yaml").write_text(
        "name: far\ntitle: Far\nsteps: [end]\nfaults: [{cut: {after_events: 9}}]\n"
    )
    return tmp_path


def test_every_error_of_every_file_has_a_caret(folder, capsys):
    assert main(["lint", str(folder)]) == ExitCode.USAGE
    out = capsys.readouterr().out
    for place in ("bad.yaml:2:8", "bad.yaml:3:10", "far.yaml:4:31"):
        assert place in out
    assert "did you mean 'content'?" in out
    assert "^^^^^^^" in out
    assert out.endswith("files: 3, errors: 3\n")


def test_sound_files_are_counted(folder, capsys):
    assert main(["lint", str(folder / "good.yaml")]) == ExitCode.OK
    assert capsys.readouterr().out == "files: 1, errors: 0\n"


def test_json_has_the_same_errors(folder, capsys):
    assert main(["lint", str(folder), "--json"]) == ExitCode.USAGE
    found = json.loads(capsys.readouterr().out)
    assert found["files"] == 3
    assert [(error["line"], error["col"]) for error in found["errors"]] == [
        *((2, 8), (3, 10)),
        (4, 31),
    ]


def test_files_of_other_programs_are_skipped_in_one_line(folder, capsys):
    (folder / "compose.yaml").write_text("services: {}\n")
    assert main(["lint", str(folder)]) == ExitCode.USAGE
    out = capsys.readouterr().out
    skipped = f"skipped, not scenarios: {folder / 'compose.yaml'}"
    assert out.endswith(f"\n{skipped}\nfiles: 3, errors: 3\n")
    main(["lint", str(folder), "--json"])
    assert json.loads(capsys.readouterr().out)["skipped"] == [str(folder / "compose.yaml")]


def test_part_is_checked_by_itself(tmp_path, capsys):
    part, inner = tmp_path / "greeting.part.yaml", tmp_path / "inner.part.yaml"
    part.write_text("steps: [{content: Hello}, {include: inner.part.yaml}]\n")
    inner.write_text("steps: [{wait_ms: 5}]\n")
    assert main(["lint", str(part)]) == ExitCode.OK
    told = f"{part}: a part, which scenarios include\nfiles: 1, errors: 0\n"
    assert capsys.readouterr().out == told
    inner.write_text("steps: [{raw_hex: x}, {contnet: a}]\n")
    part.write_text("name: x\nsteps: [{include: inner.part.yaml}, {raw_base64: x}]\n")
    assert main(["lint", "--json", str(part)]) == ExitCode.USAGE
    found = json.loads(capsys.readouterr().out)
    assert found["parts"] == [str(part)]
    places = [(error["file"], error["line"]) for error in found["errors"]]
    assert places == [(str(part), 1), (str(part), 2), (str(inner), 1), (str(inner), 1)]


@pytest.mark.parametrize("text", ["", "steps: 5\n", "- a\n", "steps: [\n", "a: 1\na: 2\n"])
def test_broken_part_has_errors(tmp_path, capsys, text):
    part = tmp_path / "broken.part.yaml"
    part.write_text(text)
    assert main(["lint", str(part)]) == ExitCode.USAGE
    assert f"{part}:" in capsys.readouterr().out


def test_part_is_not_a_scenario(tmp_path, capsys):
    part = tmp_path / "greeting.part.yaml"
    part.write_text("steps: [{content: Hello}]\n")
    assert main(["plan", str(part)]) == ExitCode.USAGE
    assert "a part, not a scenario" in capsys.readouterr().err


def test_old_keys_are_warnings(tmp_path, capsys):
    path = tmp_path / "old.yaml"
    path.write_text(
        "name: old\ntitle: O\nsteps: [end]\nfaults: [{cut: {after_events: 1, owing: 2}}]\n"
    )
    assert main(["lint", str(path)]) == ExitCode.OK
    out = capsys.readouterr().out
    assert out.startswith("warning[renamed-key]: owing is now called missing_bytes\n")
    assert f"{path}:4:34" in out
    assert out.endswith("files: 1, errors: 0, warnings: 1\n")
    assert main(["lint", str(path), "--json"]) == ExitCode.OK
    found = json.loads(capsys.readouterr().out)
    assert (found["errors"], len(found["warnings"])) == ([], 1)


@pytest.mark.parametrize(
    ("path", "message"),
    [("", "wanted at least one scenario file"), ("no.yaml", "cannot be read: no such file")],
)
def test_nothing_to_check_is_an_error(tmp_path, capsys, path, message):
    assert main(["lint", str(tmp_path / path)]) == ExitCode.USAGE
    assert message in "".join(capsys.readouterr())


def test_name_of_a_shipped_scenario_is_not_a_file(capsys):
    assert main(["lint", "reset-mid-answer"]) == ExitCode.USAGE
    printed = f"`{command('show', 'reset-mid-answer')}` prints its file"
    assert printed in capsys.readouterr().err


def test_shipped_scenarios_are_sound(capsys):
    from streamproof.mock_ai.library.files import shipped_folder

    assert main(["lint", str(shipped_folder())]) == ExitCode.OK
    assert capsys.readouterr().out.endswith("errors: 0\n")
