"""The template of the report: every text in it is escaped, and what cannot be seen is shown.

A target can put any text into a report. Its markup is escaped by the template engine, and its
invisible characters are written as escapes, because they could change the order of the text.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from streamproof.contracts.text import counted, one_line
from streamproof.harness.reports.html.drawing import LANE_HEIGHT, LANE_NAMES, TOP
from streamproof.harness.reports.html.failures import BRIEF_CHARACTERS
from streamproof.harness.reports.html.matrix import SYMBOLS
from streamproof.harness.reports.result import CheckState

FOLDER = Path(__file__).parent
SHOWN_FOLDERS = 3  # of the path of a scenario file, with its name
FEW_CASES = 3  # they are shown as a list of checks, with the rule of each
MOST_OPEN = 6  # failed cases that are open at first
FIRST_CASES = 12  # of a group of failures; the others are folded
LINE_ENDS = ("\n", "\t")


def rendered(**values: object) -> str:
    """Return the text of the file with these values."""
    return _environment().get_template("report.html.jinja").render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=legible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    styles = _styles()
    environment.globals.update(
        styles=styles,
        styles_hash=f"sha256-{b64encode(sha256(styles.encode()).digest()).decode()}",
        symbols=SYMBOLS,
        states=CheckState,
        few_cases=FEW_CASES,
        most_open=MOST_OPEN,
        first_cases=FIRST_CASES,
        lane_names=LANE_NAMES,
        lane_height=LANE_HEIGHT,
        top=TOP,
    )
    environment.filters.update(counted=counted, cut=_cut, file_name=_file_name)
    return environment


def legible(value: object) -> object:
    """Escape the invisible characters of a text, but not its lines; leave markup as it is."""
    if hasattr(value, "__html__"):
        return value
    text = str(value)
    if text.isprintable():
        return text
    return "".join(c if c in LINE_ENDS else one_line(c) for c in text)


def _styles() -> str:
    theme = files("streamproof.mock_ai") / "inspector" / "theme.css"
    return theme.read_text("utf-8") + (FOLDER / "report.css").read_text("utf-8")


def _file_name(path: str) -> str:
    """Return the end of a path: what is before it differs from machine to machine."""
    return "/".join(Path(path).parts[-SHOWN_FOLDERS:])


def _cut(text: str) -> str:
    return text if len(text) <= BRIEF_CHARACTERS else f"{text[:BRIEF_CHARACTERS]}…"
