const AI_URL = process.env.AI_URL ?? "http://127.0.0.1:8787" // streamproof mock

/** Pass the question on to the AI service, and its stream back to the page. */
export async function POST(request) {
    const { question } = await request.json()
    const reply = await fetch(`${AI_URL}/chat/stream`, {
        method: "POST",
        headers: { Accept: "text/event-stream", "Content-Type": "application/json" },
        body: JSON.stringify({ question }),
        signal: request.signal, // when the page leaves, the AI service may stop
    })
    return new Response(reply.body, {
        status: reply.status,
        headers: {
            "Content-Type": reply.headers.get("Content-Type"),
            "Cache-Control": "no-cache, no-transform", // Next.js compresses other replies
            "X-Accel-Buffering": "no", // so nginx passes on every event at once
        },
    })
}
