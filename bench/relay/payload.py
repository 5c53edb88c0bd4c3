"""The bytes that the AI service of the bench sends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.mock.workloads import Workload

END = b'event: end\ndata: {"type":"end"}\n\n'
_TIME = "0" * 19


def body(workload: Workload) -> bytes:
    """Return all events of a reply; each content has the place of its time, and its number."""
    return b"".join(_content(number) for number in range(workload.events)) + END


def _content(number: int) -> bytes:
    content = {"type": "content", "content": f"@{_TIME}#{number:08d} of"}
    return f"event: message\ndata: {json.dumps(content)}\n\n".encode()
