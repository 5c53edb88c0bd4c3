"""Made-up text: seeded, in token-sized pieces that give the whole text."""

import pytest

from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.fake import fake_tokens
from streamproof.mock_ai.scenario.step_types import FakeStep


@pytest.mark.parametrize(
    "step",
    [
        FakeStep(paragraphs=2),
        FakeStep(sentences=3, locale="id_ID"),
        FakeStep(words=40, locale="ja_JP", seed=3),
    ],
)
def test_tokens_are_small_and_seeded(step):
    tokens = fake_tokens(step)
    assert len(tokens) > 2
    assert all(0 < len(token.strip()) <= 6 for token in tokens)
    assert fake_tokens(step) == tokens


def test_amount_of_text_is_as_asked():
    assert len("".join(fake_tokens(FakeStep(words=40))).split()) == 40
    assert len("".join(fake_tokens(FakeStep(paragraphs=3))).split("\n\n")) == 3


def test_another_seed_gives_another_text():
    assert fake_tokens(FakeStep(words=9, seed=1)) != fake_tokens(FakeStep(words=9, seed=2))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("{words: 3, locale: xx_XX}", "Faker does not know 'xx_XX'"),
        ("{words: 3, sentences: 1}", "wanted exactly one of paragraphs, sentences and words, got"),
        ("{seed: 3}", "words, got none"),
    ],
)
def test_impossible_text_is_an_error_of_the_scenario(values, message):
    with pytest.raises(ScenarioErrors, match=message):
        load_scenario(f"name: it\ntitle: It\nsteps: [{{fake: {values}}}]")
