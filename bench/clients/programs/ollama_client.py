"""Chat and generate with ollama."""

import json

import ollama
from replies import MESSAGES, QUESTION, Got, print_replies


def client(url: str, patience_seconds: float) -> ollama.Client:
    """Return a client for a scenario."""
    return ollama.Client(host=url, timeout=patience_seconds)


def chat_streamed(url: str, patience_seconds: float, got: Got) -> None:
    """Read the lines of a chat."""
    for part in client(url, patience_seconds).chat("m", MESSAGES, stream=True):
        take_chat(part, got)


def chat_whole(url: str, patience_seconds: float, got: Got) -> None:
    """Ask for one body of a chat."""
    take_chat(client(url, patience_seconds).chat("m", MESSAGES), got)


def take_chat(part: ollama.ChatResponse, got: Got) -> None:
    """Keep what one line of a chat has."""
    got.text += part.message.content or ""
    got.reasoning += part.message.thinking or ""
    for call in part.message.tool_calls or []:
        got.tool_calls.append((call.function.name, json.dumps(call.function.arguments)))
    got.finish = part.done_reason or got.finish


def generate_streamed(url: str, patience_seconds: float, got: Got) -> None:
    """Read the lines of a generated text."""
    for part in client(url, patience_seconds).generate("m", QUESTION, stream=True):
        take_generate(part, got)


def generate_whole(url: str, patience_seconds: float, got: Got) -> None:
    """Ask for one body of a generated text."""
    take_generate(client(url, patience_seconds).generate("m", QUESTION), got)


def take_generate(part: ollama.GenerateResponse, got: Got) -> None:
    """Keep what one line of a generated text has."""
    got.text += part.response
    got.reasoning += part.thinking or ""
    got.finish = part.done_reason or got.finish


print_replies(
    {
        "chat-streamed": chat_streamed,
        "chat-whole": chat_whole,
        "generate-streamed": generate_streamed,
        "generate-whole": generate_whole,
    }
)
