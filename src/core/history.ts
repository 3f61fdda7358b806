// What a person did that decides whether they may be asked. Made of events in any order: late, doubled and missing ones
// lead to fewer prompts, never to more.

/** What is told of a person. */
export const personEventTypes = [
  'login',
  'session-expired',
  'prompt-shown',
  'prompt-accepted',
  'prompt-declined',
  'consent-withdrawn',
  'snapshot',
] as const
export type PersonEventType = (typeof personEventTypes)[number]

/** One event. */
export interface PersonEvent {
  readonly type: PersonEventType
  /** Milliseconds UTC. */
  readonly at: number
  /** Of `prompt-shown`: where; null when it was not said, which counts for every scene. */
  readonly scene?: string | null
}

/** A prompt that was put before a person. */
export interface Prompt {
  readonly scene: string | null
  /** When `ask` was handed out or the page said that it shows it, whichever came first: pages vanish. */
  readonly at: number
}

/** What is remembered of a person. Times are milliseconds UTC, null for never. */
export interface History {
  /** All prompts, the oldest first. */
  readonly prompts: readonly Prompt[]
  /** When the person last agreed. */
  readonly acceptedAt: number | null
  /** When the person last said no. */
  readonly declinedAt: number | null
  /** When the app's session with the platform last ended. */
  readonly sessionExpiredAt: number | null
  readonly loginAt: number | null
  /** Consent was withdrawn: nothing is done any more but forgetting. */
  readonly withdrawnAt: number | null
  /** The platform showed a snapshot (virtual) profile: it is nobody's face, and nobody is there to be asked. */
  readonly snapshot: boolean
}

/** Nothing is known of the person. */
export const noHistory: History = {
  prompts: [],
  acceptedAt: null,
  declinedAt: null,
  sessionExpiredAt: null,
  loginAt: null,
  withdrawnAt: null,
  snapshot: false,
}

/**
 * What events come to, in whatever order. A snapshot stays one until its event is left out, which is right once the app
 * has registered a real profile.
 */
export function historyOf(events: readonly PersonEvent[]): History {
  const latest = (type: PersonEventType): number | null => {
    let last: number | null = null
    for (const event of events) {
      if (event.type === type && (last === null || event.at > last)) last = event.at
    }
    return last
  }
  return {
    prompts: events
      .filter(({ type }) => type === 'prompt-shown')
      .map(({ scene, at }) => ({ scene: scene ?? null, at }))
      .sort((one, other) => one.at - other.at),
    acceptedAt: latest('prompt-accepted'),
    declinedAt: latest('prompt-declined'),
    sessionExpiredAt: latest('session-expired'),
    loginAt: latest('login'),
    withdrawnAt: latest('consent-withdrawn'),
    snapshot: events.some(({ type }) => type === 'snapshot'),
  }
}

/** Since when a prompt is unanswered; null when the last one was answered, or there was none. */
export function openSince({ prompts, acceptedAt, declinedAt }: History): number | null {
  const last = prompts.at(-1)
  if (last === undefined) return null
  const answeredAt = Math.max(acceptedAt ?? -Infinity, declinedAt ?? -Infinity)
  return answeredAt >= last.at ? null : last.at
}
