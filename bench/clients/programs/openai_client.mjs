// Asks with openai, for chat completions and responses.
import { installed } from "./installed.mjs";
import { messages, patienceMs, printReplies, question } from "./replies.mjs";

const { OpenAI } = await installed("openai");

const chat = { model: "m", messages };
const response = { model: "m", input: question };
const client = (url) => new OpenAI({ apiKey: "k", baseURL: `${url}/v1`, timeout: patienceMs });

async function chatLoop(url, got) {
  const calls = new Map();
  const chunks = await client(url).chat.completions.create({ ...chat, stream: true });
  for await (const chunk of chunks) {
    for (const { delta, finish_reason: finish } of chunk.choices ?? []) {
      got.finish = finish ?? got.finish;
      got.text += delta?.content ?? "";
      got.refusal += delta?.refusal ?? "";
      got.reasoning += delta?.reasoning_content ?? "";
      for (const { index, function: called } of delta?.tool_calls ?? []) {
        const [name, given] = calls.get(index) ?? ["", ""];
        calls.set(index, [name + (called.name ?? ""), given + (called.arguments ?? "")]);
      }
      got.tool_calls = [...calls.values()];
    }
  }
}

async function chatHelper(url, got) {
  const stream = client(url).chat.completions.stream(chat);
  stream.on("content.delta", ({ delta }) => (got.text += delta));
  takeCompletion(await stream.finalChatCompletion(), got);
}

async function chatWhole(url, got) {
  takeCompletion(await client(url).chat.completions.create(chat), got);
}

function takeCompletion({ choices: [{ message, finish_reason: finish }] }, got) {
  got.text = message.content ?? "";
  got.refusal = message.refusal ?? "";
  got.reasoning = message.reasoning_content ?? "";
  got.tool_calls = (message.tool_calls ?? []).map(({ function: called }) => [
    called.name,
    called.arguments,
  ]);
  got.sources = (message.annotations ?? []).map((note) => note.url_citation.url);
  got.finish = finish;
}

async function responsesLoop(url, got) {
  for await (const event of await client(url).responses.create({ ...response, stream: true })) {
    takeEvent(event, got);
  }
}

async function responsesHelper(url, got) {
  const stream = client(url).responses.stream(response);
  stream.on("response.output_text.delta", (event) => takeEvent(event, got));
  takeResponse(await stream.finalResponse(), got);
}

async function responsesWhole(url, got) {
  takeResponse(await client(url).responses.create(response), got);
}

function takeEvent(event, got) {
  switch (event.type) {
    case "response.output_text.delta":
      got.text += event.delta;
      break;
    case "response.reasoning_summary_text.delta":
      got.reasoning += event.delta;
      break;
    case "response.refusal.delta":
      got.refusal += event.delta;
      break;
    case "response.function_call_arguments.done":
      got.tool_calls.push([event.name, event.arguments]);
      break;
    case "response.output_text.annotation.added":
      got.sources.push(event.annotation.url);
      break;
    case "response.completed":
    case "response.incomplete":
    case "response.failed":
      got.finish = finishOf(event.response);
  }
}

function takeResponse(response, got) {
  const of = (type) => response.output.filter((item) => item.type === type);
  const parts = of("message").flatMap((item) => item.content);
  got.text = response.output_text;
  got.reasoning = of("reasoning").flatMap((item) => item.summary.map((part) => part.text)).join("");
  got.refusal = parts.map((part) => part.refusal ?? "").join("");
  got.tool_calls = of("function_call").map((call) => [call.name, call.arguments]);
  got.sources = parts.flatMap((part) => (part.annotations ?? []).map((note) => note.url));
  got.finish = finishOf(response);
}

const finishOf = (response) => response.incomplete_details?.reason ?? response.status;

await printReplies({
  "chat-loop": chatLoop,
  "chat-helper": chatHelper,
  "chat-whole": chatWhole,
  "responses-loop": responsesLoop,
  "responses-helper": responsesHelper,
  "responses-whole": responsesWhole,
});
