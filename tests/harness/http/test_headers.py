"""Names of headers have no case, and no value of a repeated header is lost."""

import pytest

from streamproof.harness.http.headers import joined, with_headers


@pytest.mark.parametrize(
    ("pairs", "headers"),
    [
        ([("X-A", "1"), ("x-a", "2"), ("X-B", "3")], {"X-A": "1, 2", "X-B": "3"}),
        ([("Cookie", "a=1"), ("cookie", "b=2")], {"Cookie": "a=1; b=2"}),
        ([], {}),
    ],
    ids=["list", "cookies", "none"],
)
def test_repeated_header_keeps_all_values(pairs, headers):
    assert joined(pairs) == headers


def test_header_replaces_the_one_of_its_name():
    default = {"Accept": "text/event-stream", "Origin": "http://a"}
    assert with_headers(default, {"accept": "*/*"}) == {"Origin": "http://a", "accept": "*/*"}
