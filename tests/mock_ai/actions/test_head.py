"""What the head of a reply consists of: texts that would break their lines are refused."""

import pytest

from streamproof.mock_ai.actions import Start
from streamproof.mock_ai.actions.head import InterimReply


@pytest.mark.parametrize("text", ["a\r\nb", "a\n", "\0"])
@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda text: InterimReply(103, text), "a reason cannot contain CR, LF or NUL"),
        (lambda text: InterimReply(103, "", (("A", text),)), "A cannot contain CR, LF or NUL"),
        (lambda text: Start(200, text), "a reason cannot contain CR, LF or NUL"),
        (lambda text: Start(200, "", (("A", text),)), "A cannot contain CR, LF or NUL"),
        (lambda text: Start(200, "", trailers=(("A", text),)), "A cannot contain CR, LF or NUL"),
        (lambda text: Start(200, "", chunk_extension=text), "a chunk extension cannot contain CR"),
    ],
    ids=["reason", "header", "reason of the reply", "header of the reply", "trailer", "extension"],
)
def test_text_with_a_line_end_is_refused(build, message, text):
    with pytest.raises(ValueError, match=message):
        build(text)


@pytest.mark.parametrize("name", ["", "a b", "é", "a:"])
def test_name_of_a_trailer_must_be_that_of_a_header(name):
    with pytest.raises(ValueError, match="is not a valid header name"):
        Start(200, "", trailers=((name, "x"),))
