"""The longest sentences are counted in words, and named with their line."""

from tests.longest_sentences import longest, sentences

PAGE = """\
# A heading that is much longer than every sentence of the page

**It begins.** Then `a b c d` follows [a link](page.md#with-words): A list.

```sh
code does not count. It is not prose.
```

- One, two, three.
| a row | of a table |
"""


def test_sentences_of_a_page():
    found = [(one.line, one.words, one.text) for one in sentences("page.md", PAGE)]
    assert found == [
        (3, 2, "**It begins."),
        (3, 5, "Then `a b c d` follows a link:"),
        (3, 2, "A list."),
        (9, 3, "One, two, three."),
    ]


def test_the_longest_come_first():
    words = [sentence.words for sentence in longest(10)]
    assert len(words) == 10
    assert words == sorted(words, reverse=True)
