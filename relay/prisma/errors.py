"""The errors about Prisma schemas."""

from __future__ import annotations

from streamproof.relay.errors import RelayError


class NotPrisma(RelayError):  # noqa: N818 - the name says what happened
    """A file is not in the Prisma schema language; the message has the place and the line."""
