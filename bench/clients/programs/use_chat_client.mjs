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
  await chat.sendMessage({ text: question });
  for (const part of chat.lastMessage.role === "assistant" ? chat.lastMessage.parts : []) {
    if (part.type === "text") got.text += part.text;
    if (part.type === "reasoning") got.reasoning += part.text;
    if (part.type.startsWith("source-")) got.sources.push(part.url ?? part.title);
    if (part.type === "dynamic-tool" || part.type.startsWith("tool-")) {
      const input = part.input ?? part.rawInput ?? "";
      const name = part.toolName ?? part.type.slice("tool-".length);
      got.tool_calls.push([name, typeof input === "string" ? input : JSON.stringify(input)]);
    }
  }
  if (chat.status === "error") throw chat.error;
}

await printReplies({ streamed });
