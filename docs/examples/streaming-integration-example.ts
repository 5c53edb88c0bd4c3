/**
 * Sends a question, shows the answer while it streams, and then reads the stored history.
 *
 *     node docs/examples/streaming-integration-example.ts RELAY_URL TOKEN "How many days of leave?"
 *
 * Node 22.18 or newer runs this file directly. For Node 20 and browsers, compile it with `tsc`.
 * All requests use `fetch`, because an `EventSource` can send neither a form nor a token.
 * If the connection breaks, the client resumes after the last frame that it received.
 */

import type { AiClientResponse, AiClientSource } from "../../contracts/ts/events"

declare const process: {
    argv: string[]
    exitCode: number
    stdout: { write(text: string): void }
}

/** One event of a Server-Sent Events stream. */
export interface SseEvent {
    event: string
    data: string
    id: string
}

/** How a page shows an answer. */
export interface AnswerView {
    appendToChat(text: string): void
    displaySources(sources: AiClientSource[]): void
}

interface HistoryMessage {
    sender: "USER" | "AI"
    message: string
    sources: AiClientSource[]
    turn: { status: string; partial: string | null } | null
}

/**
 * Decodes the bytes of a stream into events, wherever the network cuts them (WHATWG HTML, 9.2).
 * Lines end with LF, CR or CRLF. A blank line ends an event. An unfinished last event is dropped.
 */
export class SseDecoder {
    private readonly utf8 = new TextDecoder() // joins a character that is cut in two; drops a BOM
    private line = ""
    private afterCr = false
    private event = ""
    private data: string[] = []
    private id = ""

    feed(bytes: Uint8Array): SseEvent[] {
        let text = this.utf8.decode(bytes, { stream: true })
        if (text === "") {
            return []
        }
        const restOfCrlf = this.afterCr && text.startsWith("\n")
        this.afterCr = text.endsWith("\r")
        if (restOfCrlf) {
            text = text.slice(1)
        }
        const [first = "", ...others] = text.split(/\r\n|\n|\r/)
        const lines = [this.line + first, ...others]
        this.line = lines.pop() ?? ""
        return lines.flatMap((line) => this.take(line))
    }

    private take(line: string): SseEvent[] {
        if (line === "") {
            return this.dispatch()
        }
        const [, field, value = ""] = /^([^:]*)(?:: ?([^]*))?$/.exec(line) ?? []
        if (field === "data") {
            this.data.push(value)
        } else if (field === "event") {
            this.event = value
        } else if (field === "id" && !value.includes("\0")) {
            this.id = value
        }
        return []
    }

    private dispatch(): SseEvent[] {
        const event = {
            event: this.event || "message",
            data: this.data.join("\n"),
            id: this.id,
        }
        const hasData = this.data.length > 0
        this.event = ""
        this.data = []
        return hasData ? [event] : []
    }
}

/** Yields the events of a response body; throws when the connection breaks. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<SseEvent> {
    const decoder = new SseDecoder()
    const reader = body.getReader()
    try {
        for (let read = await reader.read(); !read.done; read = await reader.read()) {
            yield* decoder.feed(read.value)
        }
    } finally {
        await reader.cancel().catch(() => undefined)
    }
}

/** A user's connection to the chat backend. */
export class ChatClient {
    private readonly url: string
    private readonly token: string

    constructor(url: string, token: string) {
        this.url = url
        this.token = token
    }

    async createRoom(title: string): Promise<string> {
        const response = await this.post("/api/chat/rooms", { title })
        const room = (await response.json()) as { id: string }
        return room.id
    }

    async readHistory(chatRoomId: string): Promise<HistoryMessage[]> {
        const response = await this.get(`/api/chat/${chatRoomId}/messages`)
        const history = (await response.json()) as { messages: HistoryMessage[] }
        return history.messages
    }

    /** Sends a message and shows the answer; returns whether it ended, and so is stored. */
    async ask(chatRoomId: string, message: string, view: AnswerView): Promise<boolean> {
        for await (const { event, data } of this.frames(chatRoomId, message)) {
            if (event === "end") {
                return true
            }
            if (event === "error") {
                return false
            }
            const frame = parse(data)
            if (event === "message" && frame?.type === "content") {
                view.appendToChat(frame.content)
            } else if (event === "sources" && frame?.type === "sources") {
                view.displaySources(frame.sources)
            }
        }
        return false
    }

    /** Yields every frame once, over several connections if needed; sends the message only once. */
    private async *frames(chatRoomId: string, message: string): AsyncGenerator<SseEvent> {
        let lastEventId = ""
        let open = () => this.post(`/api/chat/${chatRoomId}/stream`, { message })
        for (let failures = 0; failures < 5; failures++) {
            await pause(failures * 500)
            try {
                const response = await open()
                if (response.status === 204 || !response.body) {
                    return // every frame was received
                }
                for await (const frame of readEvents(response.body)) {
                    lastEventId = frame.id
                    failures = 0
                    yield frame
                }
            } catch (error) {
                if (lastEventId === "" || !isBrokenConnection(error)) {
                    throw error
                }
            }
            if (lastEventId === "") {
                return // no frame to resume after: the history shows what happened to the message
            }
            console.error(`\n[resume] after ${lastEventId}`)
            open = () => this.get("/api/chat/stream", { "Last-Event-ID": lastEventId })
        }
    }

    private async get(path: string, headers: Record<string, string> = {}): Promise<Response> {
        return this.send(path, { headers })
    }

    private async post(path: string, form: Record<string, string>): Promise<Response> {
        return this.send(path, { method: "POST", body: new URLSearchParams(form) })
    }

    private async send(path: string, init: RequestInit): Promise<Response> {
        const headers = { Authorization: `Bearer ${this.token}`, ...init.headers }
        const response = await fetch(this.url + path, { ...init, headers })
        if (!response.ok) {
            throw new Error(`${path}: ${response.status} ${await response.text()}`)
        }
        return response
    }
}

function isBrokenConnection(error: unknown): boolean {
    return error instanceof TypeError // fetch and its body throw it; an HTTP error is an Error
}

function pause(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Returns the JSON of a frame. Text that is not JSON also arrives; it is not an answer. */
function parse(data: string): AiClientResponse | null {
    try {
        return JSON.parse(data) as AiClientResponse | null
    } catch {
        console.error("Not JSON:", data)
        return null
    }
}

async function main([url, token, question]: string[]): Promise<void> {
    if (!url || !token || !question) {
        throw new Error("usage: streaming-integration-example RELAY_URL TOKEN QUESTION")
    }
    const client = new ChatClient(url, token)
    const room = await client.createRoom("Example")
    const completed = await client.ask(room, question, {
        appendToChat: (text) => process.stdout.write(text),
        displaySources: (sources) =>
            sources.forEach(({ id, title }) => console.log(`\n[source] ${id}: ${title}`)),
    })
    console.log(completed ? "\n[end]" : "\n[error]")
    for (const { sender, message } of await client.readHistory(room)) {
        console.log(`[history] ${sender}: ${message}`)
    }
    process.exitCode = completed ? 0 : 1
}

// Run only as a program, not when a page or a test imports this file.
if (typeof process !== "undefined" && process.argv[1]?.includes("streaming-integration-example")) {
    await main(process.argv.slice(2))
}
