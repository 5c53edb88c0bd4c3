"""Anthropic messages through Amazon Bedrock: each event is the chunk of a binary frame."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from streamproof.contracts.aws_event_stream import CHUNK
from streamproof.mock_ai.dialects.anthropic import Anthropic
from streamproof.mock_ai.dialects.bedrock_shared import OnBedrock, read_error

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.facts import Facts
    from streamproof.mock_ai.dialects.framing import Record


class BedrockAnthropic(OnBedrock, Anthropic):
    """The events and the JSON body of Anthropic; every model has them, whatever its name."""

    name: ClassVar = "bedrock-anthropic"
    path_ends: ClassVar = ()
    path_with_model: ClassVar = re.compile(r"/model/(.+)/invoke(?:-with-response-stream)?$")
    headers: ClassVar = {"X-Amzn-Bedrock-Content-Type": "application/json"}

    def event(self, value: object) -> Record:
        """Return a chunk with any JSON value; its type is only in its data."""
        return super().event(value)._replace(name=CHUNK)

    @classmethod
    def read(cls, value: object) -> Facts:
        """Return what an event, a whole message or an exception says."""
        yield from read_error(value)
        yield from super().read(value)
