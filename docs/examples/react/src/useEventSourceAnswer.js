import { useEffect, useState } from "react"

import { ASKED, withClose, withFrame } from "./answer.js"

/** Return the last answer, and the function that sends a question; an `EventSource` reads it. */
export function useEventSourceAnswer(api) {
    const [answer, setAnswer] = useState(null)
    const [streamUrl, setStreamUrl] = useState(null)

    useEffect(() => {
        if (streamUrl === null) {
            return
        }
        const source = new EventSource(api + streamUrl)
        const receive = ({ type, data }) => {
            if (data !== undefined) {
                setAnswer((answer) => withFrame(answer, { event: type, data }))
            }
            if (type === "end" || (type === "error" && data !== undefined)) {
                source.close() // an `EventSource` that is not closed connects again
            } else if (source.readyState === EventSource.CLOSED) {
                setAnswer(withClose) // the relay has nothing more to stream
            } // or the connection is lost: the browser resumes after the last frame
        }
        for (const type of ["message", "sources", "end", "error"]) {
            source.addEventListener(type, receive)
        }
        return () => source.close()
    }, [api, streamUrl])

    async function ask(message) {
        setAnswer(ASKED)
        const response = await fetch(`${api}/api/chat/demo/messages`, {
            method: "POST",
            body: new URLSearchParams({ message }),
        })
        if (response.ok) {
            setStreamUrl((await response.json()).streamUrl)
        } else {
            console.error(await response.text())
            setAnswer(withClose)
        }
    }
    return [answer, ask]
}
