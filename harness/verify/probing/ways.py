"""The usual ways in which pages ask their backends; `init` tries them one after the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from streamproof.harness.verify.dialects import REQUESTS
from streamproof.harness.verify.targets.target import STREAM_PATH


@dataclass(frozen=True, slots=True)
class Way:
    """A way to ask: its name, its usual path, and the body of `[ask]`."""

    name: str
    path: str
    body: Mapping[str, Any]
    profile: str = ""
    """The profile whose clients ask in this way, if there is one."""


def _of_clients(name: str, profile: str, path: str) -> Way:
    body = REQUESTS[profile].body_in("{room}", "{message}")
    return Way(name, path, {"json": body}, profile)


WAYS: Final = (
    Way("a form with the field message", STREAM_PATH, {"form": {"message": "{message}"}}),
    _of_clients("the request of useChat", "vercel-ui", "/api/chat"),
    Way("JSON with the key message", "/api/chat", {"json": {"message": "{message}"}}),
    _of_clients("the request of OpenAI's clients", "openai-chat", "/v1/chat/completions"),
    _of_clients("the request of AG-UI's clients", "ag-ui", "/"),
)
