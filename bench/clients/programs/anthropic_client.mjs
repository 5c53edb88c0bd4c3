// Asks with @anthropic-ai/sdk for messages.
import { installed } from "./installed.mjs";
import { messages, patienceMs, printReplies } from "./replies.mjs";

const { Anthropic } = await installed("@anthropic-ai/sdk");

const asked = { model: "m", max_tokens: 100, messages };
const client = (url) => new Anthropic({ apiKey: "k", baseURL: url, timeout: patienceMs });

async function loop(url, got) {
  const calls = {};
  for await (const event of await client(url).messages.create({ ...asked, stream: true })) {
    if (event.content_block?.type === "tool_use") {
      got.tool_calls.push((calls[event.index] = [event.content_block.name, ""]));
    }
    if (event.type === "content_block_delta") {
      got.text += event.delta.text ?? "";
      got.reasoning += event.delta.thinking ?? "";
      if (event.delta.partial_json) calls[event.index][1] += event.delta.partial_json;
      if (event.delta.citation) got.sources.push(event.delta.citation.document_title);
    }
    if (event.type === "message_delta") got.finish = event.delta.stop_reason;
  }
}

async function helper(url, got) {
  const stream = client(url).messages.stream(asked);
  stream.on("text", (text) => (got.text += text));
  take(await stream.finalMessage(), got);
}

async function whole(url, got) {
  take(await client(url).messages.create(asked), got);
}

function take({ content, stop_reason: finish }, got) {
  got.text = content.map((block) => block.text ?? "").join("");
  got.reasoning = content.map((block) => block.thinking ?? "").join("");
  for (const block of content) {
    if (block.type === "tool_use") got.tool_calls.push([block.name, JSON.stringify(block.input)]);
    got.sources.push(...(block.citations ?? []).map((one) => one.document_title));
  }
  got.finish = finish;
}

await printReplies({ loop, helper, whole });
