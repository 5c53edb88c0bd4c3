"""Reports are written where they should be, and never over one another."""

from pathlib import Path

import pytest

from streamproof.harness.errors import UsageError
from streamproof.harness.reports.destinations import (
    Destination,
    check_destinations,
    takes_standard_output,
    write_reports,
)
from streamproof.harness.reports.formats import FORMATS
from streamproof.harness.reports.markdown import to_markdown
from tests.harness.reports.runs import EVERY, case_of, run_of

RUN = run_of(case_of(*EVERY))
GITHUB = Destination("github")


def test_every_format_is_written_at_once(tmp_path, capsys):
    files = {name: tmp_path / "new" / f"report.{name}" for name in FORMATS if name != "github"}
    destinations = [GITHUB, *(Destination(name, path) for name, path in files.items())]
    check_destinations(destinations)
    assert {path.read_bytes() for path in files.values()} == {b""}
    write_reports(destinations, RUN, {})
    assert capsys.readouterr().out == FORMATS["github"](RUN) + "\n"
    for name, path in files.items():
        assert path.read_text("utf-8").rstrip("\n") == FORMATS[name](RUN).rstrip("\n")


def test_an_old_report_is_gone_before_the_run(tmp_path):
    path = tmp_path / "report.xml"
    path.write_text("old")
    check_destinations([Destination("junit", path)])
    assert path.read_text() == ""


def test_a_file_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "report.xml"):
        with pytest.raises(UsageError, match=r"^--report: .* cannot be written: "):
            check_destinations([Destination("junit", path)])


def test_a_file_or_standard_output_takes_one_report(tmp_path):
    path = tmp_path / "report"
    with pytest.raises(UsageError, match="is given twice"):
        check_destinations([Destination("junit", path), Destination("json", path)])
    with pytest.raises(UsageError, match="only one report can be written to standard output"):
        check_destinations([Destination("junit"), Destination("json")])
    check_destinations([Destination("junit"), GITHUB])


def test_commands_do_not_mix_with_a_report_on_standard_output(capsys):
    destinations = [Destination("json"), GITHUB]
    assert takes_standard_output(destinations)
    assert not takes_standard_output([GITHUB])
    write_reports(destinations, RUN, {})
    out, err = capsys.readouterr()
    assert out == FORMATS["json"](RUN) + "\n"
    assert err == FORMATS["github"](RUN) + "\n"


def test_the_summary_of_a_step_gets_the_markdown(tmp_path, capsys):
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    write_reports([GITHUB], RUN, {"GITHUB_STEP_SUMMARY": str(summary)})
    assert summary.read_text("utf-8") == "before\n" + to_markdown(RUN)
    write_reports([Destination("json")], RUN, {"GITHUB_STEP_SUMMARY": str(tmp_path / "no.md")})
    assert not (tmp_path / "no.md").exists()


def test_an_error_in_one_report_does_not_lose_the_others(tmp_path):
    lost, kept = Path(tmp_path / "missing" / "a"), tmp_path / "b"
    with pytest.raises(FileNotFoundError):
        write_reports([Destination("junit", lost), Destination("json", kept)], RUN, {})
    assert kept.read_text("utf-8")
