/**
 * The events of both legs, for TypeScript. They have the same shapes and names as the $defs of
 * schemas/ai-service.schema.json and schemas/frontend.schema.json.
 */

/** A part of the answer. Leading and trailing spaces belong to the text. Event name: `message`. */
export interface AiClientContentResponse {
    type: "content"
    content: string
}

/** The documents that the answer is based on. Event name: `sources`. */
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

/** The reply is complete, and nothing follows. Event name: `end`. */
export interface AiClientEndResponse {
    type: "end"
}

/** The data of one event of the AI service. */
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

/** The last frame: the answer is complete and stored. Event name: `end`. */
export interface ChatStreamEnd {
    type: "end"
}

/** The last frame instead of `end`: the answer failed or was stopped. Event name: `error`. */
export interface ChatStreamError {
    error: string
}

/**
 * The JSON data of one frame that a browser gets. A frame may also have JSON of another shape, or
 * text that is not JSON: the relay passes on what the AI service sent.
 */
export type ChatStreamFrame =
    | ChatStreamStart
    | ChatStreamContent
    | ChatStreamSources
    | ChatStreamEnd
    | ChatStreamError
