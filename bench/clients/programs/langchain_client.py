"""Chat with langchain, through the provider that is installed: OpenAI's or Anthropic's."""

import json
from importlib.util import find_spec

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from replies import QUESTION, Got, print_replies


def model(url: str, patience_seconds: float) -> BaseChatModel:
    """Return the chat model for a scenario."""
    if find_spec("langchain_openai"):
        from langchain_openai import ChatOpenAI

        return ChatOpenAI(model="m", api_key="k", base_url=f"{url}/v1", timeout=patience_seconds)
    from langchain_anthropic import ChatAnthropic

    return ChatAnthropic(model="m", api_key="k", base_url=url, timeout=patience_seconds)


def streamed(url: str, patience_seconds: float, got: Got) -> None:
    """Read a stream, and add its chunks up."""
    whole_message = None
    for chunk in model(url, patience_seconds).stream(QUESTION):
        whole_message = chunk if whole_message is None else whole_message + chunk
        take(whole_message, got)


def whole(url: str, patience_seconds: float, got: Got) -> None:
    """Ask for one body."""
    take(model(url, patience_seconds).invoke(QUESTION), got)


def take(message: BaseMessage, got: Got) -> None:
    """Keep what a message, or the chunks up to now, have."""
    blocks = message.content_blocks
    got.text = "".join(block["text"] for block in blocks if block["type"] == "text")
    got.reasoning = "".join(
        block.get("reasoning", "") for block in blocks if block["type"] == "reasoning"
    )
    calls = [*message.tool_calls, *message.invalid_tool_calls]
    got.tool_calls = [(call["name"], as_json(call["args"])) for call in calls]
    metadata = message.response_metadata
    got.finish = metadata.get("finish_reason") or metadata.get("stop_reason")


def as_json(arguments: object) -> str:
    """Return arguments as JSON; those that are not valid are text already."""
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


print_replies({"streamed": streamed, "whole": whole})
