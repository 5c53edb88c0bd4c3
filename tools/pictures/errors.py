"""The error of this folder."""


class CannotDraw(Exception):  # noqa: N818  # as the other errors of the project
    """A picture cannot be made on this machine; the text says what is missing."""
