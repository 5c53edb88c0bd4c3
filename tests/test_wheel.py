"""The wheel brings one name, `streamproof`, and works next to folders named like its parts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.once import made_once

ROOT: Final = Path(__file__).resolve().parent.parent
PARTS: Final = ("contracts", "mock_ai", "relay", "harness", "scenarios")
SCRIPT: Final = '''\
"""Play a scenario and check its stream, as the documentation says."""

from urllib.request import Request, urlopen

from streamproof import Decoder, Ending, MockAI, TimedEvent, Transcript, builtin_contract, check

with MockAI.in_thread(default="example-conversation", speed=0) as mock:
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{mock.url}/chat/stream", b'{"question": "hi"}', headers)) as reply:
        events = Decoder().feed(reply.read())
        transcript = Transcript(
            status=reply.status,
            headers={name.lower(): value for name, value in reply.headers.items()},
            events=tuple(TimedEvent(0.0, event) for event in events),
            ending=Ending.CLOSED,
            ended_ms=0.0,
        )
print(check(transcript, builtin_contract("ai-service")).verdict)
'''


TEST: Final = """\
import pytest

from streamproof import assert_contract, read_stream


@pytest.mark.scenario("example-conversation")
def test_it(streamproof_mock):
    url = f"{streamproof_mock.url}/chat/stream"
    assert_contract(read_stream(url, json={"question": "hi"}), "ai-service")
"""


def run(*command: object, folder: Path) -> str:
    """Run a program without the checkout on its path, and return what it prints."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build(source: Path, target: str, folder: Path) -> Path:
    """Build the `wheel` or the `sdist` of a source tree into a folder."""
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder, folder=source)
    [built] = folder.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return built


def installer(python: Path) -> Sequence[object]:
    """Return the command that installs into another environment: uv, or a pip of this machine."""
    if uv := shutil.which("uv"):
        return uv, "pip", "install", "--offline", "--python", python
    for own in (sys.executable, getattr(sys, "_base_executable", sys.executable)):
        probe = subprocess.run([own, "-m", "pip", "--version"], capture_output=True, check=False)
        if probe.returncode == 0:
            return own, "-m", "pip", "--python", python, "install", "--no-index"
    pytest.fail("neither uv nor pip was found; ./run needs one of them, and so does this test")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of this checkout."""
    return made_once(tmp_path_factory, "dist", lambda folder: build(ROOT, "wheel", folder))


@pytest.fixture(scope="module")
def site_packages(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """Return the folder of packages of a new environment that has the wheel."""
    return made_once(tmp_path_factory, "environment", lambda folder: installed(wheel, folder))


def installed(wheel: Path, environment: Path) -> Path:
    """Install the wheel into a new environment, and return its folder of packages.

    The libraries are those of this environment; its editable streamproof cannot be imported there,
    because only a site folder's own `.pth` files count.
    """
    run(sys.executable, "-m", "venv", "--without-pip", environment, folder=environment)
    python = environment / "bin" / "python"
    run(*installer(python), "--no-deps", wheel, folder=environment)
    [folder] = environment.glob("lib/python*/site-packages")
    (folder / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with packages named like the parts of streamproof; none can be imported."""
    for name in PARTS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"raise ImportError('your {name}')\n")
    return tmp_path


def members(wheel: Path) -> dict[str, bytes]:
    """Return the files of a wheel, without those that describe it."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        return {name: archive.read(name) for name in names}


def files_of_the_repository(folder: str) -> list[str]:
    """Return the files below a folder that git tracks or would track."""
    listing = run(
        *("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", folder),
        folder=ROOT,
    )
    return [name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def program(site_packages: Path, name: str) -> Path:
    """Return a program of the environment."""
    return site_packages.parents[2] / "bin" / name


def test_wheel_installs_one_name(site_packages):
    found = {path.name for path in site_packages.iterdir()} - {"libraries.pth"}
    assert {name.partition("-")[0] for name in found} == {"streamproof"}
    assert len(found) == 2


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="only git knows the list of files")
def test_wheel_has_every_file_of_the_packages_and_no_other(wheel):
    own = files_of_the_repository("streamproof")
    parts = [f"streamproof/{name}" for part in PARTS for name in files_of_the_repository(part)]
    assert sorted(members(wheel)) == sorted([*own, *parts])


@pytest.mark.prove
def test_sdist_builds_the_same_wheel(wheel, tmp_path):
    run("tar", "-xf", build(ROOT, "sdist", tmp_path / "sdist"), folder=tmp_path)
    [source] = tmp_path.glob("streamproof-*")
    assert members(build(source, "wheel", tmp_path / "wheel")) == members(wheel)


def test_script_plays_and_checks_a_scenario_next_to_folders_of_the_same_names(
    site_packages, project
):
    (project / "script.py").write_text(SCRIPT)
    assert run(program(site_packages, "python"), "script.py", folder=project) == "completed\n"


@pytest.mark.prove
def test_pytest_finds_the_plugin_without_further_options(site_packages, project):
    (project / "test_it.py").write_text(TEST)
    others = ("faker", "hypothesispytest", "playwright", "schemathesis")
    options = [word for name in others for word in ("-p", f"no:{name}")]
    strict = ("-W", "error", "-o", "asyncio_default_fixture_loop_scope=function")
    python = program(site_packages, "python")
    command = (python, "-m", "pytest", "-q", "--strict-markers", *strict, *options)
    assert "1 passed" in run(*command, folder=project)
    early = "import sys, pytest, streamproof; sys.exit(pytest.main(sys.argv[1:]))"
    assert "1 passed" in run(python, "-c", early, *command[3:], folder=project)


@pytest.mark.prove
def test_type_checker_sees_the_types_of_the_installed_package(site_packages, project):
    (project / "script.py").write_text(SCRIPT)
    python = program(site_packages, "python")
    options = ("--strict", "--cache-dir", project / "cache", "--python-executable", python)
    assert "Success" in run(sys.executable, "-m", "mypy", *options, "script.py", folder=project)


@pytest.mark.prove
def test_commands_work_next_to_folders_of_the_same_names(site_packages, project):
    streamproof = program(site_packages, "streamproof")
    text = run(streamproof, "show", "example-conversation", folder=project)
    (project / "example-conversation.yaml").write_text(text)
    run(streamproof, "lint", "example-conversation.yaml", folder=project)
    command = ["verify", "relay", "--scenarios", ".", "--scenario", "example-conversation"]
    assert "example-conversation" in run(streamproof, *command, folder=project)
