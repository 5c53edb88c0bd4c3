"""The backend whose pages are drawn, with the scenarios of this folder."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from streamproof.harness.serving.backend import BackendOptions, local_backend
from streamproof.mock_ai.library.files import shipped_folder
from streamproof.mock_ai.library.library import Library
from streamproof.mock_ai.library.loading import load_folder, load_scenario

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from streamproof.harness.serving.backend import LocalBackend

SCENARIOS: Final = Path(__file__).resolve().parent / "scenarios"
_DEFAULT: Final = shipped_folder() / "plain" / "example-conversation.yaml"


@asynccontextmanager
async def backend() -> AsyncIterator[LocalBackend]:
    """Run what `streamproof serve` runs, with an empty database."""
    default = load_scenario(_DEFAULT)
    scenarios = {default.name: default, **load_folder(SCENARIOS).scenarios}
    with TemporaryDirectory() as folder:
        options = BackendOptions(database=Path(folder) / "chat.sqlite3", default=default.name)
        async with local_backend(Library(scenarios), options) as running:
            yield running
