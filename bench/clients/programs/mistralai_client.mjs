// Chats with @mistralai/mistralai.
import { installed } from "./installed.mjs";
import { messages, patienceMs, printReplies } from "./replies.mjs";

const { Mistral } = await installed("@mistralai/mistralai");

const asked = { model: "m", messages };
const client = (url) => new Mistral({ apiKey: "k", serverURL: url, timeoutMs: patienceMs });

async function streamed(url, got) {
  for await (const { data: chunk } of await client(url).chat.stream(asked)) {
    for (const choice of chunk.choices) {
      takeMessage(choice.delta, got);
      got.finish = choice.finishReason ?? got.finish;
    }
  }
}

async function whole(url, got) {
  const { choices } = await client(url).chat.complete(asked);
  takeMessage(choices[0].message, got);
  got.finish = choices[0].finishReason;
}

function takeMessage({ content, toolCalls }, got) {
  const text = typeof content === "string" ? content : "";
  got.text += text;
  for (const part of text === content ? [] : (content ?? [])) {
    got.text += part.text ?? "";
    got.reasoning += (part.thinking ?? []).map((one) => one.text).join("");
    got.sources.push(...(part.referenceIds ?? []));
  }
  for (const { index, function: called } of toolCalls ?? []) {
    if (got.tool_calls[index]) got.tool_calls[index][1] += called.arguments;
    else got.tool_calls.push([called.name, called.arguments]);
  }
}

await printReplies({ streamed, whole });
