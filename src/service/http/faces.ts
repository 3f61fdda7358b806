// The faces that were asked for lately, so that a page of a hundred pictures does not ask the store a hundred times. Several
// processes may share a store, so what is known is believed for two seconds; what this process changes it knows at once.
// When the store is away, what is known is shown as it was.
import { LRUCache } from 'lru-cache'
import { EverfaceError } from '../../errors.ts'
import type { Face, Store } from '../../store/store.ts'
import type { Log } from '../log.ts'

/** Faces by subject; null where nobody registered one. */
export interface Faces {
  /** What may be shown without asking the store; undefined when it must be asked. */
  known(subject: string): Face | null | undefined
  /**
   * The face by the store, asked once for all that wait. When the store is away, or slow to answer, the face as it was;
   * `unreachable` when there is none. Rejects only because of a bug.
   */
  find(subject: string): Promise<Face | null | 'unreachable'>
  /** The avatar has changed: the store is asked before it is shown again. */
  changed(subject: string): void
  /** The avatar is gone for good: nothing of it is shown again, store or no store. */
  forget(subject: string): void
}

interface Entry {
  readonly face: Face | null
  /** When the store was asked, milliseconds UTC; `outdated` when it has changed since. */
  readonly at: number
}

interface Flight {
  /** Rejects when the store does. */
  readonly landing: Promise<Face | null>
  /** Resolves when the store has had enough time for somebody who has something to show meanwhile. */
  readonly late: Promise<'late'>
}

const outdated = Number.NEGATIVE_INFINITY
/** After a failure the store is left alone for so long; so it is found again within that time, and not run over. */
const restMs = 1_000
/** More questions than this at once mean that the store does not answer. */
const mostFlights = 20_000
/** What an entry costs beside its texts. */
const overheadBytes = 300

/**
 * @param options times in milliseconds: `freshMs` is how long a face is believed, `patienceMs` how long somebody waits
 *   who could be shown an older one; `cacheBytes` bounds the memory for faces, a quarter more goes to subjects nobody
 *   registered
 */
export function createFaces(options: {
  store: Pick<Store, 'face'>
  log: Log
  now: () => number
  freshMs?: number
  patienceMs?: number
  cacheBytes?: number
}): Faces {
  const { store, log, now, freshMs = 2_000, patienceMs = 500, cacheBytes = 64 * 2 ** 20 } = options
  const faces = new LRUCache<string, Entry>({ maxSize: cacheBytes, sizeCalculation: sizeOf })
  // Apart, so that whoever makes up subjects drives no face out.
  const strangers = new LRUCache<string, Entry>({
    maxSize: Math.ceil(cacheBytes / 4),
    sizeCalculation: sizeOf,
  })
  const flights = new Map<string, Flight>()
  /** Until when the store is not asked, and until when nobody who has something to show waits for it. */
  let awayUntil = outdated
  let slowUntil = outdated
  let away = false

  const within = (until: number, at: number) => at < until && until - at <= restMs

  function entryOf(subject: string): Entry | undefined {
    return faces.get(subject) ?? strangers.get(subject)
  }

  function keep(subject: string, face: Face | null, at: number): void {
    const [mine, other] = face === null ? [strangers, faces] : [faces, strangers]
    other.delete(subject)
    mine.set(subject, { face, at })
  }

  function failed(error: unknown): void {
    awayUntil = now() + restMs
    if (away) return
    away = true
    log.warn(
      { err: error },
      'the store cannot be asked for faces; known ones are shown as they were',
    )
  }

  function ask(subject: string): Flight {
    const at = now()
    const { promise: late, resolve } = Promise.withResolvers<'late'>()
    const timer = setTimeout(() => {
      slowUntil = now() + restMs
      resolve('late')
    }, patienceMs)
    // The timer alone is no reason to keep a process.
    timer.unref()
    const landing = store
      .face(subject)
      .then((face) => {
        // What has changed since it was asked for is not kept.
        if (flights.get(subject) === flight) keep(subject, face, at)
        if (away) log.info({}, 'the store can be asked for faces again')
        away = false
        awayUntil = outdated
        slowUntil = outdated
        return face
      })
      .catch((error: unknown) => {
        failed(error)
        throw error
      })
      .finally(() => {
        clearTimeout(timer)
        if (flights.get(subject) === flight) flights.delete(subject)
      })
    const flight: Flight = { landing, late }
    flights.set(subject, flight)
    return flight
  }

  return {
    known(subject) {
      const entry = entryOf(subject)
      if (entry === undefined || entry.at === outdated) return undefined
      const at = now()
      const age = at - entry.at
      // An age below zero is a clock that was set back.
      if (age >= 0 && age < freshMs) return entry.face
      return within(awayUntil, at) || within(slowUntil, at) ? entry.face : undefined
    },
    async find(subject) {
      const entry = entryOf(subject)
      const resting = within(awayUntil, now())
      if (resting || (flights.size >= mostFlights && !flights.has(subject))) {
        return entry === undefined ? 'unreachable' : entry.face
      }
      const { landing, late } = flights.get(subject) ?? ask(subject)
      try {
        if (entry === undefined) return await landing
        const face = await Promise.race([landing, late])
        return face === 'late' ? stillKnown(subject) : face
      } catch (error) {
        if (error instanceof EverfaceError) return stillKnown(subject)
        const known = stillKnown(subject)
        if (known === 'unreachable') throw error
        return known
      }
    },
    changed(subject) {
      flights.delete(subject)
      const entry = entryOf(subject)
      if (entry !== undefined) keep(subject, entry.face, outdated)
    },
    forget(subject) {
      flights.delete(subject)
      faces.delete(subject)
      strangers.delete(subject)
    },
  }

  /** What is left to show: it may have been forgotten while somebody waited. */
  function stillKnown(subject: string): Face | null | 'unreachable' {
    const entry = entryOf(subject)
    return entry === undefined ? 'unreachable' : entry.face
  }
}

function sizeOf({ face }: Entry, subject: string): number {
  const texts = face === null ? 0 : (face.name?.length ?? 0) + (face.url?.length ?? 0)
  return overheadBytes + 2 * (subject.length + texts)
}
