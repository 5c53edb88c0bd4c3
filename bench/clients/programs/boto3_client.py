"""Ask with boto3 for messages of Amazon Bedrock: by Converse, or by Anthropic's own messages."""

import json

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from replies import MESSAGES, QUESTION, Got, print_replies

MODEL = "anthropic.claude-sonnet-5-v1:0"
IN_BLOCKS = [{"role": "user", "content": [{"text": QUESTION}]}]
ASKED = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 100, "messages": MESSAGES}


def client(url: str, patience_seconds: float) -> BaseClient:
    """Return a client for a scenario."""
    account = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
    config = Config(read_timeout=patience_seconds)
    return boto3.client("bedrock-runtime", endpoint_url=url, config=config, **account)


def converse_streamed(url: str, patience_seconds: float, got: Got) -> None:
    """Read the events of Converse in a loop."""
    reply = client(url, patience_seconds).converse_stream(modelId=MODEL, messages=IN_BLOCKS)
    for event in reply["stream"]:
        match event:
            case {"contentBlockStart": {"start": {"toolUse": call}}}:
                got.tool_calls.append((call["name"], ""))
            case {"contentBlockDelta": {"delta": {"toolUse": {"input": text}}}}:
                name, arguments = got.tool_calls.pop()
                got.tool_calls.append((name, arguments + text))
            case {"contentBlockDelta": {"delta": {"citation": citation}}}:
                got.sources.append(citation["title"])
            case {"contentBlockDelta": {"delta": delta}}:
                got.text += delta.get("text", "")
                got.reasoning += delta.get("reasoningContent", {}).get("text", "")
            case {"messageStop": stop}:
                got.finish = stop["stopReason"]


def converse_whole(url: str, patience_seconds: float, got: Got) -> None:
    """Ask Converse for one body."""
    reply = client(url, patience_seconds).converse(modelId=MODEL, messages=IN_BLOCKS)
    for block in reply["output"]["message"]["content"]:
        match block:
            case {"text": text}:
                got.text += text
            case {"citationsContent": {"content": texts, "citations": citations}}:
                got.text += "".join(one["text"] for one in texts)
                got.sources += [one["title"] for one in citations]
            case {"reasoningContent": {"reasoningText": {"text": text}}}:
                got.reasoning += text
            case {"toolUse": call}:
                got.tool_calls.append((call["name"], json.dumps(call["input"])))
    got.finish = reply.get("stopReason")


def invoke_streamed(url: str, patience_seconds: float, got: Got) -> None:
    """Read the events of Anthropic in a loop."""
    ask = client(url, patience_seconds).invoke_model_with_response_stream
    for frame in ask(modelId=MODEL, body=json.dumps(ASKED))["body"]:
        event = json.loads(frame["chunk"]["bytes"])
        match event:
            case {"content_block": {"type": "tool_use", "name": name}}:
                got.tool_calls.append((name, ""))
            case {"delta": {"partial_json": text}}:
                name, arguments = got.tool_calls.pop()
                got.tool_calls.append((name, arguments + text))
            case {"delta": {"citation": citation}}:
                got.sources.append(citation["document_title"])
            case {"delta": {"stop_reason": reason}}:
                got.finish = reason
            case {"delta": delta}:
                got.text += delta.get("text", "")
                got.reasoning += delta.get("thinking", "")


def invoke_whole(url: str, patience_seconds: float, got: Got) -> None:
    """Ask for one body of Anthropic."""
    reply = client(url, patience_seconds).invoke_model(modelId=MODEL, body=json.dumps(ASKED))
    message = json.loads(reply["body"].read())
    for block in message["content"]:
        got.text += block.get("text", "")
        got.reasoning += block.get("thinking", "")
        got.sources += [one["document_title"] for one in block.get("citations", ())]
        if block["type"] == "tool_use":
            got.tool_calls.append((block["name"], json.dumps(block["input"])))
    got.finish = message["stop_reason"]


print_replies(
    {
        "converse-streamed": converse_streamed,
        "converse-whole": converse_whole,
        "invoke-streamed": invoke_streamed,
        "invoke-whole": invoke_whole,
    }
)
