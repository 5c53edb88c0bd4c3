"""The catalogue of dialects: how a reply reads for the clients of each AI provider.

A dialect has one file with everything that is its own. `Rendering` has what all of them share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.dialects.ag_ui import AgUi
from streamproof.mock_ai.dialects.anthropic import Anthropic
from streamproof.mock_ai.dialects.bedrock import Bedrock
from streamproof.mock_ai.dialects.bedrock_anthropic import BedrockAnthropic
from streamproof.mock_ai.dialects.chat import Chat
from streamproof.mock_ai.dialects.cohere import Cohere
from streamproof.mock_ai.dialects.gemini import Gemini
from streamproof.mock_ai.dialects.mistral import Mistral
from streamproof.mock_ai.dialects.ollama import Ollama
from streamproof.mock_ai.dialects.openai_chat import OpenAIChat
from streamproof.mock_ai.dialects.openai_completions import OpenAICompletions
from streamproof.mock_ai.dialects.openai_responses import OpenAIResponses
from streamproof.mock_ai.dialects.vercel_ui import VercelUi

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.mock_ai.dialects.dialect import Dialect

# A request gets the first dialect that it fits.
CATALOGUE: Final[Mapping[str, type[Dialect]]] = {
    dialect.name: dialect
    for dialect in (
        Chat,
        OpenAIChat,
        Mistral,
        OpenAIResponses,
        OpenAICompletions,
        Anthropic,
        Bedrock,
        BedrockAnthropic,
        Gemini,
        Cohere,
        VercelUi,
        Ollama,
        AgUi,
    )
}
ALIASES: Final[Mapping[str, str]] = {"seed": Chat.name}


def dialect_named(name: str) -> type[Dialect]:
    """Return a dialect by its name or an alias; raises KeyError."""
    return CATALOGUE[ALIASES.get(name, name)]


__all__ = [
    "ALIASES",
    "CATALOGUE",
    "AgUi",
    "Anthropic",
    "Bedrock",
    "BedrockAnthropic",
    "Chat",
    "Cohere",
    "Gemini",
    "Mistral",
    "Ollama",
    "OpenAIChat",
    "OpenAICompletions",
    "OpenAIResponses",
    "VercelUi",
    "dialect_named",
]
