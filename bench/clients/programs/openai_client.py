"""Ask with openai, for chat completions, responses and legacy completions."""

import openai
from openai.types.chat import ChatCompletion
from openai.types.responses import Response, ResponseStreamEvent
from replies import MESSAGES, QUESTION, Got, print_replies

CHAT = {"model": "m", "messages": MESSAGES}
RESPONSE = {"model": "m", "input": QUESTION}


def client(url: str, patience_seconds: float) -> openai.OpenAI:
    """Return a client for a scenario."""
    return openai.OpenAI(api_key="k", base_url=f"{url}/v1", timeout=patience_seconds)


def chat_loop(url: str, patience_seconds: float, got: Got) -> None:
    """Read the chunks of a chat completion in a loop."""
    calls: dict[int, tuple[str, str]] = {}
    for chunk in client(url, patience_seconds).chat.completions.create(**CHAT, stream=True):
        for choice in chunk.choices or []:
            got.finish = choice.finish_reason or got.finish
            if choice.delta is None:
                continue
            got.text += choice.delta.content or ""
            got.refusal += choice.delta.refusal or ""
            got.reasoning += getattr(choice.delta, "reasoning_content", None) or ""
            for call in choice.delta.tool_calls or []:
                name, arguments = calls.get(call.index, ("", ""))
                name += call.function.name or ""
                calls[call.index] = (name, arguments + (call.function.arguments or ""))
                got.tool_calls = list(calls.values())


def chat_helper(url: str, patience_seconds: float, got: Got) -> None:
    """Read a stream with the helper that puts the completion together."""
    with client(url, patience_seconds).chat.completions.stream(**CHAT) as stream:
        for event in stream:
            got.text += event.delta if event.type == "content.delta" else ""
        take_completion(stream.get_final_completion(), got)


def chat_whole(url: str, patience_seconds: float, got: Got) -> None:
    """Ask for one body."""
    take_completion(client(url, patience_seconds).chat.completions.create(**CHAT), got)


def take_completion(completion: ChatCompletion, got: Got) -> None:
    """Keep what a whole completion has."""
    [choice] = completion.choices
    message = choice.message
    got.text = message.content or ""
    got.refusal = message.refusal or ""
    got.reasoning = getattr(message, "reasoning_content", None) or ""
    got.finish = choice.finish_reason
    got.sources = [note.url_citation.url for note in message.annotations or []]
    got.tool_calls = [
        (call.function.name, call.function.arguments) for call in message.tool_calls or []
    ]


def responses_loop(url: str, patience_seconds: float, got: Got) -> None:
    """Read the events of a response in a loop."""
    for event in client(url, patience_seconds).responses.create(**RESPONSE, stream=True):
        take_event(event, got)


def responses_helper(url: str, patience_seconds: float, got: Got) -> None:
    """Read a stream with the helper that puts the response together."""
    with client(url, patience_seconds).responses.stream(**RESPONSE) as stream:
        for event in stream:
            take_event(event, got)
        take_response(stream.get_final_response(), got)


def responses_whole(url: str, patience_seconds: float, got: Got) -> None:
    """Ask for one body."""
    take_response(client(url, patience_seconds).responses.create(**RESPONSE), got)


def take_event(event: ResponseStreamEvent, got: Got) -> None:
    """Keep what one event of a response has."""
    match event.type:
        case "response.output_text.delta":
            got.text += event.delta
        case "response.reasoning_summary_text.delta":
            got.reasoning += event.delta
        case "response.refusal.delta":
            got.refusal += event.delta
        case "response.function_call_arguments.done":
            got.tool_calls.append((event.name, event.arguments))
        case "response.output_text.annotation.added":
            got.sources.append(url_of(event.annotation))
        case "response.completed" | "response.incomplete" | "response.failed":
            got.finish = finish_of(event.response)
        case "error":
            got.finish = "error"


def url_of(annotation: object) -> str:
    """Return the URL of a citation, which is a dictionary or has attributes."""
    fields = annotation if isinstance(annotation, dict) else vars(annotation)
    return str(fields["url"])


def take_response(response: Response, got: Got) -> None:
    """Keep what a whole response has."""
    items = response.output
    parts = [part for item in items if item.type == "message" for part in item.content]
    texts = [part for part in parts if part.type == "output_text"]
    thoughts = [part for item in items if item.type == "reasoning" for part in item.summary]
    got.text = response.output_text
    got.reasoning = "".join(thought.text for thought in thoughts)
    got.refusal = "".join(part.refusal for part in parts if part.type == "refusal")
    got.tool_calls = [(one.name, one.arguments) for one in items if one.type == "function_call"]
    got.sources = [note.url for text in texts for note in text.annotations]
    got.finish = finish_of(response)


def finish_of(response: Response) -> str | None:
    """Return why a response ended."""
    details = response.incomplete_details
    finish: str | None = details.reason if details else response.status
    return finish


def completions_loop(url: str, patience_seconds: float, got: Got) -> None:
    """Read the chunks of a legacy completion in a loop."""
    asked = {"model": "m", "prompt": QUESTION, "stream": True}
    for chunk in client(url, patience_seconds).completions.create(**asked):
        for choice in chunk.choices:
            got.text += choice.text
            got.finish = choice.finish_reason or got.finish


def completions_whole(url: str, patience_seconds: float, got: Got) -> None:
    """Ask for one body."""
    completion = client(url, patience_seconds).completions.create(model="m", prompt=QUESTION)
    [choice] = completion.choices
    got.text, got.finish = choice.text, choice.finish_reason


print_replies(
    {
        "chat-loop": chat_loop,
        "chat-helper": chat_helper,
        "chat-whole": chat_whole,
        "responses-loop": responses_loop,
        "responses-helper": responses_helper,
        "responses-whole": responses_whole,
        "completions-loop": completions_loop,
        "completions-whole": completions_whole,
    }
)
