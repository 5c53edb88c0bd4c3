// Asks for responses with openai.
import { installed, patienceMs, printReplies } from "./replies.mjs";

const { OpenAI } = await installed("openai");

const asked = { model: "m", input: "What is the weather?" };
const client = (url) =>
  new OpenAI({ apiKey: "k", baseURL: `${url}/v1`, maxRetries: 0, timeout: patienceMs });

async function streamed(url, got) {
  const stream = client(url).responses.stream(asked);
  stream.on("response.output_text.delta", (event) => (got.text += event.delta));
  take(await stream.finalResponse(), got);
}

async function whole(url, got) {
  take(await client(url).responses.create(asked), got);
}

function take(response, got) {
  const of = (type) => response.output.filter((item) => item.type === type);
  const parts = of("message").flatMap((item) => item.content);
  got.text = response.output_text;
  got.reasoning = of("reasoning").flatMap((item) => item.summary.map((part) => part.text)).join("");
  got.refusal = parts.map((part) => part.refusal ?? "").join("");
  got.tool_calls = of("function_call").map((call) => [call.call_id, call.name, call.arguments]);
  got.sources = parts.flatMap((part) => (part.annotations ?? []).map((note) => note.url));
  got.finish = response.incomplete_details?.reason ?? response.status;
  got.usage = response.usage && [response.usage.input_tokens, response.usage.output_tokens];
}

await printReplies({ streamed, whole });
