// What goes wrong between an app and the service, as one error class: the service's own codes, and a few for when the
// service was not heard.

/** Codes of failures that the service did not name itself. */
export const clientCodes = {
  network: 'Nobody answered.',
  timeout: 'The answer did not come in time.',
  'answer-unreadable': 'What answered is not Everface, or not one that this client understands.',
  'subject-invalid': 'The subject is not 1 to 128 characters of A-Z a-z 0-9 . _ : @ -',
} as const

/** A field that the service refused, by its JSON pointer or its name. */
export interface Fault {
  readonly pointer: string
  readonly detail: string
}

/** What is known of a failure. */
export interface Failure {
  /** HTTP status; absent when nobody answered. */
  readonly status?: number
  /** How long the service asked to stay away. */
  readonly retryAfterMs?: number
  readonly requestId?: string
  readonly faults?: readonly Fault[]
  readonly cause?: unknown
}

/** A call that failed for good: what could be tried again was. Look at `code`; messages change. */
export class EverfaceClientError extends Error {
  override name = 'EverfaceClientError'
  /** A code of `docs/http-api.md`, or one of `clientCodes`. */
  readonly code: string
  /** HTTP status; null when nobody answered. */
  readonly status: number | null
  /** Milliseconds that the service asked to stay away; null when it did not. */
  readonly retryAfterMs: number | null
  /** Leads to the call in the service's log; null when no call was made. */
  readonly requestId: string | null
  /** Fields that were refused. */
  readonly faults: readonly Fault[]

  constructor(code: string, message: string, failure: Failure = {}) {
    super(message, failure.cause === undefined ? undefined : { cause: failure.cause })
    this.code = code
    this.status = failure.status ?? null
    this.retryAfterMs = failure.retryAfterMs ?? null
    this.requestId = failure.requestId ?? null
    this.faults = failure.faults ?? []
  }
}
