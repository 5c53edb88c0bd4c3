// Reads the events of an AI service.
export interface ServiceEvent {
    event: string
    data: string
}

/** Read the events of a body. It waits for what follows a CR, because an LF may belong to it. */
export async function* eventsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServiceEvent> {
    const decoder = new TextDecoder()
    let rest = ""
    let event = ""
    let data: string[] = []
    for await (const bytes of body) {
        rest += decoder.decode(bytes, { stream: true })
        for (;;) {
            const end = /\r\n|\n|\r(?!$)/.exec(rest)
            if (!end) break
            const line = rest.slice(0, end.index)
            rest = rest.slice(end.index + end[0].length)
            if (line === "") {
                if (data.length) yield { event: event || "message", data: data.join("\n") }
                event = ""
                data = []
                continue
            }
            const [field, ...value] = line.split(":")
            const text = value.join(":").replace(/^ /, "")
            if (field === "event") event = text
            if (field === "data") data.push(text)
        }
    }
}
