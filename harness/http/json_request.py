"""Requests whose response is one JSON document; every failure is worded here."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from streamproof.contracts.text import short
from streamproof.harness.errors import UnexpectedResponseError, UnreachableError
from streamproof.harness.http.connecting import connection_problem
from streamproof.harness.http.failing import failure_text
from streamproof.harness.masking import masked_url

TIMEOUT_SECONDS = 30.0


async def request_json(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    headers: Mapping[str, str],
    params: Mapping[str, str] | None = None,
    body: object = None,
) -> Any:  # noqa: ANN401  # any JSON value
    """Return the JSON of the response; raises `UnreachableError`.

    If the service answers, but not with status 2xx and JSON, the error is an
    `UnexpectedResponseError`.
    """
    request = f"{method} {masked_url(url)}"
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    try:
        async with session.request(
            method, url, headers=headers, params=params, json=body, timeout=timeout
        ) as response:
            status, data = response.status, await response.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        if problem := connection_problem(error, url):
            raise UnreachableError(problem) from error
        raise UnexpectedResponseError(f"{request}: {failure_text(error, url)}") from error
    text = data.decode("utf-8", "replace")
    if not 200 <= status < 300:
        raise UnexpectedResponseError(f"{request}: status {status}: {short(text)}")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnexpectedResponseError(f"{request}: wanted JSON, got {short(text)}") from error
