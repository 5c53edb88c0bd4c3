// The controller of ai-client-streaming-response.md as it stands there, with the smallest service
// around it: a memory in place of Prisma, and JWT from Hono. Only the port and the URL of the AI
// service come from the environment.
import { serve } from "@hono/node-server"
import { Hono, type Context } from "hono"
import { jwt } from "hono/jwt"
import { randomUUID } from "node:crypto"
import { eventsOf } from "./events"

interface AiClientSource {
    id: string
    title: string
    content: string
}
interface UserJWTDAO {
    sub: string
}
interface AiChatRoomMessageCreateDTO {
    question: string
}
interface AiChatRoomMessage {
    id: string
    sender: "USER" | "AI"
    message: string
    htmlFormattedMessage: string | null
    sources: AiClientSource[]
}

const AI_URL = process.env.AI_URL
const JWT_SECRET = process.env.JWT_SECRET ?? "secret"
const messages = new Map<string, AiChatRoomMessage[]>()

function store(room: string, sender: "USER" | "AI", message: string, sources: AiClientSource[]) {
    const rows = messages.get(room) ?? []
    rows.push({ id: randomUUID(), sender, message, htmlFormattedMessage: null, sources })
    messages.set(room, rows)
}

/** The service: it reads the events of the AI client, stores the answer, and passes each event on. */
async function streamMessage(
    user: UserJWTDAO,
    chatRoomId: string,
    payload: AiChatRoomMessageCreateDTO,
    onChunk: (chunk: string) => void,
) {
    store(chatRoomId, "USER", payload.question, [])
    const response = await fetch(`${AI_URL}/chat/stream`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
        body: JSON.stringify({ question: payload.question, chatRoomId, userId: user.sub }),
    })
    if (!response.ok || !response.body) throw new Error(`AI client responded ${response.status}`)
    let answer = ""
    let sources: AiClientSource[] = []
    for await (const { event, data } of eventsOf(response.body)) {
        onChunk(JSON.stringify({ event, data }))
        const parsed = JSON.parse(data)
        if (parsed.type === "content") answer += parsed.content
        if (parsed.type === "sources") sources = parsed.sources
    }
    store(chatRoomId, "AI", answer, sources)
}

const AiChatService = { Chat: { streamMessage } }

function response_stream(c: Context, stream: ReadableStream) {
    return c.body(stream, 200, { "Content-Type": "text/event-stream" })
}

export async function streamMessageController(c: Context) {
    const formData = await c.req.parseBody({ all: true })
    const message = formData["message"] as string
    const chatRoomId = c.req.param("chatRoomId") as string
    const user: UserJWTDAO = c.get("jwtPayload")

    if (!message) {
        return c.json({ error: "Message is required" }, 400)
    }

    const payload: AiChatRoomMessageCreateDTO = {
        question: message,
    }

    const streamData = new ReadableStream({
        async start(controller) {
            try {
                // Set headers untuk Server-Sent Events
                controller.enqueue(
                    `data: ${JSON.stringify({
                        event: "start",
                        data: { message: "Starting AI response..." },
                    })}\n\n`,
                )

                await AiChatService.Chat.streamMessage(
                    user,
                    chatRoomId,
                    payload,
                    (chunk: string) => {
                        try {
                            const parsedChunk = JSON.parse(chunk)

                            // Format response sesuai dengan SSE standard
                            const eventType = parsedChunk.event || "message"
                            const data = parsedChunk.data || chunk

                            // Kirim ke client dalam format SSE
                            controller.enqueue(`event: ${eventType}\n`)
                            controller.enqueue(`data: ${data}\n\n`)
                        } catch (error) {
                            console.error("Error parsing chunk:", error)
                            // Kirim raw data jika parsing gagal
                            controller.enqueue(`event: message\n`)
                            controller.enqueue(`data: ${chunk}\n\n`)
                        }
                    },
                )

                // Stream selesai
                controller.enqueue(`event: end\n`)
                controller.enqueue(`data: ${JSON.stringify({ type: "end" })}\n\n`)
            } catch (err) {
                console.error("Error in streaming chat:", err)
                controller.enqueue(`event: error\n`)
                controller.enqueue(
                    `data: ${JSON.stringify({ error: "Failed to process message" })}\n\n`,
                )
            } finally {
                controller.close()
            }
        },
    })

    return response_stream(c, streamData as ReadableStream)
}

const app = new Hono()
app.use("/api/*", jwt({ secret: JWT_SECRET, alg: "HS256" }))
app.post("/api/chat/:chatRoomId/stream", streamMessageController)
app.get("/api/chat/:chatRoomId/messages", (c) =>
    c.json({ messages: messages.get(c.req.param("chatRoomId")) ?? [] }),
)

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.env.PORT) })
