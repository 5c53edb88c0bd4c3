"""Complete with litellm, through its providers for OpenAI, Anthropic, Gemini and Ollama."""

from collections.abc import Callable

import litellm
from replies import MESSAGES, Got, Read, print_replies

litellm.suppress_debug_info = True

PROVIDERS: dict[str, Callable[[str], dict[str, str]]] = {
    "openai": lambda url: {"model": "openai/m", "api_base": f"{url}/v1"},
    "anthropic": lambda url: {"model": "anthropic/m", "api_base": url},
    "gemini": lambda url: {"model": "gemini/m", "api_base": f"{url}/v1beta"},
}


def streamed(provider: str) -> Read:
    """Return the way to read a stream of a provider."""

    def read(url: str, patience_seconds: float, got: Got) -> None:
        calls: dict[int, tuple[str, str]] = {}
        for chunk in complete(provider, url, patience_seconds, stream=True):
            [choice] = chunk.choices
            got.text += choice.delta.content or ""
            got.reasoning += getattr(choice.delta, "reasoning_content", None) or ""
            for call in choice.delta.tool_calls or []:
                name, arguments = calls.get(call.index, ("", ""))
                name += call.function.name or ""
                calls[call.index] = (name, arguments + (call.function.arguments or ""))
            got.tool_calls = list(calls.values())
            got.finish = choice.finish_reason or got.finish

    return read


def whole(provider: str) -> Read:
    """Return the way to ask a provider for one body."""

    def read(url: str, patience_seconds: float, got: Got) -> None:
        [choice] = complete(provider, url, patience_seconds).choices
        message = choice.message
        got.text = message.content or ""
        got.reasoning = getattr(message, "reasoning_content", None) or ""
        got.tool_calls = [
            (call.function.name, call.function.arguments) for call in message.tool_calls or []
        ]
        got.finish = choice.finish_reason

    return read


def complete(
    provider: str, url: str, patience_seconds: float, **more: bool
) -> litellm.ModelResponse:
    """Ask a provider at a URL."""
    asked = {"messages": MESSAGES, "api_key": "k", "timeout": patience_seconds}
    return litellm.completion(**asked, **PROVIDERS[provider](url), **more)


print_replies(
    {f"{one}-streamed": streamed(one) for one in PROVIDERS}
    | {f"{one}-whole": whole(one) for one in PROVIDERS}
)
