"""What is unusual about the framing of a reply, so that a failure gets the name of its cause."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from streamproof.mock_ai.actions import Action, Send
from streamproof.mock_ai.planning.gzip import decoded

BOM: Final = b"\xef\xbb\xbf"
_COMMENT = re.compile(rb"(?:^|[\r\n]):")


def _has_comment(writes: list[bytes]) -> bool:
    return _COMMENT.search(b"".join(writes)) is not None


def _has_split_line(writes: list[bytes]) -> bool:
    return any(not write.endswith((b"\n", b"\r")) for write in writes[:-1])


FRAMINGS: Final[Mapping[str, Callable[[list[bytes]], bool]]] = {
    "bom": lambda writes: b"".join(writes).startswith(BOM),
    "line-ends": lambda writes: b"\r" in b"".join(writes),
    "comments": _has_comment,
    "split": _has_split_line,
}
"""What a reply can have besides plain events, by the name of its check. The first one counts."""


def framing_of(actions: Iterable[Action]) -> str:
    """Return the first framing that fits the writes of a reply, or nothing."""
    writes = [action.data for action in decoded(actions) if isinstance(action, Send)]
    return next((name for name, fits in FRAMINGS.items() if fits(writes)), "")
