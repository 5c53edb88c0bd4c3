"""The report as JUnit XML, which GitLab, Jenkins and most other CI systems read.

Each group is a `testsuite`, and each check of each case is a `testcase`. A known
failure counts as skipped; a warning and a flaky check count as passed. An early end and a check
that could not be judged are errors.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from streamproof.harness.reports.result import (
    COMPLETE,
    CheckOutcome,
    CheckState,
    RunResult,
    VerifiedCase,
)
from streamproof.harness.reports.text_report import failure_lines
from streamproof.harness.reports.timeline import timeline_lines

NAME = "streamproof"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""The characters that XML 1.0 cannot contain, not even as a reference."""


def to_junit(result: RunResult) -> str:
    """Return the report as an XML document."""
    root = Element("testsuites", name=f"{result.subject} {result.target}")
    groups: dict[str, list[VerifiedCase]] = defaultdict(list)
    for case in result.cases:
        groups[case.group or result.subject].append(case)
    for name, cases in groups.items():
        suite = SubElement(root, "testsuite", name=name)
        for case in cases:
            _add_case(suite, case, result)
        _count(suite, [suite])
    _count(root, root.findall("testsuite"))
    del root.attrib["skipped"]  # only a suite may have it
    _clean(root)
    indent(root)
    text: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _add_case(suite: Element, case: VerifiedCase, result: RunResult) -> None:
    """Add every check of a case; the first one has the time that the case took."""
    took_ms = max((mark.at_ms for mark in case.timeline), default=0.0)
    classname = f"{NAME}.{result.subject}.{case.path.replace('/', '.')}"
    if not case.outcomes:
        test = SubElement(suite, "testcase", classname=classname, name=case.name, time="0.000")
        _add_skipped(test, f"skipped because {case.skipped or 'it has nothing to check'}")
    for number, outcome in enumerate(case.outcomes):
        seconds = f"{0 if number else took_ms / 1000:.3f}"
        test = SubElement(suite, "testcase", classname=classname, name=outcome.check, time=seconds)
        properties = SubElement(test, "properties")
        for name, value in _properties(case, outcome):
            SubElement(properties, "property", name=name, value=value)
        _add_state(test, case, outcome)


def _properties(case: VerifiedCase, outcome: CheckOutcome) -> Iterator[tuple[str, str]]:
    yield "severity", str(outcome.severity)
    if case.file is not None:
        yield "source", case.file
    yield from case.facts.items()


def _add_state(test: Element, case: VerifiedCase, outcome: CheckOutcome) -> None:
    """Add the result of a check; one that holds needs nothing."""
    if outcome.state in (CheckState.BROKEN, CheckState.UNJUDGED):
        _add_failure(test, case, outcome)
        return
    if outcome.skipped_because is not None:
        _add_skipped(test, f"skipped {outcome.skipped_because}")
    elif outcome.state is CheckState.KNOWN and outcome.listed is not None:
        entry = outcome.listed
        _add_skipped(test, f"known failure: {entry.reason} {entry.issue or ''}".rstrip())
    if outcome.findings:
        _add_output(test, case, outcome)


def _add_skipped(test: Element, reason: str) -> None:
    SubElement(test, "skipped", message=reason)


def _add_failure(test: Element, case: VerifiedCase, outcome: CheckOutcome) -> None:
    is_error = outcome.state is CheckState.UNJUDGED or outcome.check == COMPLETE
    tag = "error" if is_error else "failure"
    message = outcome.findings[0].message
    failure = SubElement(test, tag, type=outcome.check, message=message)
    failure.text = "\n".join(_details(case, outcome))


def _add_output(test: Element, case: VerifiedCase, outcome: CheckOutcome) -> None:
    """Add the findings of a check that does not fail the run."""
    words = f"{outcome.state}, tried {outcome.tries} times" if outcome.tries > 1 else outcome.state
    lines = [f"{words}:", *_details(case, outcome)]
    SubElement(test, "system-out").text = "\n".join(lines)


def _details(case: VerifiedCase, outcome: CheckOutcome) -> Iterator[str]:
    """Yield a failure as the text report has it."""
    yield case.title
    yield from failure_lines(outcome)
    yield from timeline_lines(case.timeline)
    if case.replay:
        yield f"again: {case.replay}"


def _count(element: Element, suites: Sequence[Element]) -> None:
    """Write the numbers of tests, failures, errors and skipped tests, and the time."""
    tests = [test for suite in suites for test in suite.iter("testcase")]
    element.set("tests", str(len(tests)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(sum(test.find(tag) is not None for test in tests)))
    seconds = sum(float(test.get("time", 0)) for test in tests)
    element.set("time", f"{seconds:.3f}")


def _clean(root: Element) -> None:
    r"""Write the characters that XML cannot contain as `\uXXXX`."""
    for element in root.iter():
        element.text = element.text and _cleaned(element.text)
        for name, value in element.items():
            element.set(name, _cleaned(value))


def _cleaned(text: str) -> str:
    return _NOT_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
