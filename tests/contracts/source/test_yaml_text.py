"""YAML means what YAML 1.2 says; what cannot be read safely is an error at its place."""

from __future__ import annotations

import pytest

from streamproof.contracts.source.errors import SourceError
from streamproof.contracts.source.yaml_text import MAX_FILE_BYTES, load_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("on", "on"), ("no", "no"), ("y", "y"), ("12:30", "12:30"), ("2001-01-01", "2001-01-01")),
        *(("010", 10), ("0o17", 15), ("0x1F", 31), ("-7", -7), ("+5", 5), ("0b1", "0b1")),
        *(("1e3", 1000.0), (".5", 0.5), ("1.", 1.0), ("1_000", "1_000"), ("=", "="), ("<<", "<<")),
        *(
            ("true", True),
            ("False", False),
            ("~", None),
            ("null", None),
            ("", None),
            ("Null", None),
        ),
        *(
            ("'5'", "5"),
            ('"true"', "true"),
            ("!!str 5", "5"),
            ("! 5", "5"),
            ("|\n  a\n  b\n", "a\nb\n"),
        ),
        *((r'"\u2028\0\x41"', "\u2028\0A"), ("é😀", "é😀")),
    ],
    ids=repr,
)
def test_a_scalar_means_what_yaml_1_2_says(text, value):
    loaded = load_yaml(f"key: {text}").value["key"]

    assert (loaded, type(loaded)) == (value, type(value))


def test_keys_are_text():
    assert load_yaml("on: 1\n200: 2\ntrue: 3\n~: 4").value == {"on": 1, "200": 2, "true": 3, "~": 4}


def test_an_alias_has_the_value_of_its_anchor():
    assert load_yaml("a: &x [1, {b: 2}]\nc: *x").value == {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}


@pytest.mark.parametrize(
    ("text", "value"), [("", None), ("\ufeffa: 1", {"a": 1}), ("a: 1\r\n", {"a": 1})]
)
def test_empty_files_bom_and_crlf_are_read(text, value):
    assert load_yaml(text).value == value


@pytest.mark.parametrize(
    ("text", "place", "code", "words"),
    [
        pytest.param(
            "a: 1\nb: 2\na: 3", (3, 1), "duplicate-key", "first used in line 1", id="duplicate"
        ),
        pytest.param(
            "x:\n  - {a: 1, a: 2}", (2, 12), "duplicate-key", "'a'", id="duplicate in a list"
        ),
        pytest.param("a: *x", (1, 4), "alias", "unknown alias '*x'", id="alias"),
        pytest.param("a: &x [*x]", (1, 8), "alias", "unknown alias", id="an alias inside itself"),
        pytest.param("a: !foo 1", (1, 4), "tag", "!foo", id="tag"),
        pytest.param("a: !!int '1'", (1, 4), "tag", "tags are not supported", id="standard tag"),
        pytest.param("a: !!python/object:x {}", (1, 4), "tag", "python/object", id="python tag"),
        pytest.param("? [a]\n: b", (1, 3), "key", "plain text", id="a list for a key"),
        pytest.param(
            "a: 1\n---\nb: 2", (2, 1), "yaml-syntax", "a second one", id="second document"
        ),
        pytest.param("a: .inf", (1, 4), "number", "JSON can write", id="infinity"),
        pytest.param("a: .NaN", (1, 4), "number", "JSON can write", id="nan"),
        pytest.param("a: 1e999", (1, 4), "number", "JSON can write", id="too large"),
        pytest.param("a: " + "9" * 5000, (1, 4), "number", "digits", id="too long"),
        pytest.param("a: 1\nb: 'x\n\n", (2, 4), "yaml-syntax", "no closing quote", id="quote"),
        pytest.param('a: "x\n---\n', (1, 4), "yaml-syntax", "no closing quote", id="double quote"),
        pytest.param("a: b\n\tc: d", (2, 1), "yaml-syntax", "tab cannot indent", id="tab"),
        pytest.param("a:\n  \tb: 1", (2, 3), "yaml-syntax", "tab cannot indent", id="late tab"),
        pytest.param(
            "a: {b",
            (1, 6),
            "yaml-syntax",
            "'}' in the mapping that begins in line 1, column 4",
            id="open map",
        ),
        pytest.param(
            "a:\n  [b\nc: d",
            (3, 2),
            "yaml-syntax",
            "']' in the list that begins in line 2, column 3",
            id="open list",
        ),
        pytest.param("a: b: c", (1, 5), "yaml-syntax", "':'", id="two colons"),
        pytest.param("a: @x", (1, 4), "yaml-syntax", "character", id="another mistake"),
        pytest.param("é: x\x00", (1, 5), "yaml-character", "U+0000", id="NUL"),
        pytest.param("a: b\u2028c", (1, 5), "yaml-character", "U+2028", id="line separator"),
        pytest.param("a: b\x85c", (1, 5), "yaml-character", "U+0085", id="next line"),
        pytest.param("[" * 100_000, (1, 66), "too-deep", "64", id="deep lists"),
        pytest.param("- " * 100_000, (1, 131), "too-deep", "64", id="deep blocks"),
    ],
)
def test_text_that_cannot_be_read_is_an_error_at_its_place(text, place, code, words):
    with pytest.raises(SourceError) as caught:
        load_yaml(text)

    assert ((caught.value.line, caught.value.column), caught.value.code) == (place, code)
    assert words in caught.value.message


def test_aliases_that_expand_to_too_many_values_are_an_error():
    lines = ["a: &a [x, x]"]
    lines += [
        f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ]

    with pytest.raises(SourceError) as caught:
        load_yaml("\n".join(lines))

    assert caught.value.code == "too-large"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"a: 1\nb: \xff", "not-utf-8"),
        (b" " * (MAX_FILE_BYTES + 1), "too-large"),
        (None, "unreadable"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_with_its_name(tmp_path, raw, code):
    path = tmp_path / "case.yaml"
    if raw is not None:
        path.write_bytes(raw)

    with pytest.raises(SourceError) as caught:
        load_yaml(path)

    assert (caught.value.code, caught.value.file) == (code, str(path))
    assert str(path) in caught.value.render()


@pytest.mark.parametrize(
    ("path", "key", "place"),
    [
        pytest.param(("steps", 1, "wait_ms"), False, (4, 14), id="a value"),
        pytest.param(("steps", 1, "wait_ms"), True, (4, 5), id="a key"),
        pytest.param(("steps", 1, "missing"), False, (4, 5), id="a missing value is at its parent"),
        pytest.param(("steps", 7), False, (2, 1), id="a missing item is at the key of the list"),
        pytest.param(("name",), False, (1, 7), id="the first"),
        pytest.param((), False, (1, 1), id="the document"),
        pytest.param(("no", "such", "thing"), False, (1, 1), id="an unknown path"),
    ],
)
def test_an_error_is_at_the_place_of_its_path(path, key, place):
    document = load_yaml("name: x\nsteps:\n  - content: a\n  - wait_ms: b\n")
    error = document.error(path, "message", key=key)

    assert (error.line, error.column) == place
