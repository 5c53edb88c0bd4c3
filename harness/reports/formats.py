"""The formats of `--report`: each is a function from the result of a run to a text."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from streamproof.harness.reports.github import to_github
from streamproof.harness.reports.html.page import to_html
from streamproof.harness.reports.json_report import to_json
from streamproof.harness.reports.junit import to_junit
from streamproof.harness.reports.markdown import to_markdown
from streamproof.harness.reports.result import RunResult

Format: TypeAlias = Callable[[RunResult], str]

FORMATS: Mapping[str, Format] = {
    "junit": to_junit,
    "json": to_json,
    "markdown": to_markdown,
    "html": to_html,
    "github": to_github,
}
"""The formats by their names."""
TO_STANDARD_OUTPUT = frozenset({"github"})
"""The formats that are printed, and so take no file."""
