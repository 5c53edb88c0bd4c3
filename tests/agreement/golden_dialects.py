"""The golden files of the dialects: what each of them makes of one neutral scenario.

`python -m tests.agreement.golden_dialects` writes them again; read the difference line by line.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from streamproof.contracts.aws_event_stream import frames_in
from streamproof.mock_ai.actions import start_of
from streamproof.mock_ai.dialects import CATALOGUE
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.dialect_of_reply import sample_request
from streamproof.mock_ai.planning.plan import plan, planned_chunks

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.dialect import DialectRequest

FOLDER: Final = Path(__file__).parent / "dialects"
NEUTRAL: Final = load_scenario((FOLDER / "neutral.yaml").read_text("utf-8"))


def golden_file(dialect: str) -> Path:
    """Return the golden file of a dialect."""
    return FOLDER / f"{dialect}.txt"


def shown_replies(dialect: str) -> str:
    """Return every reply of the neutral scenario in a dialect: its head, then its chunks."""
    return "\n".join(_replies(dialect)) + "\n"


def _replies(dialect: str) -> Iterator[str]:
    for streamed in (True, False) if CATALOGUE[dialect].has_body else (True,):
        fields = {"stream": streamed, "stream_options": {"include_usage": True}}
        request = sample_request(dialect, fields)
        for number in range(1, len(NEUTRAL.replies) + 1):
            yield f"=== reply {number}, {'streamed' if streamed else 'one JSON body'}"
            yield from _reply(number, request)


def _reply(number: int, request: DialectRequest) -> Iterator[str]:
    actions = plan(NEUTRAL.replies[number - 1], request=request)
    start = start_of(actions)
    yield f"{start.status} {start.reason}; {dict(start.headers)['Content-Type']}"
    for chunk in planned_chunks(actions):
        yield repr(chunk) if frames_in(chunk) else chunk.decode().rstrip("\n")


if __name__ == "__main__":
    for name in CATALOGUE:
        golden_file(name).write_text(shown_replies(name), "utf-8")
