import { appendToChat, displaySources, enableSendButton } from "./example.js"

const eventSource = new EventSource("/api/chat/stream")

// Handle content streaming
eventSource.addEventListener("message", (event) => {
    const data = JSON.parse(event.data)

    if (data.type === "content") {
        appendToChat(data.content)
    }
})

// Handle sources
eventSource.addEventListener("sources", (event) => {
    const data = JSON.parse(event.data)

    if (data.type === "sources") {
        displaySources(data.sources)
    }
})

// Handle end
eventSource.addEventListener("end", (event) => {
    eventSource.close()
    enableSendButton()
})

// Handle errors
eventSource.addEventListener("error", (event) => {
    console.error("Stream error:", event)
    eventSource.close()
})
