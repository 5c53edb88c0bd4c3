import { EventSourceParserStream } from "eventsource-parser/stream"
import { useState } from "react"

import { ASKED, withClose, withFrame } from "./answer.js"

/** Return the last answer, and the function that sends a question: one request for both. */
export function useFetchAnswer(api) {
    const [answer, setAnswer] = useState(null)

    async function ask(message) {
        setAnswer(ASKED)
        try {
            const frames = await framesOf(api, message)
            for (let read = await frames.read(); !read.done; read = await frames.read()) {
                const { event = "message", data } = read.value
                setAnswer((answer) => withFrame(answer, { event, data }))
            }
        } catch (error) {
            console.error(error) // the relay refused the question, or the connection broke
        }
        setAnswer(withClose)
    }
    return [answer, ask]
}

/** Send a message, and return a reader of the frames of the reply. */
async function framesOf(api, message) {
    const response = await fetch(`${api}/api/chat/demo/stream`, {
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
