import { createRoot } from "react-dom/client"

import { Chat } from "./Chat.jsx"
import { History } from "./History.jsx"
import { useEventSourceAnswer } from "./useEventSourceAnswer.js"
import { useFetchAnswer } from "./useFetchAnswer.js"

const api = import.meta.env.VITE_API ?? "http://127.0.0.1:8788" // streamproof serve
const useAnswer = location.search === "?event-source" ? useEventSourceAnswer : useFetchAnswer

if (import.meta.env.VITE_MSW) {
    const { worker } = await import("./msw.js")
    await worker.start()
}
createRoot(document.getElementById("root")).render(
    <main>
        <History api={api} />
        <Chat api={api} useAnswer={useAnswer} />
    </main>,
)
