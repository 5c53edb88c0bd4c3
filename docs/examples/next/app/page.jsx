"use client"

import { EventSourceParserStream } from "eventsource-parser/stream"
import { useState } from "react"

export default function Page() {
    const [text, setText] = useState("")
    const [state, setState] = useState("ready")

    async function ask(event) {
        event.preventDefault()
        setText("")
        setState("streaming")
        try {
            setState((await read(event.target)) ? "complete" : "failed")
        } catch (error) {
            console.error(error) // the connection broke
            setState("failed")
        }
    }

    /** Send the question, show the answer, and return whether it is complete. */
    async function read(form) {
        const question = new FormData(form).get("question")
        const response = await fetch("/api/chat", { method: "POST", body: JSON.stringify({ question }) })
        if (!response.ok) {
            return false
        }
        const events = response.body
            .pipeThrough(new TextDecoderStream())
            .pipeThrough(new EventSourceParserStream())
            .getReader()
        let complete = false
        for (let read = await events.read(); !read.done; read = await events.read()) {
            const { event, data } = read.value
            complete ||= event === "end"
            if (event === "message") {
                setText((text) => text + JSON.parse(data).content)
            }
        }
        return complete
    }

    return (
        <form onSubmit={ask}>
            <input name="question" aria-label="Question" required />
            <button disabled={state === "streaming"}>Send</button>
            <p style={{ whiteSpace: "pre-wrap" }}>{text}</p>
            <p role="status">{state}</p>
        </form>
    )
}
