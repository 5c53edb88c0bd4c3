"""The report as one HTML file: a function from the result of a run to the text of the file.

The file loads nothing and runs nothing: its content security policy allows only the styles in it,
by their hash, and the icon.
"""

from streamproof.harness.reports.html.failures import anchors, shown_groups
from streamproof.harness.reports.html.matrix import matrix_of
from streamproof.harness.reports.result import CheckState, RunResult
from streamproof.harness.reports.summary import arithmetic, doubts, excuses, verdict

LEAST_SHARE = 0.01  # of the bar


def to_html(result: RunResult) -> str:
    """Return the report; equal results give equal texts."""
    # Imported here: the engine takes as long as all the rest, and most runs do not need it.
    from streamproof.harness.reports.html.template import rendered

    return rendered(
        result=result,
        verdict=verdict(result),
        shares=_shares(result),
        doubts=tuple(doubts(result)),
        groups=tuple(matrix_of(result)),
        anchors=anchors(result),
        failures=tuple(shown_groups(result)),
        excuses=tuple(excuses(result)),
        arithmetic=tuple(arithmetic(result)),
    )


def _shares(result: RunResult) -> list[tuple[CheckState, float]]:
    """Return how wide each state is in the bar; the rarest one must still be seen."""
    counts = {state: result.count(state) for state in CheckState}
    least = sum(counts.values()) * LEAST_SHARE
    return [(state, max(number, least)) for state, number in counts.items() if number]
