"""Mask a finished exchange and write it into its file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamproof.mock_ai.library.editor_schema import editor_comments
from streamproof.mock_ai.recording.decoding import decoded
from streamproof.mock_ai.recording.masking import masked
from streamproof.mock_ai.recording.scenario_text import scenario_text
from streamproof.mock_ai.recording.secret_names import Masks

if TYPE_CHECKING:
    from pathlib import Path

    from streamproof.mock_ai.recording.exchange import RecordedExchange
    from streamproof.mock_ai.recording.files import RecordingFiles


@dataclass(frozen=True, slots=True)
class RecordingStore:
    """Writes the exchanges of one recording into files."""

    files: RecordingFiles
    masks: Masks

    def keep(self, exchange: RecordedExchange, number: int, origin: str) -> Path:
        """Write an exchange as a scenario file, and return the path of the file.

        Raises `CannotRecord` if it cannot be a scenario, and OSError if the file cannot be written.
        """
        safe = masked(decoded(exchange), self.masks)
        comments = editor_comments(self.files.folder)
        return self.files.write(
            number, lambda name: comments + scenario_text(safe, name=name, origin=origin)
        )
