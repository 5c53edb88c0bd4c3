"""Made-up text by Faker, cut into tokens as a language model does."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mock_ai.scenario import FakeStep

# A token is up to six letters with the blanks before them, or one other character likewise.
_TOKEN: Final = re.compile(r"\s*(?:\w{1,6}|[^\w\s])|\s+")


def fake_tokens(step: FakeStep) -> tuple[str, ...]:
    """Return the pieces of the text; raises ValueError for a locale that Faker does not know."""
    return tuple(_TOKEN.findall(_text(step)))


@lru_cache(maxsize=64)
def _text(step: FakeStep) -> str:
    from faker import Faker  # costs a third of a second, and few scenarios need it

    try:
        fake = Faker(step.locale)
    except (AttributeError, ImportError) as error:
        raise ValueError(f"Faker knows no locale {step.locale!r}") from error
    fake.seed_instance(step.seed)
    if step.paragraphs is not None:
        return "\n\n".join(fake.paragraphs(nb=step.paragraphs))
    if step.sentences is not None:
        return " ".join(fake.sentences(nb=step.sentences))
    return " ".join(fake.words(nb=step.words or 0))
