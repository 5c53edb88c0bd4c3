"""The paths of providers are known exactly."""

import pytest

from streamproof.mock_ai.request.providers import PROVIDER_PATHS, is_provider_path


@pytest.mark.parametrize("path", PROVIDER_PATHS)
def test_path_of_a_provider_is_known(path):
    named = path.replace("{model}", "gemini-2.5-pro").replace("{deployment}", "mine")
    assert is_provider_path(named)
    assert is_provider_path(f"{named}/")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/chat",
        "/v1/messages/1",
        "/v1beta/models/a:b",
        "/x/api/chat",
        "/v1/models/a/b:generateContent",
    ],
)
def test_other_path_is_not(path):
    assert not is_provider_path(path)
