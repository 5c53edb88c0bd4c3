// Runs an agent with the HttpAgent of @ag-ui/client.
import { installed } from "./installed.mjs";
import { printReplies, question } from "./replies.mjs";

const { HttpAgent } = await installed("@ag-ui/client");

async function streamed(url, got) {
  const agent = new HttpAgent({ url: `${url}/agent`, threadId: "t" });
  agent.addMessage({ id: "q", role: "user", content: question });
  await agent.runAgent(
    { runId: "r" },
    {
      onMessagesChanged: ({ messages }) => take(messages, got),
      onCustomEvent: ({ event }) => got.sources.push(...event.value.map((source) => source.id)),
      onRunErrorEvent: () => (got.finish = "run error"),
      onRunFinishedEvent: ({ outcome }) => (got.finish = outcome),
    },
  );
}

function take(messages, got) {
  const text = (role) => messages.map((one) => (one.role === role ? (one.content ?? "") : ""));
  got.text = text("assistant").join("");
  got.reasoning = text("reasoning").join("");
  got.tool_calls = messages
    .flatMap((message) => message.toolCalls ?? [])
    .map(({ function: called }) => [called.name, called.arguments]);
}

await printReplies({ streamed });
