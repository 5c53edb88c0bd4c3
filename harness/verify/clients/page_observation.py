"""What was observed of one scenario on a page; the checks of pages look only at this."""

import re
from dataclasses import dataclass

from streamproof.harness.verify.clients.requests import ClientRequest
from streamproof.mock_ai.scenario.model import Scenario

_MARKUP = re.compile(r"[*_#`|<>\[\]\\&~\n]")


@dataclass(frozen=True, slots=True)
class PageState:
    """What a page shows: the text of the answer, an error or nothing, and whether it loads."""

    text: str
    error: str
    is_busy: bool


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
        """Whether the text has nothing that a page may show as something else, such as Markdown."""
        return self.is_complete and not _MARKUP.search(self.text)

    @property
    def shows_text(self) -> bool:
        """Whether the page shows the text, apart from white space."""
        return " ".join(self.text.split()) in " ".join(self.state.text.split())
