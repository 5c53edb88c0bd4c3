"""What an endpoint is: a path that clients of a provider use besides asking, and its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.json_text import write_json
from streamproof.mock_ai.dialects.output import ProviderError
from streamproof.mock_ai.dialects.provider_errors import PROVIDER_ERRORS
from streamproof.mock_ai.dialects.provider_headers import provider_headers
from streamproof.mock_ai.errors import InvalidRequest
from streamproof.mock_ai.request.providers import without_slash

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streamproof.mock_ai.request.received import ReceivedRequest
    from streamproof.mock_ai.scenario.model import Reply


_HEADERS: Final = {
    "Content-Type": "application/json",
    "Cache-Control": None,
    "X-Accel-Buffering": None,
}


@dataclass(frozen=True, slots=True)
class EndpointCall:
    """What an answer depends on: the fields of the body, the question in it, and the path."""

    fields: Mapping[str, Any]
    question: str = ""
    name: str = ""
    """The name of a model in the path."""

    @property
    def model(self) -> str:
        """The model that the body names, or else the path."""
        model = self.fields.get("model")
        return model if isinstance(model, str) else self.name


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint of a provider; `answer` raises `InvalidRequest` for a wrong body."""

    name: str
    title: str
    """What it answers, for the journal."""
    method: str
    path: str
    """A regular expression for the end of the path, whose group `name` is a model."""
    answer: Callable[[EndpointCall], object]
    provider: str
    """Whose words its errors have."""
    fits: Callable[[ReceivedRequest], bool] = lambda _: True
    """Tells whether a request at the path is for this provider, and not for another one."""

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that it answers."""
        return ("GET", "HEAD") if self.method == "GET" else (self.method,)

    def call(self, request: ReceivedRequest) -> EndpointCall | None:
        """Return what a request asks of this endpoint, or None."""
        found = self.match(request.path)
        if found is None or not self.fits(request):
            return None
        asked = request.question
        return EndpointCall(asked.fields, asked.question, found.groupdict().get("name", ""))

    def match(self, path: str) -> re.Match[str] | None:
        """Match the end of a path, which can have a slash after it."""
        return re.fullmatch(rf"(?:/.*)?{self.path}", without_slash(path))

    def reply(self, call: EndpointCall) -> Reply:
        """Return the reply: the answer, or an error in the words of the provider."""
        # Imported here: a start must not wait for what plans.
        from streamproof.mock_ai.scenario.model import Reply
        from streamproof.mock_ai.scenario.step_types import RawStep

        status = 200
        try:
            value = self.answer(call)
        except InvalidRequest as error:
            status = error.status
            value = PROVIDER_ERRORS[self.provider](ProviderError(status, str(error)))
        data = write_json(value, compact=True).encode()
        headers = {**_HEADERS, **provider_headers(self.provider, status)}
        return Reply((RawStep(data),), status=status, headers=headers, content_length="right")
