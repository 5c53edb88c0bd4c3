import { EventSourceParserStream } from "eventsource-parser/stream"
import { ref } from "vue"

const API = import.meta.env.VITE_API ?? "http://127.0.0.1:8788" // streamproof serve

/** The last answer, and the function that sends a question. */
export function useAnswer() {
    const text = ref("")
    const sources = ref([])
    const state = ref("ready") // then streaming, then stored or failed

    async function ask(message) {
        text.value = ""
        sources.value = []
        state.value = "streaming"
        try {
            const frames = await framesOf(message)
            for (let read = await frames.read(); !read.done; read = await frames.read()) {
                receive(read.value)
            }
        } catch (error) {
            console.error(error) // the relay refused the question, or the connection broke
        }
        if (state.value === "streaming") {
            state.value = "failed" // a stream without an end is not a complete answer
        }
    }

    function receive({ event, data }) {
        if (event === "end") {
            state.value = "stored"
        } else if (event === "error") {
            state.value = "failed"
        } else {
            const message = parse(data)
            if (message?.type === "content") {
                text.value += message.content
            } else if (message?.type === "sources") {
                sources.value.push(...message.sources)
            }
        }
    }
    return { text, sources, state, ask }
}

/** Send a message, and return a reader of the frames of the reply. */
async function framesOf(message) {
    const response = await fetch(`${API}/api/chat/demo/stream`, {
        method: "POST",
        body: new URLSearchParams({ message }),
    })
    if (!response.ok) {
        throw new Error(`${response.status} ${await response.text()}`)
    }
    return response.body
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream())
        .getReader()
}

/** Return the JSON of a frame, or null if the relay passed on data that is not JSON. */
function parse(data) {
    try {
        return JSON.parse(data)
    } catch {
        return null
    }
}
