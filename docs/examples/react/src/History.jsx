import { useEffect, useState } from "react"

/** The stored messages of the room, read once. */
export function History({ api }) {
    const [messages, setMessages] = useState([])

    useEffect(() => {
        const leave = new AbortController()
        fetch(`${api}/api/chat/demo/messages`, { signal: leave.signal })
            .then((response) => response.json())
            .then((history) => setMessages(history.messages))
            .catch((error) => leave.signal.aborted || console.error(error))
        return () => leave.abort()
    }, [api])

    return (
        <ol aria-label="History">
            {messages.map(({ id, message }) => (
                <li key={id}>{message}</li>
            ))}
        </ol>
    )
}
