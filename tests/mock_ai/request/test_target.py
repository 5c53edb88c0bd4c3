"""A target has a run, a scenario and a path, and some paths are the mock's own pages."""

import pytest

from streamproof.mock_ai.request.target import Target, is_own_page, read_target


@pytest.mark.parametrize(
    ("target", "read"),
    [
        ("/chat/stream?scenario=a", Target(None, None, "/chat/stream")),
        ("/run/a/s/b/v1/messages?beta=true", Target("a", "b", "/v1/messages")),
        ("http://x/s/b/chat/stream#there", Target(None, "b", "/chat/stream")),
        ("/s/b/v1beta/models/m%3Acount", Target(None, "b", "/v1beta/models/m:count")),
        ("/s/%62/c", Target(None, "b", "/c")),
        ("/s/b/s/c/d", Target(None, "b", "/s/c/d")),
        ("/s/b", Target(None, "b", "/")),
        ("/s/b/", Target(None, "b", "/")),
        ("/s/b?x=1", Target(None, "b", "/")),
        ("/run/a", Target("a", None, "/")),
        ("/run/a/s/b", Target("a", "b", "/")),
        ("/run/not an id/x", Target(None, None, "/run/not an id/x")),
        ("/run/" + "a" * 65, Target(None, None, "/run/" + "a" * 65)),
        ("/s/", Target(None, None, "/s/")),
        ("*", Target(None, None, "*")),
    ],
)
def test_target_is_read(target, read):
    assert read_target(target) == read


@pytest.mark.parametrize("prefix", ["", "/run/a"])
@pytest.mark.parametrize(
    ("method", "path", "own"),
    [
        ("GET", "/__mock/journal", True),
        ("POST", "/__mock/nothing", True),
        ("GET", "/__ui", True),
        ("POST", "/healthz", True),
        ("GET", "/openapi.json?x", True),
        ("GET", "/favicon.ico", True),
        ("GET", "/", True),
        ("HEAD", "/", True),
        ("POST", "/", False),
        ("GET", "/v1/models", False),
        ("GET", "/s/a/__mock/journal", False),
        ("GET", "/s/a", False),
    ],
)
def test_page_of_the_mock_is_told_from_a_question(prefix, method, path, own):
    assert is_own_page(method, prefix + path) is own
