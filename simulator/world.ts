// The state of the simulated platform: who exists, under which links, and which edge still knows which
// picture. Death is worked out from the clock at every question: each edge, size and host forgets a
// replaced picture at a moment of its own between the change and the end of the time that was given.
import type { Clock } from './clock.ts'
import { FieldError } from './fields.ts'
import { defaultToken, forms } from './forms.ts'
import type { Provider } from './forms.ts'
import { createPeopleMaker, defaultLink, makeLink, makeNobodysLink } from './people.ts'
import { otherFace, urlOf } from './people.ts'
import type { Link, MakePeople, Person, Spoiling } from './people.ts'
import { fraction, mix } from './random.ts'

/** What is true of a URL: over all edges, at the host and size that it names. */
export type Truth = 'alive' | 'dying' | 'gone' | 'placeholder' | 'malformed'

/** A URL that a person had or has. */
export interface LinkView {
  readonly url: string
  readonly truth: Truth
  /** Whether it shows (or would show) what the person looks like now. */
  readonly current: boolean
  /** Edges that answer as if there were no such picture. */
  readonly deadOn: readonly string[]
}

/** A person as the control interface shows them. */
export interface PersonView {
  /** `p` and the running number. */
  readonly id: string
  readonly provider: Provider
  /** The URL that was handed to the app when the person signed up. */
  readonly url: string
  /** The URL that the platform would hand out now. */
  readonly currentUrl: string
  /** What is true of `url`. */
  readonly truth: Truth
  readonly spoiling: Spoiling | null
  /** Every URL, oldest first. */
  readonly links: readonly LinkView[]
}

/** The people and what the edges know of them. */
export interface World {
  readonly edges: readonly string[]
  /** Everybody, by running number. */
  readonly people: readonly Person[]
  /** Makes people; returns the running numbers of the first and of the one after the last. */
  make(wish: MakePeople): { readonly from: number; readonly to: number }
  /** The link with this key. */
  find(key: string): Link | undefined
  /** The person with this id; a complaint where there is none. */
  person(id: string): Person
  /** One of a few pictures that belong to nobody and are always alive. */
  nobody(version: number): Link
  /** Gives a person another picture; the old one dies over `over` milliseconds. */
  change(person: Person, over: number): void
  /** Makes edges (all of them by default) forget a person's current picture at once. */
  forget(person: Person, edges?: readonly string[]): void
  /** Whether an edge has forgotten (or, where the URL stays, replaced) a picture. */
  isPast(link: Link, edge: number, host: string, size: number): boolean
  truth(person: Person, link: Link): Truth
  view(person: Person): PersonView
}

/** An empty world. `faces` is how many different faces can be drawn. */
export function createWorld(
  edges: readonly string[],
  clock: Clock,
  seed: number,
  faces: number,
): World {
  const people: Person[] = []
  const links = new Map<string, Link>([[defaultToken, defaultLink]])
  const taken = (key: string) => links.has(key)

  function isPast(link: Link, edge: number, host: string, size: number): boolean {
    if (link.dyingFrom === Infinity && link.forgotten === null) return false
    if (link.forgotten?.has(edges[edge] ?? '') === true) return true
    return clock.now() >= link.dyingFrom + link.over * lateness(link, edge, host, size)
  }

  /**
   * When in the time of dying this edge forgets, as a fraction. Edges take turns, in an order that differs
   * from link to link; sizes and hosts of one edge lie close to each other, yet apart.
   */
  function lateness(link: Link, edge: number, host: string, size: number): number {
    const own = mix(seed, link.n, link.stamp, edge)
    let before = 0
    for (let other = 0; other < edges.length; other++) {
      if (mix(seed, link.n, link.stamp, other) < own) before++
    }
    const turn = (before + fraction(own, 1)) / edges.length
    const apart =
      0.6 * fraction(own, 2, size) + 0.4 * fraction(own, 3, host.length, host.charCodeAt(1))
    return 0.8 * turn + 0.2 * apart
  }

  function deadOn(person: Person, link: Link): readonly string[] {
    if (link.expiresAt <= clock.now()) return edges
    if (link.lacks640 && (person.size === 640 || person.size === 5)) return edges
    if (link.earlier !== null) return []
    return edges.filter((_, edge) => isPast(link, edge, person.host, person.size))
  }

  function truth(person: Person, link: Link): Truth {
    if (link === defaultLink) return 'placeholder'
    if (person.spoiling !== null && link === person.links[0]) return 'malformed'
    const dead = deadOn(person, link).length
    if (dead === 0) return 'alive'
    return dead === edges.length ? 'gone' : 'dying'
  }

  return {
    edges,
    people,
    isPast,
    truth,
    find: (key) => links.get(key),
    make(wish) {
      const from = people.length
      const of = createPeopleMaker({ seed, ...wish }, clock.now(), faces, taken)
      for (let n = from; n < from + wish.count; n++) {
        const person = of(n)
        people.push(person)
        for (const link of person.links) links.set(link.key, link)
      }
      return { from, to: people.length }
    },
    person(id) {
      const person = /^p\d{1,9}$/.test(id) ? people[Number(id.slice(1))] : undefined
      if (person !== undefined) return person
      const made =
        people.length === 0 ? 'nobody was made yet' : `there are p0 to p${people.length - 1}`
      throw new FieldError('person', `there is no ${JSON.stringify(id)}; ${made}`)
    },
    nobody(version) {
      const link = makeNobodysLink(seed, version, mix(seed, version, 18) % faces)
      const known = links.get(link.key) ?? link
      links.set(link.key, known)
      return known
    },
    change(person, over) {
      const old = currentLink(person)
      const now = clock.now()
      if (old.form.stable) {
        old.earlier = { face: old.face, stamp: old.stamp }
        old.face = otherFace(person, seed, faces)
        old.stamp = Math.floor(now / 1000)
      } else {
        const form = old === defaultLink ? forms['mmopen/vi_32'] : old.form
        const link = makeLink(person, form, seed, now, faces, taken)
        link.since = now
        person.links.push(link)
        links.set(link.key, link)
      }
      // A signed URL lives until its time is up, whatever its owner does.
      if (old === defaultLink || old.form.provider === 'signed') return
      if (old.form.stable) old.forgotten = null
      else if (old.dyingFrom < Infinity) return
      old.over = over
      old.dyingFrom = now
    },
    forget(person, forgetful = edges) {
      const link = currentLink(person)
      if (link === defaultLink) {
        throw new FieldError(
          'person',
          'shows the default picture, which is everybody’s and cannot die',
        )
      }
      if (link.earlier !== null) {
        link.earlier = null
        link.dyingFrom = Infinity
      }
      link.forgotten = new Set([...(link.forgotten ?? []), ...forgetful])
    },
    view(person) {
      const views = person.links.map((link) => ({
        url: urlOf(person, link),
        truth: truth(person, link),
        current: link === person.links.at(-1),
        deadOn: deadOn(person, link),
      }))
      const first = person.links[0] ?? defaultLink
      const last = currentLink(person)
      return {
        id: `p${person.n}`,
        provider: last.form.provider,
        url: urlOf(person, first),
        currentUrl: urlOf(person, last),
        truth: truth(person, first),
        spoiling: person.spoiling,
        links: views,
      }
    },
  }
}

function currentLink(person: Person): Link {
  return person.links.at(-1) ?? defaultLink
}
