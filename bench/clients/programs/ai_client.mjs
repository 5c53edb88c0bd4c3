// Generates text with ai, through its providers.
import { installed } from "./installed.mjs";
import { printReplies, question } from "./replies.mjs";

const { generateText, jsonSchema, streamText, tool } = await installed("ai");

const providers = {
  "openai-chat": async (url) =>
    (await installed("@ai-sdk/openai")).createOpenAI({ apiKey: "k", baseURL: `${url}/v1` }).chat("m"),
  "openai-responses": async (url) =>
    (await installed("@ai-sdk/openai"))
      .createOpenAI({ apiKey: "k", baseURL: `${url}/v1` })
      .responses("m"),
  compatible: async (url) =>
    (await installed("@ai-sdk/openai-compatible")).createOpenAICompatible({
      name: "any",
      apiKey: "k",
      baseURL: `${url}/v1`,
    })("m"),
  anthropic: async (url) =>
    (await installed("@ai-sdk/anthropic")).createAnthropic({ apiKey: "k", baseURL: `${url}/v1` })("m"),
  google: async (url) =>
    (await installed("@ai-sdk/google")).createGoogleGenerativeAI({
      apiKey: "k",
      baseURL: `${url}/v1beta`,
    })("m"),
  mistral: async (url) =>
    (await installed("@ai-sdk/mistral")).createMistral({ apiKey: "k", baseURL: `${url}/v1` })("m"),
  cohere: async (url) =>
    (await installed("@ai-sdk/cohere")).createCohere({ apiKey: "k", baseURL: `${url}/v2` })("m"),
};
const anything = tool({ inputSchema: jsonSchema({ type: "object" }) });
const asked = (model) => ({
  model,
  prompt: question,
  tools: { get_weather: anything, leave: anything, policy: anything },
});

const streamed = (provider) => async (url, got) => {
  let failure;
  const onError = ({ error }) => (failure = error);
  const result = streamText({ ...asked(await provider(url)), onError });
  for await (const delta of result.textStream) got.text += delta;
  await take(result, got).catch((error) => (failure ??= error));
  if (failure) throw failure;
};

const whole = (provider) => async (url, got) =>
  take(await generateText(asked(await provider(url))), got);

async function take(result, got) {
  got.text = await result.text;
  got.reasoning = (await result.reasoningText) ?? "";
  for (const { toolName, input } of await result.toolCalls) {
    got.tool_calls.push([toolName, typeof input === "string" ? input : JSON.stringify(input)]);
  }
  got.sources = (await result.sources).map((source) => source.url ?? source.title);
  got.finish = await result.finishReason;
}

const ways = Object.entries(providers).flatMap(([name, provider]) => [
  [`${name}-streamed`, streamed(provider)],
  [`${name}-whole`, whole(provider)],
]);
await printReplies(Object.fromEntries(ways));
