/** The text in an event: of the chat dialect, and of the AI services that many clients know. */

/** Where each service has the text of an event, as paths into its JSON. */
const TEXTS = [
  ["choices", 0, "delta", "content"], // OpenAI, Mistral
  ["choices", 0, "text"], // OpenAI's completions
  ["delta", "text"], // Anthropic, Bedrock
  ["candidates", 0, "content", "parts", 0, "text"], // Gemini
  ["message", "content"], // Ollama
  ["response"], // Ollama's completions
  ["delta", "message", "content", "text"], // Cohere
]

/** The types of the events that have their text in `delta`. */
const WITH_DELTA = new Set(["response.output_text.delta", "text-delta", "TEXT_MESSAGE_CONTENT"])

/** The text that an event adds to the answer; null for an event without text. */
export function textOf({ kind, data }) {
  if (kind !== "content" && kind !== "other") return null
  const value = parse(data)
  if (kind === "content") return value?.content ?? null
  if (WITH_DELTA.has(value?.type)) return value.delta ?? null
  for (const path of TEXTS) {
    const found = path.reduce((inside, key) => inside?.[key], value)
    if (typeof found === "string") return found
  }
  return null
}

/** The sources of an event; empty for another event. */
export function sourcesOf({ kind, data }) {
  return kind === "sources" ? (parse(data)?.sources ?? []) : []
}

/** The value of a JSON text; null if it cannot be read. */
export function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
