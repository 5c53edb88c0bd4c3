"""Regular expressions of rules: none is slow, and none takes much memory."""

from time import process_time

import pytest

from streamproof.mock_ai.scenario.regular_expressions import (
    MAX_CHARACTERS,
    check_expression,
    matches,
)


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        ("^How .*\\?$", "How much?", True),
        ("(?i)É", "é", True),
        ("^.$", "😀", True),
        ("\ud83d", "half a pair: \ud83d", True),
        ("b", "a", False),
        ("(a{2}){2}", "aaaa", True),
        ("[{1001}]", "1", True),
        ("[]{1001}]", "]", True),
        ("\\{1001}", "{1001}", True),
        ("", "", True),
    ],
)
def test_expression_is_found_anywhere_in_a_value(text, value, found):
    check_expression(text)
    assert matches(text, value) is found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(", "missing \\)"),
        ("a{2147483647}", "a repeat count of 2147483647; wanted at most 1,000"),
        ("a{1,1001}", "a repeat count of 1001"),
        ("a{" + "9" * 5_000 + "}", "a repeat count of 99999999999999999999; "),
        ("(a{1000}){1000}", "invalid repetition size"),
        ("((a{100}){100}){100}", "invalid repetition size"),
        ("\\pL{1000}", "pattern too large"),
        ("(?=a)", r"without lookaround and back references"),
        (r"(a)\1", "invalid escape sequence"),
    ],
)
def test_expression_that_is_wrong_or_too_large_is_refused(text, message, capfd):
    with pytest.raises(ValueError, match=f"^not a valid regular expression: .*{message}"):
        check_expression(text)
    assert capfd.readouterr() == ("", "")


def test_five_hundred_expressions_that_would_backtrack_take_no_time():
    value = "a" * MAX_CHARACTERS + "b"
    began = process_time()
    assert not any(matches(f"^(a|a)*{n}(x+x+)+y$", value) for n in range(500))
    assert process_time() - began < 1


def test_only_the_beginning_of_a_long_value_is_compared():
    assert matches("b$", "a" * (MAX_CHARACTERS - 1) + "b")
    assert not matches("b", "a" * MAX_CHARACTERS + "b")
