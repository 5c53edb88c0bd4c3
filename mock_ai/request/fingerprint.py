"""The fingerprint of a request: requests that ask the same have the same one.

It leaves out what differs from one client, user or conversation to the next, so that a reply which
was recorded for one of them answers all.
"""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import strict_json
from streamproof.mock_ai.request.target import RUN_TAG, read_target

if TYPE_CHECKING:
    from streamproof.mock_ai.request.received import ReceivedRequest

IGNORED_FIELDS: Final = frozenset(
    {
        "chatRoomId",
        "conversationId",
        "conversation_id",
        "messageId",
        "message_id",
        "metadata",
        "prompt_cache_key",
        "runId",
        "run_id",
        "safety_identifier",
        "sessionId",
        "session_id",
        "threadId",
        "thread_id",
        "user",
        "userId",
        "user_id",
    }
)
"""Fields at the top of a body, and parameters of a query."""

IGNORED_IN_MESSAGES: Final = frozenset({"createdAt", "created_at", "id", "timestamp"})
"""Fields of a message, which has a `role`, and of what has `messages`."""

IGNORED_KEYS: Final = frozenset({"access_token", "api-key", "api_key", "apikey", "key", "token"})
"""Parameters of a query with the key of a client."""

_DIGEST_BYTES: Final = 8


def fingerprint(request: ReceivedRequest) -> str:
    """Return 16 hexadecimal digits for the method, the path, the query and the body."""
    return _digest(request.method, request.target, request.body)


@lru_cache(maxsize=64)
def _digest(method: str, target: str, body: bytes) -> str:
    """Return the digest; it is cached, because every rule with a fingerprint asks for it."""
    query = parse_qsl(target.partition("?")[2], keep_blank_values=True)
    ignored = IGNORED_FIELDS | IGNORED_KEYS
    asked = [
        method,
        read_target(target).path,
        sorted(one for one in query if one[0] not in ignored),
        _comparable(body),
    ]
    text = json.dumps(asked, sort_keys=True)
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def _comparable(body: bytes) -> object:
    """Return what counts of a body."""
    text = RUN_TAG.sub("", body.decode("utf-8", "backslashreplace"))
    try:
        value = strict_json(text)
    except NotJson:
        return _without_boundary(text)
    if isinstance(value, dict):
        value = {key: one for key, one in value.items() if key not in IGNORED_FIELDS}
    return _without_ids(value)


def _without_ids(value: object) -> object:
    if isinstance(value, list):
        return [_without_ids(one) for one in value]
    if not isinstance(value, dict):
        return value
    ignored = IGNORED_IN_MESSAGES if value.keys() & {"role", "messages"} else frozenset()
    return {key: _without_ids(one) for key, one in value.items() if key not in ignored}


def _without_boundary(text: str) -> str:
    """Return the parts of a form without their boundary, which each client makes up anew."""
    boundary = text.partition("\r\n")[0]
    return text.replace(boundary, "--") if boundary.startswith("--") else text
