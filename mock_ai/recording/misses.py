"""Replies to requests that no scenario answered, as scenarios that answer these requests next time.

A rule in the file names the fingerprint of the request, so equal requests of other users and
conversations get the reply as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.errors import CannotRecord
from streamproof.mock_ai.library.editor_schema import editor_comments
from streamproof.mock_ai.library.files import SUFFIX
from streamproof.mock_ai.recording.decoding import decoded
from streamproof.mock_ai.recording.exchange import ExchangeEnding
from streamproof.mock_ai.recording.files import replace_file
from streamproof.mock_ai.recording.masking import masked
from streamproof.mock_ai.recording.scenario_text import scenario_text
from streamproof.mock_ai.request.fingerprint import fingerprint
from streamproof.mock_ai.request.target import read_target

if TYPE_CHECKING:
    from pathlib import Path

    from streamproof.mock_ai.recording.exchange import RecordedExchange
    from streamproof.mock_ai.recording.secret_names import Masks
    from streamproof.mock_ai.request.received import ReceivedRequest

PASSING_STATUSES: Final = frozenset({401, 403, 407, 408, 425, 429})
"""They depend on who asks and when; so do all from 500."""

_LONGEST_NAME: Final = 60
_SEPARATORS: Final = re.compile("[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class RecordedMisses:
    """Writes each reply into a file of its own in a folder, which is created if it is missing."""

    folder: Path
    masks: Masks

    def keep(self, request: ReceivedRequest, exchange: RecordedExchange, origin: str) -> Path:
        """Write the reply to a request, and return the path of the file.

        Raises `CannotRecord` for a reply that is not complete, that may be another one next time,
        or that cannot be a scenario, and OSError if the file cannot be written.
        """
        if exchange.ending is not ExchangeEnding.FINISHED:
            how = exchange.note or exchange.ending
            raise CannotRecord(f"the reply did not end as it should: {how}")
        if exchange.status in PASSING_STATUSES or exchange.status >= 500:
            raise CannotRecord(f"the status {exchange.status} can be another one next time")
        safe = masked(decoded(exchange), self.masks)
        path = read_target(safe.request.target).path
        name = _name(path, fingerprint(request))
        text = scenario_text(safe, name=name, origin=origin, when=_rule(request, path))
        text = editor_comments(self.folder) + text
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{name}{SUFFIX}"
        if file.exists():
            raise CannotRecord(f"{file} already exists; it does not answer the request any more")
        replace_file(file, text.encode())
        return file


def _name(path: str, digest: str) -> str:
    words = _SEPARATORS.sub("-", path.lower())[:_LONGEST_NAME].strip("-")
    return f"{words or 'root'}-{digest}"


def _rule(request: ReceivedRequest, path: str) -> dict[str, str]:
    """Return the rule of the scenario; a path with a secret in it is not part of the rule."""
    of_path = {"path": path} if path == request.path else {}
    return {"method": request.method, **of_path, "fingerprint": fingerprint(request)}
