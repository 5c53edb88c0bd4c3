/**
 * The events of both legs, for TypeScript. The same shapes as schemas/ai-service.schema.json and
 * schemas/frontend.schema.json, under the names of their $defs.
 */

/** A piece of the answer; its leading and trailing spaces are text. Travels as `event: message`. */
export interface AiClientContentResponse {
    type: "content"
    content: string
}

/** The documents that the answer rests on. Travels as `event: sources`. */
export interface AiClientSourceResponse {
    type: "sources"
    sources: AiClientSource[]
}

/** One document that the answer rests on. */
export interface AiClientSource {
    id: string
    title: string
    content: string
}

/** The reply is complete; nothing follows. Travels as `event: end`. */
export interface AiClientEndResponse {
    type: "end"
}

/** The data of one event of the AI service. */
export type AiClientResponse =
    | AiClientContentResponse
    | AiClientSourceResponse
    | AiClientEndResponse

/** First of a turn: the user's message is stored. Has no event name, so it arrives as `message`. */
export interface ChatStreamStart {
    event: "start"
    data: { message: string }
}

/** A piece of the answer, as the AI service sent it. */
export type ChatStreamContent = AiClientContentResponse

/** The documents, as the AI service sent them. */
export type ChatStreamSources = AiClientSourceResponse

/** Last: the whole answer came, and it is stored. */
export interface ChatStreamEnd {
    type: "end"
}

/** Last, instead of the end: the answer failed or was stopped. Travels as `event: error`. */
export interface ChatStreamError {
    error: string
}

/**
 * The JSON data of one frame that a browser gets. Under `message` there may also be JSON of another
 * shape, and text that is no JSON at all: what the AI service said is passed on as it came.
 */
export type ChatStreamFrame =
    | ChatStreamStart
    | ChatStreamContent
    | ChatStreamSources
    | ChatStreamEnd
    | ChatStreamError
