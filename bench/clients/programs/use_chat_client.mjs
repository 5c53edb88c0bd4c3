// Chats with the class Chat of @ai-sdk/react, which is behind useChat.
import { installed } from "./installed.mjs";
import { printReplies, question } from "./replies.mjs";

const { Chat } = await installed("@ai-sdk/react");
const { DefaultChatTransport } = await installed("ai");

async function streamed(url, got) {
  const chat = new Chat({
    transport: new DefaultChatTransport({ api: `${url}/api/chat` }),
    onFinish: ({ finishReason }) => (got.finish = finishReason ?? null),
  });
  chat["~registerMessagesCallback"](() => take(chat.lastMessage, got)); // as useChat does
  await chat.sendMessage({ text: question });
  if (chat.status === "error") throw chat.error;
}

function take({ role, parts }, got) {
  if (role !== "assistant") return;
  const of = (type) => parts.filter((part) => part.type === type);
  got.text = of("text").map((part) => part.text).join("");
  got.reasoning = of("reasoning").map((part) => part.text).join("");
  got.sources = parts
    .filter((part) => part.type.startsWith("source-"))
    .map((part) => part.url ?? part.title);
  got.tool_calls = parts.filter((part) => part.toolCallId).map(call);
}

function call({ type, toolName, input, rawInput }) {
  const given = input ?? rawInput ?? "";
  const text = typeof given === "string" ? given : JSON.stringify(given);
  return [toolName ?? type.slice("tool-".length), text];
}

await printReplies({ streamed });
