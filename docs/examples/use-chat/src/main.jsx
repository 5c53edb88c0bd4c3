import { useChat } from "@ai-sdk/react"
import { DefaultChatTransport } from "ai"
import { createRoot } from "react-dom/client"

const MOCK = import.meta.env.VITE_MOCK ?? "http://127.0.0.1:8787" // streamproof mock
const scenario = new URLSearchParams(location.search).get("scenario") ?? "example-conversation"
const transport = new DefaultChatTransport({ api: `${MOCK}/s/${scenario}/api/chat` })

function Chat() {
    const { messages, sendMessage, status, error } = useChat({ transport })

    function send(event) {
        event.preventDefault()
        sendMessage({ text: new FormData(event.target).get("message") })
    }
    return (
        <form onSubmit={send}>
            <input name="message" aria-label="Question" required />
            <button disabled={status !== "ready" && status !== "error"}>Send</button>
            {messages.map(({ id, role, parts }) => (
                <p key={id} aria-label={role} style={{ whiteSpace: "pre-wrap" }}>
                    {parts.map((part) => (part.type === "text" ? part.text : ""))}
                </p>
            ))}
            <p role="status">{error?.message ?? status}</p>
        </form>
    )
}

createRoot(document.getElementById("root")).render(<Chat />)
