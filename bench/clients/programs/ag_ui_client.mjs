// Runs an agent with the HttpAgent of @ag-ui/client.
import { installed } from "./installed.mjs";
import { printReplies, question } from "./replies.mjs";

const { HttpAgent } = await installed("@ag-ui/client");

async function streamed(url, got) {
  const agent = new HttpAgent({ url: `${url}/agent`, threadId: "t" });
  agent.addMessage({ id: "q", role: "user", content: question });
  try {
    await agent.runAgent(
      { runId: "r" },
      {
        onCustomEvent: ({ event }) => got.sources.push(...event.value.map((source) => source.id)),
        onRunErrorEvent: () => (got.finish = "run error"),
        onRunFinishedEvent: ({ outcome }) => (got.finish = outcome),
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
    for (const { function: called } of message.toolCalls ?? []) {
      got.tool_calls.push([called.name, called.arguments]);
    }
  }
}

await printReplies({ streamed });
