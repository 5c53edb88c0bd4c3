"""Ask with anthropic for messages, also through Amazon Bedrock."""

import json
from collections.abc import Callable
from functools import partial

import anthropic
from replies import MESSAGES, Got, print_replies

ASKED = {"model": "m", "max_tokens": 100, "messages": MESSAGES}


Opens = Callable[[str, float], anthropic.Anthropic | anthropic.AnthropicBedrock]


def direct(url: str, patience_seconds: float) -> anthropic.Anthropic:
    """Return a client for a scenario."""
    return anthropic.Anthropic(api_key="k", base_url=url, timeout=patience_seconds)


def on_bedrock(url: str, patience_seconds: float) -> anthropic.AnthropicBedrock:
    """Return a client of Bedrock for a scenario."""
    keys = {"aws_access_key": "k", "aws_secret_key": "s", "aws_region": "us-east-1"}
    return anthropic.AnthropicBedrock(**keys, base_url=url, timeout=patience_seconds)


def loop(client: Opens, url: str, patience_seconds: float, got: Got) -> None:
    """Read the events in a loop."""
    calls: dict[int, tuple[str, str]] = {}
    for event in client(url, patience_seconds).messages.create(**ASKED, stream=True):
        match event.type:
            case "content_block_start" if event.content_block.type == "tool_use":
                calls[event.index] = (event.content_block.name, "")
            case "content_block_delta":
                got.text += getattr(event.delta, "text", None) or ""
                got.reasoning += getattr(event.delta, "thinking", None) or ""
                if event.delta.type == "input_json_delta":
                    name, arguments = calls[event.index]
                    calls[event.index] = (name, arguments + event.delta.partial_json)
                if event.delta.type == "citations_delta":
                    got.sources.append(event.delta.citation.document_title)
            case "message_delta":
                got.finish = event.delta.stop_reason
        got.tool_calls = list(calls.values())


def helper(client: Opens, url: str, patience_seconds: float, got: Got) -> None:
    """Read a stream with the helper that puts the message together."""
    with client(url, patience_seconds).messages.stream(**ASKED) as stream:
        for text in stream.text_stream:
            got.text += text
        take(stream.get_final_message(), got)


def whole(client: Opens, url: str, patience_seconds: float, got: Got) -> None:
    """Ask for one body."""
    take(client(url, patience_seconds).messages.create(**ASKED), got)


def take(message: anthropic.types.Message, got: Got) -> None:
    """Keep what a whole message has."""
    blocks = message.content
    texts = [block for block in blocks if block.type == "text"]
    got.text = "".join(block.text for block in texts)
    got.reasoning = "".join(block.thinking for block in blocks if block.type == "thinking")
    got.tool_calls = [
        (block.name, json.dumps(block.input)) for block in blocks if block.type == "tool_use"
    ]
    got.sources = [one.document_title for block in texts for one in block.citations or []]
    got.finish = message.stop_reason


print_replies(
    {
        f"{prefix}{name}": partial(read, client)
        for prefix, client in (("", direct), ("bedrock-", on_bedrock))
        for name, read in (("loop", loop), ("helper", helper), ("whole", whole))
    }
)
