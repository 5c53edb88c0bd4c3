// Runs an agent with the HttpAgent of @ag-ui/client.
import { installed, printReplies } from "./replies.mjs";

const { HttpAgent } = await installed("@ag-ui/client");

async function streamed(url, got) {
  const agent = new HttpAgent({ url: `${url}/agent`, threadId: "t" });
  agent.addMessage({ id: "q", role: "user", content: "What is the weather?" });
  try {
    await agent.runAgent(
      { runId: "r" },
      {
        onCustomEvent: ({ event }) => got.sources.push(...event.value.map((source) => source.id)),
        onRunErrorEvent: ({ event }) => (got.finish = event.message),
        onRunFinishedEvent: ({ event, outcome }) => {
          got.finish = outcome;
          const [usage] = event.usage ?? [];
          got.usage = usage && [usage.inputTokens, usage.outputTokens];
        },
      },
    );
  } finally {
    take(agent.messages, got);
  }
}

function take(messages, got) {
  for (const message of messages) {
    if (message.role === "assistant") got.text += message.content ?? "";
    if (message.role === "reasoning") got.reasoning += message.content;
    for (const { id, function: called } of message.toolCalls ?? []) {
      const result = messages.find(({ toolCallId }) => toolCallId === id);
      got.tool_calls.push([id, called.name, called.arguments, ...(result ? [result.content] : [])]);
    }
  }
}

await printReplies({ streamed });
