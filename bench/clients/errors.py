"""The errors of the table of clients."""


class ClientError(Exception):
    """No client can be asked."""


class Missing(ClientError):  # noqa: N818  # it says what is missing
    """A program, a package or a browser is not there; the message says which."""
