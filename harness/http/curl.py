"""A request as a `curl` command, without its secrets, because other people read reports.

The value of a secret header, field or key is a variable of the shell.
"""

import json
import re
import shlex
from collections.abc import Iterator

from streamproof.harness.http.client import HttpCall
from streamproof.harness.masking import has_secret, is_secret_name

JSON_HEADER = "Content-Type: application/json"
_STRING = r'"((?:[^"\\]|\\.)*)'
_JSON_TEXT = re.compile(rf'{_STRING}"(?:\s*:\s*{_STRING}")?', re.DOTALL)
"""A string of JSON; with its value if it is the key of another string."""
_NOT_IN_A_VARIABLE = re.compile(r"^(?=\d)|\W", re.ASCII)


def curl_command(call: HttpCall) -> str:
    """Return the command that sends a request and prints the stream as it arrives."""
    url = '"$URL"' if has_secret(call.url) else shlex.quote(call.url)
    return " ".join(["curl -N", *_options(call), url])


def header_argument(name: str, value: str) -> str:
    """Quote a header for a shell; the value of a secret one is a variable of the shell."""
    return _pair(name, ": ", value)


def form_argument(name: str, value: str) -> str:
    """Quote a field of a form in the same way."""
    return _pair(name, "=", value)


def json_argument(text: str) -> str:
    """Quote JSON for a shell, with a variable for the text of a secret key, not for a number."""
    words, end = [], 0
    for found in _JSON_TEXT.finditer(text):
        name, value = found.groups()
        if value and is_secret_name(name):
            words += [shlex.quote(text[end : found.start(2)]), f'"{variable_of(name)}"']
            end = found.end(2)
    return "".join([*words, shlex.quote(text[end:])])


def variable_of(name: str) -> str:
    """Return the variable of the shell that has a secret of this name."""
    return "$" + _NOT_IN_A_VARIABLE.sub("_", name.strip("-")).upper()


def _pair(name: str, sign: str, value: str) -> str:
    secret = f'"{name}{sign}{variable_of(name)}"'
    return secret if is_secret_name(name) else shlex.quote(f"{name}{sign}{value}")


def _options(call: HttpCall) -> Iterator[str]:
    has_body = call.json is not None or call.form or call.data is not None
    if call.method != ("POST" if has_body else "GET"):
        yield f"-X {shlex.quote(call.method)}"
    for name, value in call.headers.items():
        yield f"-H {header_argument(name, value)}"
    if call.json is not None:
        if "content-type" not in {name.lower() for name in call.headers}:
            yield f"-H {shlex.quote(JSON_HEADER)}"
        yield f"--data-raw {json_argument(json.dumps(call.json))}"
    elif call.data is not None:
        yield f"--data-raw {json_argument(call.data.decode('utf-8', 'replace'))}"
    option = "--form-string" if call.multipart else "--data-urlencode"
    for name, value in call.form:
        yield f"{option} {form_argument(name, value)}"
