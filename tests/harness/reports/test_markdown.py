"""The Markdown report: the verdict first, then a table by cause, and no text becomes markup."""

from html.parser import HTMLParser

from markdown_it import MarkdownIt

from streamproof.harness.reports.markdown import MOST_ROWS, to_markdown
from streamproof.harness.reports.result import CheckOutcome, Finding, RunResult
from tests.harness.reports.runs import EVERY, HELD, KNOWN, UNDECLARED, case_of, run_of


class _Cells(HTMLParser):
    """The texts of the cells of a page, and the tags outside them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def rendered(result: RunResult) -> _Cells:
    """Return the report as GitHub shows it."""
    page = _Cells()
    page.feed(MarkdownIt("gfm-like", {"linkify": False}).render(to_markdown(result)))
    page.rows = [[cell.strip() for cell in row] for row in page.rows]
    return page


def test_the_verdict_is_first_and_each_cause_is_a_row():
    result = run_of(case_of(*EVERY), case_of(*EVERY, name="second"))
    text = to_markdown(result)
    assert text.startswith("## 2 of 2 cases broken, apart from 2 flaky.\n\n**Warning:** 2 of 12 ")
    rows = rendered(result).rows
    assert rows[1] == [
        "broken",
        "a.broken",
        "2: group/name, group/second",
        "it should holdit differsexpected oneactual two",
        "streamproof again",
    ]
    assert rows[2][:2] == ["warning", "a.doubtful"]
    assert "2 because the capability resume is not declared: a.resumes" in text.replace("\\", "")


def test_known_failures_have_their_reason_and_issue():
    rows = rendered(run_of(case_of(KNOWN))).rows
    issue = "https://tracker.example/issues/12"
    assert rows[1] == ["known", "group/name:a.broken", "The relay forgets it.", issue]


def test_a_run_that_holds_is_two_lines():
    assert to_markdown(run_of(case_of(HELD))).count("\n\n") == 1


def test_a_text_of_the_target_stays_text():
    hostile = "a|b `c` <script>x</script> [l](http://x) **b** _i_ # ~~s~~\n| --- |\n![i](x) @all"
    outcome = CheckOutcome(hostile, hostile, (Finding(hostile, hostile, hostile),))
    page = rendered(run_of(case_of(outcome, UNDECLARED, name=hostile)))
    assert set(page.tags) <= {
        "h2",
        "p",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "br",
        "code",
        "strong",
        "ul",
        "li",
    }
    assert page.tags.count("strong") == 1
    header, row = page.rows
    assert len(header) == len(row) == 5
    assert row[1] == hostile.replace("\n", "\\n")


def test_a_long_report_is_cut():
    outcomes = [CheckOutcome(f"a.{'x' * n}", "rule", (Finding("y" * 9999),)) for n in range(200)]
    text = to_markdown(run_of(case_of(*outcomes)))
    assert len(text) < 100_000
    assert f"{200 - MOST_ROWS} more causes are in the other reports." in text
