import { http, HttpResponse, passthrough } from "msw"
import { setupWorker } from "msw/browser"

const HISTORY = {
    messages: [
        { id: "1", sender: "USER", message: "May I work from home?" },
        { id: "2", sender: "AI", message: "Yes, on two days a week." },
    ],
    nextCursor: null,
}

export const worker = setupWorker(
    http.get("*/api/chat/:room/messages", () => HttpResponse.json(HISTORY)),
    http.post("*/api/chat/:room/stream", () => passthrough()), // streamproof mock answers
)
