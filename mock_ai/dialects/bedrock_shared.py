"""What the dialects of Amazon Bedrock share: their streams, and the errors in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from streamproof.contracts.json_text import write_json
from streamproof.mock_ai.dialects.dialect import ClientCall, Dialect
from streamproof.mock_ai.dialects.facts import STATUSES
from streamproof.mock_ai.dialects.framing import AwsEventStream, Record
from streamproof.mock_ai.dialects.output import ProviderError
from streamproof.mock_ai.dialects.provider_errors import amazon_exception

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.dialect import Records
    from streamproof.mock_ai.dialects.facts import Facts
    from streamproof.mock_ai.dialects.framing import RecordFraming

# What a stream has in place of an error that can only come before it.
_IN_STREAM: Final[Mapping[str, str]] = {
    "AccessDeniedException": "ValidationException",
    "ResourceNotFoundException": "ValidationException",
    "ModelTimeoutException": "ModelStreamErrorException",
    "ModelErrorException": "ModelStreamErrorException",
}


class OnBedrock(Dialect):
    """The end of the path says whether the reply is a stream; an error in it is an exception."""

    provider: ClassVar = "amazon"

    @classmethod
    def asks_for_stream(cls, call: ClientCall) -> bool:
        """Tell whether the operation in the path streams."""
        return call.path.endswith("-stream")

    def framing(self) -> RecordFraming:
        """Return binary frames."""
        return AwsEventStream()

    def error(self, error: ProviderError) -> Records:
        """Return an exception."""
        body = write_json(self.error_body(error), compact=True)
        return [Record(body, _exception_of(error.status), is_exception=True)]


def read_error(value: object) -> Facts:
    """Yield the error of an exception or of a JSON body, which does not have its status."""
    match value:
        case {"message": str(message)}:
            yield ProviderError(STATUSES[0], message)
        case {**named} if len(named) == 1:
            [(name, body)] = named.items()
            status = next((one for one in STATUSES if _exception_of(one) == name), None)
            match body:
                case {"message": str(message)} if status is not None:
                    yield ProviderError(status, message)


def _exception_of(status: int) -> str:
    """Return the name of the exception that reports an error in a stream."""
    name = amazon_exception(status)
    name = _IN_STREAM.get(name, name)
    return name[0].lower() + name[1:]
