// What one probe saw. Values only: the prober makes them, the rules read them.

/** One request to a source through one edge, and how it ended. */
export interface Observation {
  /** The source as it was asked. */
  readonly url: string
  /** Where redirects led; the same as `url` without any. */
  readonly finalUrl: string
  readonly method: 'HEAD' | 'GET'
  /** The address that was asked, without port; `''` when none could be found. */
  readonly edge: string
  /** Start of the probe, milliseconds since 1970, UTC. */
  readonly at: number
  /** Duration of the probe in milliseconds. */
  readonly ms: number
  readonly seen: Answer | Failure
}

/** A whole HTTP answer. */
export interface Answer {
  readonly kind: 'answer'
  readonly status: number
  /** Header fields by lower-case name; repeated fields joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** Size of the body: counted after a GET, as announced by `Content-Length` after a HEAD. */
  readonly bytes: number | null
  /** What was in the body; null after a HEAD. */
  readonly body: Body | null
}

/** The body of an answer, looked at. */
export interface Body {
  /** SHA-256 of the bytes, lower-case hex. */
  readonly sha256: string
  /** Media type by the bytes themselves, such as `image/png`; null when they are no known picture. */
  readonly mime: string | null
  readonly width: number | null
  readonly height: number | null
  /** The first 200 characters, when the bytes are no picture. */
  readonly text: string | null
}

/** Why there was no whole answer. */
export type FailureKind =
  | 'dns'
  | 'connect'
  | 'tls'
  | 'timeout'
  | 'reset'
  | 'truncated'
  | 'protocol'
  | 'too-large'
  | 'redirects'
  | 'guard-url'
  | 'guard-address'
  | 'proxy'
  | 'paused'
  | 'stopped'

/** The answer did not come, or not whole. */
export interface Failure {
  readonly kind: 'failure'
  readonly failure: FailureKind
  /** What went wrong, for people. */
  readonly detail: string
}
