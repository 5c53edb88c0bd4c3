const STATES = {
    streaming: "Answering …",
    stored: "The answer is stored.",
    failed: "The answer is not complete.",
}

/** A question field with the answer below it; `useAnswer` is one of the two hooks. */
export function Chat({ api, useAnswer }) {
    const [answer, ask] = useAnswer(api)

    function send(event) {
        event.preventDefault()
        ask(new FormData(event.target).get("message"))
    }
    return (
        <form onSubmit={send}>
            <input name="message" aria-label="Question" required />
            <button disabled={answer?.state === "streaming"}>Send</button>
            {answer && (
                <section aria-label="Answer">
                    <p style={{ whiteSpace: "pre-wrap" }}>{answer.text}</p>
                    <ul>
                        {answer.sources.map(({ id, title }) => (
                            <li key={id}>{title}</li>
                        ))}
                    </ul>
                    <p role="status">{STATES[answer.state]}</p>
                </section>
            )}
        </form>
    )
}
