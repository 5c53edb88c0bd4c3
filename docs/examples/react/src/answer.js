/** The answer of a question that was just sent. */
export const ASKED = { state: "streaming", text: "", sources: [] }

/** Return the answer after one more frame. */
export function withFrame(answer, { event, data }) {
    if (event === "end") {
        return { ...answer, state: "stored" }
    }
    if (event === "error") {
        return { ...answer, state: "failed" }
    }
    const message = parse(data)
    switch (message?.type) {
        case "content":
            return { ...answer, text: answer.text + message.content }
        case "sources":
            return { ...answer, sources: [...answer.sources, ...message.sources] }
        default:
            return answer // the start frame, or data that is not part of an answer
    }
}

/** Return the answer after the last byte of its stream: without an end it is not complete. */
export function withClose(answer) {
    return answer.state === "streaming" ? { ...answer, state: "failed" } : answer
}

/** Return the JSON of a frame, or null if the relay passed on data that is not JSON. */
function parse(data) {
    try {
        return JSON.parse(data)
    } catch {
        return null
    }
}
