// A backend on Hono's own helper for event streams. It asks the AI service in the chat dialect.
import { serve } from "@hono/node-server"
import { Hono } from "hono"
import { streamSSE } from "hono/streaming"
import { eventsOf } from "./events"

const AI_URL = process.env.AI_URL
const FAILED = JSON.stringify({ error: "Failed to process message" })

const app = new Hono()
app.post("/api/chat/:room/stream", async (c) => {
    const { message } = await c.req.parseBody()
    if (typeof message !== "string" || !message) {
        return c.json({ error: "Message is required" }, 400)
    }
    return streamSSE(c, async (stream) => {
        const hello = { event: "start", data: { message: "Starting AI response..." } }
        await stream.writeSSE({ data: JSON.stringify(hello) })
        try {
            const response = await fetch(`${AI_URL}/chat/stream`, {
                method: "POST",
                headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
                body: JSON.stringify({ question: message, chatRoomId: c.req.param("room") }),
            })
            const type = response.headers.get("content-type") ?? ""
            if (response.status !== 200 || !type.startsWith("text/event-stream")) {
                throw new Error(`the AI service answered ${response.status} ${type}`)
            }
            for await (const { event, data } of eventsOf(response.body!)) {
                const body = JSON.parse(data)
                if (body.type === "end") {
                    await stream.writeSSE({ event: "end", data: JSON.stringify({ type: "end" }) })
                    return
                }
                await stream.writeSSE({ event, data })
            }
            throw new Error("the AI service sent no end")
        } catch (error) {
            console.error(error)
            await stream.writeSSE({ event: "error", data: FAILED })
        }
    })
})

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.env.PORT) })
