"""The report as one HTML file: a function from the result of a run to the text of the file.

The file loads nothing: its content security policy allows only the styles in it, by their hash, and
the icon. Every text of a target is escaped by the template engine, and characters that cannot be
seen are written as escapes, so nothing in it can run or change the order of the text.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from streamproof.contracts.text import counted, one_line
from streamproof.harness.reports.html.drawing import LANE_HEIGHT, LANE_NAMES, TOP
from streamproof.harness.reports.html.failures import anchors, shown_groups
from streamproof.harness.reports.html.matrix import SYMBOLS, checks_of, matrix_of
from streamproof.harness.reports.result import CheckState, RunResult
from streamproof.harness.reports.summary import arithmetic, doubts, excuses, verdict

FOLDER = Path(__file__).parent
FEW_CASES = 3  # they are shown as a list of checks, with the rule of each
MOST_MARK_CHARACTERS = 160
SHOWN_FOLDERS = 3  # of the path of a scenario file, with its name
LEAST_SHARE = 0.01  # of the bar
MOST_OPEN = 6  # failed cases that are open at first
_LINE_ENDS = ("\n", "\t")


def to_html(result: RunResult) -> str:
    """Return the report; equal results give equal texts."""
    return _template().render(
        result=result,
        verdict=verdict(result),
        doubts=tuple(doubts(result)),
        groups=tuple(matrix_of(result)),
        failures=tuple(shown_groups(result)),
        excuses=tuple(excuses(result)),
        arithmetic=tuple(arithmetic(result)),
        anchors=anchors(result),
        checks=checks_of(result),
        shares=_shares(result),
        styles=_styles(),
        styles_hash=_hash(_styles()),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_legible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        symbols=SYMBOLS,
        states=CheckState,
        few_cases=FEW_CASES,
        most_open=MOST_OPEN,
        lane_names=LANE_NAMES,
        lane_height=LANE_HEIGHT,
        top=TOP,
    )
    environment.filters.update(counted=counted, cut=_cut, file_name=_file_name, prose=_prose)
    return environment.get_template("report.html.jinja")


def _shares(result: RunResult) -> list[tuple[CheckState, float]]:
    """Return how wide each state is in the bar; the rarest one must still be seen."""
    counts = {state: result.count(state) for state in CheckState}
    least = sum(counts.values()) * LEAST_SHARE
    return [(state, max(number, least)) for state, number in counts.items() if number]


def _file_name(path: str) -> str:
    """Return the end of a path: what is before it differs from machine to machine."""
    return "/".join(Path(path).parts[-SHOWN_FOLDERS:])


def _cut(text: str) -> str:
    return text if len(text) <= MOST_MARK_CHARACTERS else f"{text[:MOST_MARK_CHARACTERS]}…"


def _prose(text: str) -> Markup:
    """Return a text of the project in which backticks mean code."""
    parts = enumerate(str(_legible(text)).split("`"))
    return Markup().join(Markup("<code>{}</code>").format(p) if n % 2 else p for n, p in parts)


def _legible(value: object) -> object:
    """Escape the invisible characters of a text, but not its lines."""
    if isinstance(value, Markup):
        return value
    text = str(value)
    if text.isprintable():
        return text
    return "".join(c if c in _LINE_ENDS else one_line(c) for c in text)


@cache
def _styles() -> Markup:
    theme = files("streamproof.mock_ai") / "inspector" / "theme.css"
    own = FOLDER / "report.css"
    return Markup(theme.read_text("utf-8") + own.read_text("utf-8"))  # noqa: S704  # own files


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
