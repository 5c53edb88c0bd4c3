"""A page shows an answer as a whole and once; what else stands there is its own."""

import pytest

from streamproof.harness.verify.clients.page_observation import shows_once

PIECES = ("Twelve", " days", " a year.")


@pytest.mark.parametrize(
    "shown",
    [
        "Twelve days a year.",
        "Twelve  days\n a year. ",
        "How many days do I have a year?\nTwelve days a year.\nCopy",
        "Twelve days a year. A year.",
    ],
)
def test_a_whole_answer_is_shown(shown):
    assert shows_once(shown, "".join(PIECES), PIECES)


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "Twelve days a",
        "Twelve days days a year.",
        "Twelve days a year. a year.",
        "TwelveTwelve days a year.",
        "Twelve days a year.Twelve days a year.",
        "Twelve days a year.\nTwelve days a year.",
    ],
)
def test_what_is_missing_or_there_twice_is_found(shown):
    assert not shows_once(shown, "".join(PIECES), PIECES)


@pytest.mark.parametrize("pieces", [(), ("Twelve",), (" ", "Twelve", " ")])
def test_pieces_of_white_space_do_not_count(pieces):
    assert shows_once("Twelve", "".join(pieces) or "Twelve", pieces)
