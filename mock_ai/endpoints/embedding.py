"""Embeddings: the same text always has the same vector, of length 1."""

from __future__ import annotations

import base64
import json
import struct
from hashlib import shake_256
from math import sqrt
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from streamproof.mock_ai.dialects.tokens import tokens_of
from streamproof.mock_ai.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_TEXTS: Final = 2_048
MAX_DIMENSIONS: Final = 4_096
_DIGITS: Final = 8


def vector(text: str, dimensions: int) -> list[float]:
    """Return the vector of a text; a shorter one points in the same direction as its beginning."""
    digest = shake_256(text.encode("utf-8", "surrogatepass")).digest(2 * dimensions)
    odd = [2 * value + 1 for value in struct.unpack(f"<{dimensions}h", digest)]  # never all zero
    length = sqrt(sum(value * value for value in odd))
    return [round(value / length, _DIGITS) for value in odd]


def as_base64(values: Sequence[float]) -> str:
    """Return a vector as OpenAI's clients ask for it: 32-bit floats in base64."""
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()


def texts_in(value: Any, key: str) -> list[str]:  # noqa: ANN401  # any JSON value
    """Return the texts to embed: one or several, each as text or as numbers of tokens."""
    several = value if isinstance(value, list) else [value]
    if several and all(map(_is_number, several)):
        several = [several]
    texts = [json.dumps(one) if _are_tokens(one) else one for one in several]
    if not texts or not all(isinstance(one, str) for one in texts):
        raise InvalidRequest(f"{key}: wanted a text, or a list of at least one text")
    if len(texts) > MAX_TEXTS:
        raise InvalidRequest(f"{key}: wanted at most {MAX_TEXTS:,} texts, got {len(texts):,}")
    return texts


def dimensions_of(
    model: str,
    asked: object,
    lengths: Mapping[str, int],
    key: str,
) -> int:
    """Return the length of a vector: the asked one, or that of the model.

    `lengths` has lengths by beginnings of names; the empty name stands for other models.
    """
    if asked is None:
        return next(length for name, length in lengths.items() if model.startswith(name))
    if not _is_number(asked) or not 1 <= asked <= MAX_DIMENSIONS:
        raise InvalidRequest(f"{key}: wanted a whole number from 1 to {MAX_DIMENSIONS:,}")
    return asked


def count_tokens_in(texts: Iterable[str]) -> int:
    """Return how many tokens texts have."""
    return sum(len(tokens_of(text)) for text in texts)


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_tokens(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_number, value))
