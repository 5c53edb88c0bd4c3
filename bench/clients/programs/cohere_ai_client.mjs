// Chats with cohere-ai.
import { installed } from "./installed.mjs";
import { messages, patienceMs, printReplies } from "./replies.mjs";

const { CohereClientV2 } = await installed("cohere-ai");

const asked = { model: "m", messages };
const options = { timeoutInSeconds: patienceMs / 1000 };
const client = (url) => new CohereClientV2({ token: "k", environment: url });

async function streamed(url, got) {
  for await (const event of await client(url).chatStream(asked, options)) {
    const message = event.delta?.message;
    const call = message?.toolCalls;
    switch (event.type) {
      case "content-start":
      case "content-delta":
        got.text += message.content.text ?? "";
        got.reasoning += message.content.thinking ?? "";
        break;
      case "tool-call-start":
        got.tool_calls.push([call.function.name, call.function.arguments]);
        break;
      case "tool-call-delta":
        got.tool_calls[event.index][1] += call.function.arguments;
        break;
      case "citation-start":
        got.sources.push(...message.citations.sources.map((source) => source.id));
        break;
      case "message-end":
        got.finish = event.delta.error ?? event.delta.finishReason;
    }
  }
}

async function whole(url, got) {
  const { message, finishReason } = await client(url).chat(asked, options);
  got.text = (message.content ?? []).map((part) => part.text ?? "").join("");
  got.reasoning = (message.content ?? []).map((part) => part.thinking ?? "").join("");
  for (const { function: called } of message.toolCalls ?? []) {
    got.tool_calls.push([called.name, called.arguments]);
  }
  got.sources = (message.citations ?? []).flatMap((one) => one.sources.map((source) => source.id));
  got.finish = finishReason;
}

await printReplies({ streamed, whole });
