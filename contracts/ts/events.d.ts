/**
 * The events of both legs, as TypeScript types. They have the shapes and the names of the $defs in
 * schemas/ai-service.schema.json and schemas/frontend.schema.json.
 */

/** A part of the answer, with its leading and trailing spaces. Its event name is `message`. */
export interface AiClientContentResponse {
    type: "content"
    content: string
}

/** The documents that the answer is based on. Its event name is `sources`. */
export interface AiClientSourceResponse {
    type: "sources"
    sources: AiClientSource[]
}

/** One document that the answer is based on. */
export interface AiClientSource {
    id: string
    title: string
    content: string
}

/** The end of the reply, after which nothing follows. Its event name is `end`. */
export interface AiClientEndResponse {
    type: "end"
}

/** The JSON data of one event of the AI service. */
export type AiClientResponse =
    | AiClientContentResponse
    | AiClientSourceResponse
    | AiClientEndResponse

/**
 * The first frame of a turn: the user's message is stored.
 * It has no event name, so it arrives as `message`.
 */
export interface ChatStreamStart {
    event: "start"
    data: { message: string }
}

/** A part of the answer, as the AI service sent it. */
export type ChatStreamContent = AiClientContentResponse

/** The documents, as the AI service sent them. */
export type ChatStreamSources = AiClientSourceResponse

/** The last frame of a completed turn: the whole answer is stored. Its event name is `end`. */
export interface ChatStreamEnd {
    type: "end"
}

/** The last frame of a turn that failed or was stopped. Its event name is `error`. */
export interface ChatStreamError {
    error: string
}

/**
 * The JSON data of one frame that a browser gets. A `message` may also have JSON of another shape,
 * or text that is not JSON, because the relay passes on what the AI service sent.
 */
export type ChatStreamFrame =
    | ChatStreamStart
    | ChatStreamContent
    | ChatStreamSources
    | ChatStreamEnd
    | ChatStreamError
