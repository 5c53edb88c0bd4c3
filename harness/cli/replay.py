"""The command that repeats a case of a report, with every option that it needs.

The value of a secret option is a variable of the shell, because other people read reports.
"""

import argparse
import re
import shlex
from collections.abc import Iterator, Sequence

from streamproof.harness.cli.program import command
from streamproof.harness.http.curl import form_argument, header_argument, json_argument, variable_of
from streamproof.harness.masking import STARS, has_secret, is_secret_name, masked_url

SELECTING = frozenset({"scenario", "session", "long", "case", "cut", "fuzz", "seed", "fuzz_folder"})
"""The options that select cases; the report adds those of a single case."""
PRINTING = frozenset({"help", "json", "no_color", "report", "write_baseline"})
ENVIRONMENT = "env"
"""The option whose values are `NAME=VALUE`."""
JSON = "data"
"""The option whose value is JSON."""
PAIRS = {"header": header_argument, "form": form_argument}
"""The options whose values are a name and a value, with what quotes them."""
LAST = "command"
"""The argument that follows `--`, after every option."""
URLS = frozenset({"url", "page", "target", "history_url", "database"})
"""The options whose value is a URL, which can have a password or a secret parameter."""

_URL = re.compile(r"""(?P<url>\w+://(?:.*@)?[^\s"'`()<>]*)(?P<rest>\S*)""", re.DOTALL)
"""A URL in a script; what has a password can contain quotes and blanks up to its last @."""
_NAMED = re.compile(r"""--(?P<option>[\w-]+)\s+|(?P<name>[\w.-]+)["']?\s*[=:]\s*(?!\*)""")
"""What can name a secret inside a word: `--NAME VALUE`, `NAME=VALUE` or `NAME: VALUE`."""


def replay_command(args: argparse.Namespace, *words: str) -> str:
    """Return the command WORDS with those options of `args.parser` that are not the default."""
    return " ".join([command(*words), *_options(args, SELECTING | PRINTING)])


def given_command(args: argparse.Namespace) -> str:
    """Return the command of this run, without its secrets and without what only prints."""
    _, *words = args.parser.prog.split()
    last = getattr(args, LAST, None)
    return " ".join(
        [command(*words), *_options(args, PRINTING), *([f"-- {shown_words(last)}"] if last else [])]
    )


def shown_words(words: Sequence[str]) -> str:
    """Quote the words of a foreign command for a shell, without its secrets.

    A secret is what follows its name: the next word after `--api-key`, or the rest of the same one.
    """
    shown, option = [], ""
    for word in words:
        is_secret = is_secret_name(option) and not word.startswith("-")
        shown.append(f'"{variable_of(option)}"' if is_secret else _shown_word(word))
        option = word.lstrip("-") if word.startswith("-") else ""
    return " ".join(shown)


def _shown_word(word: str) -> str:
    """Quote a word, which can be a header, an assignment, a URL or a whole script."""
    if any(masked_url(found["url"]) == STARS for found in _URL.finditer(word)):
        return shlex.quote(STARS)
    text = _URL.sub(_masked_url, word)
    for found in _NAMED.finditer(text):
        name = found["option"] or found["name"]
        if is_secret_name(name) and found.end() < len(text):
            kept = re.sub(r'(["\\$`])', r"\\\1", text[: found.end()])
            return f'"{kept}{variable_of(name)}"'
    return shlex.quote(text)


def _masked_url(found: re.Match[str]) -> str:
    """Mask a URL; a secret at its end can go on where the URL seems to end."""
    masked = masked_url(found["url"])
    return masked if masked.endswith(STARS) else masked + found["rest"]


def _options(args: argparse.Namespace, left_out: frozenset[str]) -> Iterator[str]:
    for action in args.parser._actions:  # noqa: SLF001  # argparse has no public list of them
        hidden = action.help == argparse.SUPPRESS  # a former name
        if hidden or action.dest in left_out | {LAST}:
            continue
        given = getattr(args, action.dest)
        if given == action.default:
            continue
        values = given if isinstance(given, list) else [given]
        for each in [values] if action.nargs == "+" else [[value] for value in values]:
            quoted = (_quoted(action.dest, value) for value in each if value is not True)
            yield " ".join([*action.option_strings[-1:], *quoted])


def _quoted(name: str, value: object) -> str:
    """Quote the value of an option, or name a variable that has it."""
    if isinstance(value, tuple):
        return PAIRS[name](*value)
    if name == ENVIRONMENT:
        return _shown_word(str(value))
    if name == JSON:
        return json_argument(str(value))
    text = f"{value:g}" if isinstance(value, float) else str(value)
    is_secret = is_secret_name(name) or (name in URLS and has_secret(text))
    return f'"{variable_of(name)}"' if is_secret else shlex.quote(text)
