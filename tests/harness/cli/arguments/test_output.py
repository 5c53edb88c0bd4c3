"""`--report` names formats and files; a mistake says what is known."""

from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from streamproof.harness.cli.arguments.output import destinations
from streamproof.harness.reports.destinations import Destination


def test_several_formats_are_read():
    assert destinations("junit=a/b.xml,github,json=-") == [
        Destination("junit", Path("a/b.xml")),
        Destination("github"),
        Destination("json"),
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("junti=a.xml", "no format is named 'junti'; did you mean 'junit'?"),
        ("x", "no format is named 'x'; wanted junit, json, markdown, html, github"),
        ("junit", "the file of junit is missing; write junit=FILE"),
        ("json=", "the file of json is missing; write json=FILE"),
        ("github=a", "github takes no file, got 'github=a'; write github"),
        ("junit=a,,github", "no format is named ''; wanted"),
    ],
)
def test_a_mistake_says_what_was_wanted(text, wanted):
    with pytest.raises(ArgumentTypeError) as caught:
        destinations(text)
    assert str(caught.value).startswith(wanted)
