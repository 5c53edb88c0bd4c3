"""The official clients find the mock by their environment variables, and real keys stay here."""

from __future__ import annotations

import os
import subprocess
from contextlib import closing

import pytest

from bench.clients.install import python, python_packages
from streamproof.harness.client_variables import VARIABLES
from streamproof.harness.pytest_plugin import plugin
from streamproof.mock_ai import MockAI
from tests.agreement.clients.client_library import client_library

openai = client_library("openai", "openai is not installed; it is in the extra dev")
anthropic = client_library("anthropic", "anthropic is not installed; it is in the extra dev")
genai = client_library("google.genai", "google-genai is not installed; it is in the extra dev")

TEXT = "Based on your company's HR policy,"
SECRET = "a real key"


@pytest.fixture(scope="module")
def mock():
    with MockAI.in_thread(default="example-conversation", speed=0) as running:
        yield running


@pytest.fixture
def pointed(mock, monkeypatch):
    """Return a function that sets the variables of a client, after those of a real account."""

    def point(client):
        for name in VARIABLES[client]:
            monkeypatch.setenv(name, SECRET)
        return plugin._pointed(mock, monkeypatch, client)

    yield point
    for entry in mock.journal:
        assert SECRET not in str(entry.request.headers)
    mock.reset()


def test_openai(pointed):
    pointed("openai")
    asked = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    with openai.OpenAI(max_retries=0) as client:
        chunks = client.chat.completions.create(**asked, stream=True)
        text = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(text) == TEXT


def test_openai_on_azure(pointed):
    pointed("azure-openai")
    asked = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    with openai.AzureOpenAI(max_retries=0) as client:
        assert client.chat.completions.create(**asked).choices[0].message.content == TEXT


def test_anthropic(pointed):
    pointed("anthropic")
    asked = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    with anthropic.Anthropic(max_retries=0) as client:
        assert client.messages.create(**asked).content[0].text == TEXT


def test_bedrock(pointed):
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed; it is in the extra dev")
    pointed("bedrock")
    blocks = [{"role": "user", "content": [{"text": "hi"}]}]
    keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
    with closing(boto3.client("bedrock-runtime", **keys)) as client:
        [block] = client.converse(modelId="m", messages=blocks)["output"]["message"]["content"]
    assert block["citationsContent"]["content"] == [{"text": TEXT}]
    asked = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    keys = {"aws_access_key": "k", "aws_secret_key": "s", "aws_region": "us-east-1"}
    with anthropic.AnthropicBedrock(**keys, max_retries=0) as client:
        assert client.messages.create(**asked).content[0].text == TEXT


def test_gemini(pointed):
    pointed("gemini")
    client = genai.Client()
    answer = client.models.generate_content(model="m", contents="hi")
    client.close()
    assert answer.text == TEXT


OTHERS = {
    "ollama": "print(ollama.generate('m', 'hi').response)",
    "cohere": "import cohere; client = cohere.ClientV2(); "
    "print(client.chat(model='m', messages=[{'role': 'user', 'content': 'hi'}])"
    ".message.content[0].text)",
}


@pytest.mark.prove  # they are installed from a registry
@pytest.mark.parametrize(("client", "code"), OTHERS.items())
def test_a_client_that_is_not_in_the_extra_dev(pointed, client, code):
    pointed(client)
    versions = {"ollama": "0.6.3", "cohere": "7.3.1"}
    folder = python_packages({client: versions[client]})
    done = subprocess.run(
        [python(folder), "-c", f"import {client}; {code}"],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == (TEXT, "")
