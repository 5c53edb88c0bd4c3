"""The errors of the table of clients."""


class ClientError(Exception):
    """No client can be asked."""


class Missing(ClientError):
    """A program, a package or a browser is not there; the message says which."""
