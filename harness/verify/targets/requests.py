"""Requests from templates: the message, the room and random IDs in the texts of a request."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from streamproof.harness.http.client import HttpCall
from streamproof.harness.verify.settings.model import RequestTemplate


def filled(
    template: RequestTemplate,
    url: str,
    headers: Mapping[str, str],
    *,
    room: str = "",
    message: str = "",
) -> HttpCall:
    """Return the request to a backend at `url`."""
    values = {"room": room, "message": message, "uuid": str(uuid4())}

    def put(text: str) -> str:
        return _replaced(text, values, str)

    path = _replaced(template.path, values, lambda value: quote(value, safe=""))
    fields = template.form or template.multipart or {}
    return HttpCall(
        template.method,
        url.rstrip("/") + path,
        {**headers, **template.headers},
        json=_in_json(template.json, put),
        form=tuple((name, put(value)) for name, value in fields.items()),
        multipart=bool(template.multipart),
    )


def _in_json(value: object, put: Callable[[str], str]) -> Any:  # noqa: ANN401  # any JSON value
    """Return a JSON value with the placeholders in its texts replaced; keys stay."""
    if isinstance(value, str):
        return put(value)
    if isinstance(value, list):
        return [_in_json(item, put) for item in value]
    if isinstance(value, dict):
        return {key: _in_json(item, put) for key, item in value.items()}
    return value


def _replaced(text: str, values: Mapping[str, str], encode: Callable[[str], str]) -> str:
    """Replace the placeholders of a template, but not those in the values."""
    parts: list[str] = []
    while text:
        found = [(text.find(f"{{{name}}}"), name) for name in values if f"{{{name}}}" in text]
        if not found:
            break
        at, name = min(found)
        parts += [text[:at], encode(values[name])]
        text = text[at + len(name) + 2 :]
    return "".join(parts) + text
