"""The options that are settings of the relay; an error names the option or the variable."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from streamproof.relay.errors import SettingsError
from streamproof.relay.settings import PREFIX

OPTIONS = {
    "ai_url": "--ai-url",
    "database": "--database",
    "allowed_origins": "--allow-origin",
}
"""The options, by the names of their settings."""


@contextmanager
def settings_errors(args: Namespace) -> Iterator[None]:
    """Raise errors of settings again, with the names that a user can set."""
    try:
        yield
    except SettingsError as error:
        raise SettingsError(tuple(_named(one, args) for one in error.problems)) from error


def _named(problem: str, args: Namespace) -> str:
    """Replace the name of a setting by its option or its variable; add the option to a variable."""
    name, colon, rest = problem.partition(":")
    if colon and name.islower():
        option = OPTIONS.get(name, "")
        given = option and getattr(args, option[2:].replace("-", "_"), None)
        return f"{option if given else PREFIX + name.upper()}:{rest}"
    variable, is_missing, _ = problem.partition(" is not set")
    if not is_missing:
        return problem
    option = OPTIONS.get(variable.removeprefix(PREFIX).lower(), "")
    has_option = option and hasattr(args, option[2:].replace("-", "_"))
    return f"{problem}; set it, or use {option}" if has_option else f"{problem}; set it"
