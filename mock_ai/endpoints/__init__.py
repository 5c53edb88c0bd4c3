"""What clients of AI providers ask besides their questions, one file for each provider.

These are models, embeddings, and numbers of tokens. A scenario that a request names, or whose rule
matches, has priority.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.endpoints import anthropic, cohere, gemini, ollama, openai
from streamproof.mock_ai.request.providers import is_provider_path

if TYPE_CHECKING:
    from streamproof.mock_ai.endpoints.endpoint import Endpoint, EndpointCall
    from streamproof.mock_ai.request.received import ReceivedRequest

# A request gets the first endpoint that fits, so those that look at headers come first.
ENDPOINTS: Final = (
    *ollama.ENDPOINTS,
    *cohere.ENDPOINTS,
    *anthropic.ENDPOINTS,
    *gemini.ENDPOINTS,
    *openai.ENDPOINTS,
)


TITLES: Final = {endpoint.name: endpoint.title for endpoint in ENDPOINTS}
"""What each endpoint answers, by its name."""


def find_endpoint(request: ReceivedRequest) -> tuple[Endpoint, EndpointCall] | None:
    """Return the endpoint that a request asks, and what it asks; None if there is none."""
    for endpoint in endpoints_at(request.path):
        if request.method in endpoint.methods and (call := endpoint.call(request)) is not None:
            return endpoint, call
    return None


@lru_cache(maxsize=1_024)
def endpoints_at(path: str) -> tuple[Endpoint, ...]:
    """Return the endpoints that a path can mean."""
    if is_provider_path(path):
        return ()
    return tuple(endpoint for endpoint in ENDPOINTS if endpoint.match(path))
