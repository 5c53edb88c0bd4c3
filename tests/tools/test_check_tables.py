"""The tables of checks in the documentation have every check with its severity."""

from streamproof.harness.cli.explanations import CHECKS
from tools.docs import PAGES
from tools.docs.checks import check_tables, generate


def test_every_table_is_in_a_page():
    text = "".join(page.text() for page in PAGES)
    assert [name for name in check_tables() if f"<!-- generated: {name} -->" not in text] == []


def test_stale_table_is_replaced_and_other_blocks_stay():
    stale = (
        "before\n<!-- generated: checks of doctor -->\nold\n<!-- end of generated -->\n"
        "<!-- generated: something else -->\nother\n<!-- end of generated -->\nafter\n"
    )
    page = generate(stale)
    assert "old" not in page
    assert "| `doctor.answer` | The response has status 200. | error | another status |" in page
    assert page.startswith("before\n<!-- generated: checks of doctor -->\n\n| check |")
    assert page.endswith(
        "<!-- generated: something else -->\nother\n<!-- end of generated -->\nafter\n"
    )


def test_no_check_is_in_two_families():
    ids = [check.id for checks in CHECKS.values() for check in checks]
    assert len(ids) == len(set(ids))
