"""The errors of the bench of clients."""


class ClientError(Exception):
    """The base class of these errors."""


class Missing(ClientError):  # noqa: N818  # the name says what happened
    """A program, a package or a browser is not installed; the message says which."""
