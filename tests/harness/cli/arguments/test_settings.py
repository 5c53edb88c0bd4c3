"""An error about a setting of the relay names the option or the variable that sets it."""

from argparse import Namespace

import pytest

from streamproof.harness.cli.arguments.settings import settings_errors
from streamproof.relay.errors import SettingsError


@pytest.mark.parametrize(
    ("problem", "options", "message"),
    [
        ("ai_url: wanted x", {"ai_url": "y"}, "--ai-url: wanted x"),
        ("ai_url: wanted x", {"ai_url": None}, "STREAMPROOF_AI_URL: wanted x"),
        ("allowed_origins: wanted x", {"allow_origin": ["y"]}, "--allow-origin: wanted x"),
        ("jwt_secret: wanted x", {}, "STREAMPROOF_JWT_SECRET: wanted x"),
        ("STREAMPROOF_ATTEMPTS: wanted x", {}, "STREAMPROOF_ATTEMPTS: wanted x"),
        (
            "STREAMPROOF_AI_URL is not set",
            {"ai_url": None},
            "STREAMPROOF_AI_URL is not set; set it, or use --ai-url",
        ),
        ("STREAMPROOF_AI_URL is not set", {}, "STREAMPROOF_AI_URL is not set; set it"),
        ("STREAMPROOF_JWT_SECRET is not set", {}, "STREAMPROOF_JWT_SECRET is not set; set it"),
    ],
)
def test_problem_names_what_a_user_can_set(problem, options, message):
    with pytest.raises(SettingsError) as caught, settings_errors(Namespace(**options)):
        raise SettingsError((problem,))
    assert caught.value.problems == (message,)
