"""Generated text by Faker, cut into tokens as a language model does."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from streamproof.contracts.messages import Source
from streamproof.mock_ai.dialects.tokens import tokens_of

if TYPE_CHECKING:
    from faker import Faker

    from streamproof.mock_ai.scenario.step_types import FakeSourcesStep, FakeStep


def fake_tokens(step: FakeStep) -> tuple[str, ...]:
    """Return the tokens of the text; raises ValueError for a locale that Faker does not know."""
    return tokens_of(_text(step))


@lru_cache(maxsize=64)
def fake_sources(step: FakeSourcesStep) -> tuple[Source, ...]:
    """Return generated sources; raises ValueError as `fake_tokens` does."""
    fake = faker_for(step.locale, step.seed)
    return tuple(
        Source(str(fake.uuid4()), fake.sentence(nb_words=4).rstrip("."), fake.paragraph())
        for _ in range(step.count)
    )


def faker_for(locale: str, seed: int) -> Faker:
    """Return a seeded Faker; raises ValueError for a locale that it does not know."""
    from faker import Faker  # costs a third of a second, and few scenarios need it

    try:
        fake = Faker(locale)
    except (AttributeError, ImportError) as error:
        raise ValueError(f"locale: Faker does not know {locale!r}") from error
    fake.seed_instance(seed)
    return fake


@lru_cache(maxsize=64)
def _text(step: FakeStep) -> str:
    fake = faker_for(step.locale, step.seed)
    if step.paragraphs is not None:
        return "\n\n".join(fake.paragraphs(nb=step.paragraphs))
    if step.sentences is not None:
        return " ".join(fake.sentences(nb=step.sentences))
    return " ".join(fake.words(nb=step.words or 0))
