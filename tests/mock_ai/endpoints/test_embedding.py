"""Vectors of texts: the same text, the same vector, of the asked length."""

import base64
import struct
from math import isclose, sqrt

import pytest

from streamproof.mock_ai.endpoints.embedding import (
    MAX_DIMENSIONS,
    MAX_TEXTS,
    as_base64,
    dimensions_of,
    texts_in,
    vector,
)
from streamproof.mock_ai.errors import InvalidRequest

LENGTHS = {"small-": 2, "": 3}


def test_vector_is_fixed():
    assert vector("Hello", 3) == [0.84776472, -0.5281869, -0.04809972]
    assert vector("Hello", 3) != vector("hello", 3)


@pytest.mark.parametrize("dimensions", [1, 2, 384, 3072, MAX_DIMENSIONS])
def test_vector_has_the_length_1(dimensions):
    values = vector("half a pair: \ud83d", dimensions)
    assert len(values) == dimensions
    assert isclose(sqrt(sum(value * value for value in values)), 1, abs_tol=1e-6)


def test_shorter_vector_has_the_direction_of_the_beginning():
    short, long = vector("Hello", 4), vector("Hello", 8)[:4]
    ratio = short[0] / long[0]
    assert all(isclose(a / b, ratio, rel_tol=1e-5) for a, b in zip(short, long, strict=True))


def test_base64_has_floats():
    values = vector("Hello", 5)
    floats = struct.unpack("<5f", base64.b64decode(as_base64(values)))
    assert all(isclose(a, b, rel_tol=1e-6) for a, b in zip(values, floats, strict=True))


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("a", ["a"]),
        ("", [""]),
        (["a", "b"], ["a", "b"]),
        ([1, 2], ["[1, 2]"]),
        ([[1], [2, 3]], ["[1]", "[2, 3]"]),
        (["a"] * MAX_TEXTS, ["a"] * MAX_TEXTS),
    ],
)
def test_texts_are_read(value, texts):
    assert texts_in(value, "input") == texts


@pytest.mark.parametrize("value", [None, 5.5, {}, [], [None], ["a", 1], [[]], ["a"] * 2_049])
def test_what_is_not_a_text_is_refused(value):
    with pytest.raises(InvalidRequest, match=r"^input: wanted a"):
        texts_in(value, "input")


@pytest.mark.parametrize(
    ("model", "asked", "length"), [("small-1", None, 2), ("x", None, 3), ("x", 7, 7)]
)
def test_length_is_asked_for_or_that_of_the_model(model, asked, length):
    assert dimensions_of(model, asked, LENGTHS, "dimensions") == length


@pytest.mark.parametrize("asked", [0, -1, MAX_DIMENSIONS + 1, "3", 3.0, True])
def test_wrong_length_is_refused(asked):
    with pytest.raises(InvalidRequest, match=r"^dimensions: wanted a whole number"):
        dimensions_of("x", asked, LENGTHS, "dimensions")
