"""The marker `scenario`: what the mock of a test plays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from streamproof.errors import StreamproofError
from streamproof.harness.pytest_plugin.error_text import error_text
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.files import SUFFIX
from streamproof.mock_ai.library.library import open_files

if TYPE_CHECKING:
    from streamproof.mock_ai import ThreadedMock


def play_marked(mock: ThreadedMock, node: pytest.Item) -> None:
    """Let the mock play what the closest marker of a test names; fail the test if it cannot."""
    marker = node.get_closest_marker("scenario")
    problem = marker and _problem_of(mock, node.path.parent, marker)
    if marker and problem:
        pytest.fail(f"{_shown(marker)}: {problem}", pytrace=False)


def _problem_of(mock: ThreadedMock, folder: Path, marker: pytest.Mark) -> str | None:
    """Play what a marker names, or return why that is not possible."""
    try:
        _play(mock, folder, *marker.args, **marker.kwargs)
    except StreamproofError as error:
        return error_text(error)
    except (TypeError, ValueError) as error:
        return str(error)
    return None


def _play(mock: ThreadedMock, folder: Path, *names: str | Path, speed: float | None = None) -> None:
    if not names:
        raise ValueError("wanted the name or the file of at least one scenario")
    found = [_name_of(mock, folder, name) for name in names]
    mock.queue(*found[:-1])
    mock.play(found[-1])
    if speed is not None:
        mock.set_speed(speed)


def _name_of(mock: ThreadedMock, folder: Path, wanted: str | Path) -> str:
    """Return the name of a scenario; add the scenario of a file, which is relative to the test."""
    if not str(wanted).endswith(SUFFIX):
        return str(wanted)
    path = folder / wanted
    library = open_files([path])
    if library.errors:
        raise ScenarioErrors(library.errors)
    mock.add(path)
    return next(iter(library.scenarios))


def _shown(marker: pytest.Mark) -> str:
    words = [*map(repr, marker.args), *(f"{key}={value!r}" for key, value in marker.kwargs.items())]
    return f"@pytest.mark.scenario({', '.join(words)})"
