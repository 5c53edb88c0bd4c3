import { Chat } from "./Chat.jsx"
import { useFetchAnswer } from "./useFetchAnswer.js"

const MOCK = import.meta.env.VITE_MOCK ?? "http://127.0.0.1:8787" // streamproof mock

export default {
    title: "Chat",
    render: ({ scenario }) => <Chat api={`${MOCK}/s/${scenario}`} useAnswer={useFetchAnswer} />,
    play: ({ canvas, userEvent }) => userEvent.type(canvas.getByLabelText("Question"), "Hi{Enter}"),
}

export const WithSources = { args: { scenario: "example-conversation" } }
export const Waiting = { args: { scenario: "held-between-two-tokens" } }
export const ConnectionReset = { args: { scenario: "reset-mid-answer" } }
export const RefusedWith503 = { args: { scenario: "status-503" } }
