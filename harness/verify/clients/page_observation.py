"""What was observed of one scenario on a page; the checks of pages look only at this."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from streamproof.harness.verify.clients.requests import ClientRequest
from streamproof.mock_ai.scenario.model import Scenario

_MARKUP = re.compile(r"[*_#`|<>\[\]\\&~\n]")


@dataclass(frozen=True, slots=True)
class PageState:
    """What a page shows: the texts of the answer, an error or nothing, and whether it loads."""

    texts: tuple[str, ...]
    """That of each place for the answer; a page may have one more for screen readers."""
    error: str
    is_busy: bool

    @property
    def text(self) -> str:
        """All texts of the answer."""
        return "\n".join(self.texts)


UNREAD: Final = PageState((), "", is_busy=True)
"""What stands for the state of a page that cannot be read."""


@dataclass(frozen=True, slots=True)
class PageObservation:
    """The requests that the question led to, and what the page shows at the end."""

    scenario: Scenario
    requests: tuple[ClientRequest, ...]
    state: PageState
    limit_seconds: float

    @property
    def is_complete(self) -> bool:
        """Whether the last reply is a complete answer."""
        return bool(self.requests) and self.requests[-1].is_complete

    @property
    def failed(self) -> bool:
        """Whether the question was asked, and the last reply is not an answer."""
        return bool(self.requests) and not self.requests[-1].is_complete

    @property
    def text(self) -> str:
        """The text of the last reply."""
        return self.requests[-1].reply.text if self.requests else ""

    @property
    def is_prose(self) -> bool:
        """Whether there is text, without anything that a page may show as something else."""
        return self.is_complete and bool(self.text.strip()) and not _MARKUP.search(self.text)

    @property
    def shows_text(self) -> bool:
        """Whether a place for the answer has the text once, apart from white space."""
        pieces = self.requests[-1].pieces if self.requests else ()
        return any(shows_once(shown, self.text, pieces) for shown in self.state.texts)


def shows_once(shown: str, text: str, pieces: Sequence[str]) -> bool:
    """Tell whether a place has a text, and neither its first piece nor its end or itself again.

    Other text around it is the page's own: the question, a time, the name of a button.
    """
    where, wanted = _spaced(shown), _spaced(text)
    again = {_spaced(one) for one in (text + text, f"{text} {text}")}
    if pieces:
        again |= {_spaced(pieces[0] + text), _spaced(text + pieces[-1])}
    return wanted in where and not any(one in where for one in again - {wanted})


def _spaced(text: str) -> str:
    return " ".join(text.split())
