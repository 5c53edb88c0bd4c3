// Generates text with ai, through its providers for OpenAI's responses, Mistral and Cohere.
import { installed, patienceMs, printReplies } from "./replies.mjs";

const { generateText, jsonSchema, streamText, tool } = await installed("ai");
const { createOpenAI } = await installed("@ai-sdk/openai");
const { createMistral } = await installed("@ai-sdk/mistral");
const { createCohere } = await installed("@ai-sdk/cohere");

const providers = {
  openai: (url) => createOpenAI({ apiKey: "k", baseURL: `${url}/v1` }).responses("m"),
  mistral: (url) => createMistral({ apiKey: "k", baseURL: `${url}/v1` })("m"),
  cohere: (url) => createCohere({ apiKey: "k", baseURL: `${url}/v2` })("m"),
};
const anything = tool({ inputSchema: jsonSchema({ type: "object" }) });
const asked = (model) => ({
  model,
  prompt: "What is the weather?",
  maxRetries: 0,
  tools: { get_weather: anything, get_time: anything },
  abortSignal: AbortSignal.timeout(patienceMs),
});

const streamed = (provider) => async (url, got) => {
  let failure;
  const onError = ({ error }) => (failure = error);
  const result = streamText({ ...asked(provider(url)), onError });
  for await (const delta of result.textStream) got.text += delta;
  if (failure) throw failure;
  await take(result, got);
};

const whole = (provider) => async (url, got) => take(await generateText(asked(provider(url))), got);

async function take(result, got) {
  got.text = await result.text;
  got.reasoning = (await result.reasoningText) ?? "";
  for (const { toolCallId, toolName, input } of await result.toolCalls) {
    got.tool_calls.push([toolCallId, toolName, JSON.stringify(input)]);
  }
  got.sources = (await result.sources).map((source) => source.url ?? source.title);
  got.finish = await result.finishReason;
  const { inputTokens, outputTokens } = await result.usage;
  got.usage = [inputTokens, outputTokens];
}

const ways = Object.entries(providers).flatMap(([name, provider]) => [
  [`${name}, streamed`, streamed(provider)],
  [`${name}, whole`, whole(provider)],
]);
await printReplies(Object.fromEntries(ways));
