"""Every mistake that the YAML parser finds is in plain words, at its place, with an advice."""

import random
import re

import pytest

from streamproof.contracts.source.errors import SourceError
from streamproof.contracts.source.yaml_problems import _UNKNOWN
from streamproof.contracts.source.yaml_text import load_yaml

MISTAKES = {
    "a: @x": ((1, 4), "the character '@' cannot begin a value", "put the text in quotes"),
    "a: *": ((1, 5), "wanted a name after '&' or '*'", "put the text in quotes"),
    "a: b: c": (
        (1, 5),
        "a ':' with a key before it is not allowed here",
        "put text that contains ': ' in quotes, and check the indentation",
    ),
    "a: 1\nb\nc: 2": ((2, 1), "wanted ':' after this key", "check the indentation"),
    "a:\n  b: 1\n c: 2": (
        (3, 2),
        "wanted a key here, or the end of the mapping",
        "check the indentation",
    ),
    "- a\nb: 1": ((2, 1), "wanted '-' as in the entries above", "check the indentation"),
    "a: - b": ((1, 4), "a list entry is not allowed here", "begin a line with its '-'"),
    "a: | text": ((1, 6), "wanted a line end here", "begin a new line for the text"),
    'a: "\\q"': ((1, 5), "unknown escape in double quotes", "write \\\\ for a backslash"),
    'a: "\\u12"': ((1, 7), "wanted hexadecimal digits in the escape", "write \\\\ for a backslash"),
    'a: "\\ud83d"': (
        (1, 7),
        "half of a surrogate pair is not a character",
        r"write both halves, such as \ud83d\ude00; raw_hex sends any bytes",
    ),
    "a: b\n\tc: d": ((2, 1), "a tab cannot indent a line", "use spaces"),
    "%a": ((1, 3), "a line cannot begin with '%'", "put the text in quotes"),
}
SEEDS = (
    'name: it\nsteps:\n  - content: "Hi"\n  - {sources: [{id: a}]}\n  - raw: |\n      data: x\n',
    "a: &x 1\nb: *x\nc: 'x'\nd: \"y\\n\"\ne: >-\n  text\n",
)
PIECES = (*"{}[]:,-?'\"\\|>&*!%@`#\t \n~", "\\x", "\\u12", " - ", ": ", "\\q", "\\ud800")


@pytest.mark.parametrize(("text", "mistake"), MISTAKES.items(), ids=MISTAKES)
def test_mistake_has_its_place_its_words_and_an_advice(text, mistake):
    with pytest.raises(SourceError) as caught:
        load_yaml(text)
    error = caught.value
    place, message, advice = mistake
    assert (error.message, error.help, error.code) == (message, advice, "yaml-syntax")
    assert error.line == place[0]
    assert abs(error.column - place[1]) <= 1  # the two parsers of PyYAML differ by one


def broken_texts():
    """Yield texts with one or two mistakes, the same on every machine."""
    chance = random.Random(7)  # not for secrets
    for _ in range(2000):
        text = chance.choice(SEEDS)
        for _ in range(chance.randint(1, 2)):
            place = chance.randrange(len(text))
            drop = chance.choice((0, 0, 1, 3))
            text = text[:place] + chance.choice(PIECES) * (not drop) + text[place + drop :]
        yield text


def test_no_mistake_has_the_words_of_the_parser():
    messages = []
    for text in broken_texts():
        try:
            load_yaml(text)
        except SourceError as error:
            messages.append(error.message)
    assert len(messages) > 500
    foreign = re.compile(r"while (?:parsing|scanning)|did not find|could not find|expected <")
    assert [one for one in messages if foreign.search(one)] == []
    assert messages.count(_UNKNOWN[0]) < len(messages) / 50
