/** Why a turn has no complete answer, in words; the keys are the reasons that the relay stores. */

const REASONS = {
  refused: "the AI service could not be reached",
  status: "the AI service replied with an error status",
  redirect: "the AI service replied with a redirect",
  not_a_stream: "the reply of the AI service was not an event stream",
  headers_timeout: "the AI service sent no response headers in time",
  first_content_timeout: "the AI service sent no content in time",
  idle_timeout: "the AI service stopped sending",
  turn_timeout: "the answer took too long",
  truncated: "the stream of the AI service ended without its end event",
  aborted: "the connection to the AI service broke",
  error_event: "the AI service sent an error event",
  event_too_large: "one event of the AI service was too large",
  answer_too_large: "the answer was too large",
  reply_too_large: "the AI service sent too much",
  storage: "the database did not accept the answer",
  database_busy: "another program held the database for too long",
  interrupted: "the relay was stopped",
}

/** Return a sentence about a turn that ended without an answer. */
export function explain({ status, reason }) {
  if (status === "stopped") return "The answer was stopped."
  return `The answer failed: ${REASONS[reason] ?? reason ?? "the reason is unknown"}.`
}
