// The route of a page with useChat: `POST` is what app/api/chat/route.ts of a Next.js project has.
import { createOpenAI } from "@ai-sdk/openai"
import { serve } from "@hono/node-server"
import { convertToModelMessages, streamText, type UIMessage } from "ai"
import { Hono } from "hono"

const openai = createOpenAI({ apiKey: process.env.OPENAI_API_KEY })
const model =
    process.env.OPENAI_API === "responses" ? openai.responses("gpt-5.2") : openai.chat("gpt-5.2")

export async function POST(request: Request) {
    const { messages }: { messages: UIMessage[] } = await request.json()
    const result = streamText({ model, messages: await convertToModelMessages(messages) })
    return result.toUIMessageStreamResponse()
}

const app = new Hono()
app.post("/api/chat", (c) => POST(c.req.raw))

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.env.PORT) })
