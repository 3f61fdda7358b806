// The verbs by which a test, a demo or a person at a terminal rules the simulated platform. The HTTP control
// interface (control-server.ts) offers the same verbs under the same names.
import type { AccountControl } from './account-control.ts'
import type { Clock } from './clock.ts'
import type { Counts, Requests } from './counts.ts'
import type { Fault, Faults, FaultScope, SetFault } from './faults.ts'
import { readFault } from './faults.ts'
import type { Fields } from './fields.ts'
import { FieldError, readNumber } from './fields.ts'
import { formNames, hosts } from './forms.ts'
import type { MakePeople } from './people.ts'
import { fates, urlOf } from './people.ts'
import type { PersonView, World } from './world.ts'

/** A fault as it is asked for: its kind, whom it strikes, and what is not as by default. */
export type FaultWish = FaultScope & (Fault extends infer Each ? WishOf<Each> : never)

type WishOf<Each> = Each extends { kind: infer Kind } ? { kind: Kind } & Partial<Each> : never

/** Which people to list. */
export interface ListWish {
  /** Whether to list the URLs that were handed to the app (`first`, the default) or the newest. */
  readonly which?: 'first' | 'current'
  /** Adds a column that says what is true of the URL. */
  readonly truth?: boolean
  readonly offset?: number
  readonly limit?: number
}

/** Rules the simulated platform. */
export interface Control extends AccountControl {
  /** Makes people; returns the ids of the first and the last, and how many there are now. */
  makePeople(wish: MakePeople): { first: string; last: string; total: number }
  /** People from `offset` on (0), at most `limit` (100). */
  listPeople(wish?: { offset?: number; limit?: number }): { total: number; people: PersonView[] }
  person(person: string): PersonView
  /** Gives a person another picture; the old URL dies node by node within `over` ms (at once). */
  changePicture(person: string, wish?: { readonly over?: number }): PersonView
  /** Makes a person's current picture dead everywhere, at once. */
  kill(person: string): PersonView
  /** Makes a person's current picture dead on some edges, at once. */
  killOn(person: string, edges: readonly string[]): PersonView
  /** Moves the simulated time forward. */
  advance(ms: number): { now: number }
  clock(): { now: number }
  setFault(wish: FaultWish): { id: number }
  /** Ends the fault with this id, or all. */
  clearFaults(id?: number): { cleared: number }
  faults(): readonly SetFault[]
  /** What happened since the start or the last clearing. */
  requests(): Requests
  clearRequests(): void
  /** Lines of a CSV file, `id,avatar` first, in pieces of many lines. */
  list(wish?: ListWish): Generator<string, void>
}

/** The verbs over a world, its clock, its faults, what is counted, and accounts; `served` is every host. */
export function createControl(
  world: World,
  clock: Clock,
  faults: Faults,
  counts: Counts,
  accounts: AccountControl,
  served: readonly string[],
): Control {
  function isKnown(field: string, value: string | undefined, known: readonly string[]): void {
    if (value === undefined || known.includes(value)) return
    throw new FieldError(field, `${JSON.stringify(value)} is none of ${known.join(', ')}`)
  }

  return {
    ...accounts,
    makePeople(wish) {
      for (const host of wish.hosts ?? []) isKnown('hosts', host, hosts)
      for (const form of wish.forms ?? []) isKnown('forms', form, formNames)
      for (const fate of Object.keys(wish.mix ?? {})) {
        isKnown('mix', fate, fates)
        readNumber({ ...wish.mix }, fate, 0, 1)
      }
      if (!Number.isInteger(wish.count) || wish.count < 1 || wish.count > 10_000_000) {
        throw new FieldError('count', 'must be a whole number from 1 to 10000000')
      }
      const { from, to } = world.make(wish)
      return { first: `p${from}`, last: `p${to - 1}`, total: to }
    },
    listPeople({ offset = 0, limit = 100 } = {}) {
      const people = world.people.slice(offset, offset + limit).map((person) => world.view(person))
      return { total: world.people.length, people }
    },
    person: (id) => world.view(world.person(id)),
    changePicture(id, { over = 0 } = {}) {
      const person = world.person(id)
      readNumber({ over }, 'over')
      world.change(person, over)
      return world.view(person)
    },
    kill(id) {
      const person = world.person(id)
      world.forget(person)
      return world.view(person)
    },
    killOn(id, edges) {
      const person = world.person(id)
      for (const edge of edges) isKnown('edges', edge, world.edges)
      world.forget(person, edges)
      return world.view(person)
    },
    advance(ms) {
      readNumber({ ms }, 'ms')
      return { now: clock.advance(ms) }
    },
    clock: () => ({ now: clock.now() }),
    setFault(wish) {
      const { fault, scope } = readFault({ ...wish } satisfies Fields)
      isKnown('edge', scope.edge, world.edges)
      isKnown('host', scope.host, served)
      if (scope.person !== undefined) world.person(scope.person)
      return { id: faults.set(fault, scope) }
    },
    clearFaults: (id) => ({ cleared: faults.clear(id) }),
    faults: () => faults.list(),
    requests: () => counts.read(),
    clearRequests: () => counts.clear(),
    *list({ which = 'first', truth = false, offset = 0, limit = Infinity } = {}) {
      yield truth ? 'id,avatar,truth\n' : 'id,avatar\n'
      const end = Math.min(world.people.length, offset + limit)
      for (let from = offset; from < end; from += linesInAPiece) {
        let piece = ''
        for (let n = from; n < Math.min(end, from + linesInAPiece); n++) {
          const person = world.people[n]
          const link = person?.links.at(which === 'first' ? 0 : -1)
          if (person === undefined || link === undefined) continue
          const column = truth ? `,${world.truth(person, link)}` : ''
          piece += `p${n},${urlOf(person, link)}${column}\n`
        }
        yield piece
      }
    },
  }
}

const linesInAPiece = 2000
