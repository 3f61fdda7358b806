// What the store tells of the whole over time, for those who look after it: figures by day, what edges said lately, what
// just happened. Every verb costs the same at ten avatars and at ten million.
import type { Standing } from '../core/avatar.ts'
import type { VerdictKind } from '../core/verdict.ts'
import type { EventType, StoredEvent } from './store.ts'

/** What happened on one day, and how things stood when it was counted last. */
export interface DayFigures {
  /** `2026-11-22`, UTC. */
  readonly day: string
  readonly standings: Readonly<Record<Standing, number>>
  /** Avatars with a copy. */
  readonly copies: number
  /** Requests to sources. */
  readonly looks: number
  readonly events: Readonly<Partial<Record<EventType, number>>>
}

/** What one edge of a provider said lately, by verdict and rule. */
export interface EdgeFigures {
  readonly provider: string
  readonly edge: string
  readonly verdict: VerdictKind
  readonly rule: string
  readonly looks: number
  readonly meanMs: number
  readonly lastAt: number
}

/** The newest looks, at most so many; since when they are is told. */
export interface Lately {
  readonly since: number
  readonly looks: number
  readonly edges: readonly EdgeFigures[]
}

/** The store's verbs on figures over time. */
export interface FigureVerbs {
  /**
   * Adds what has happened since the last call to the figures of its days, and notes how things stand now. One bounded
   * step; true when there is more to add. Counts nothing twice, whoever else counts. The last minute is left for later.
   */
  countDays(held: Pick<DayFigures, 'standings' | 'copies'>, now: number): Promise<boolean>
  /**
   * Days that were counted from this one on (`2026-11-22`), in order, with the events and looks of that day since;
   * at most 800. Of very many looks since, not all.
   */
  days(from: string): Promise<readonly DayFigures[]>
  /** The newest looks at all providers, up to a day old. */
  lately(now: number, max: number): Promise<Lately>
  /** What happened last, newest first. */
  newestEvents(limit: number): Promise<readonly StoredEvent[]>
}
