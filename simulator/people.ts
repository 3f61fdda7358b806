// Made people and the links to their pictures. A population is cheap: a link holds numbers and its token;
// URLs and pictures are worked out when somebody asks.
import { FieldError } from './fields.ts'
import { defaultToken, formNames, forms, hosts } from './forms.ts'
import type { Form, FormName } from './forms.ts'
import { fraction, mix } from './random.ts'

/** One picture of a person under one URL (in all its sizes and on all its hosts). */
export interface Link {
  /** The part of the URL that names the picture. */
  readonly key: string
  readonly form: Form
  /** The number of the person, from 0; -1 for pictures that belong to nobody. */
  readonly n: number
  /** Which face it shows. */
  face: number
  /** When the picture was set, in seconds since 1970. */
  stamp: number
  /** From when on it is the person's current one, in milliseconds; since ever for those a person was made with. */
  since: number
  /** When the first edge may forget it, in milliseconds; infinite while nothing happened. */
  dyingFrom: number
  /** How long the forgetting takes, in milliseconds. */
  over: number
  /** Edges that forgot it at once, before their time. */
  forgotten: ReadonlySet<string> | null
  /** The picture before, where the URL stays the same and edges change over one by one. */
  earlier: { readonly face: number; readonly stamp: number } | null
  /** When a signed URL ends, in milliseconds; infinite elsewhere. */
  expiresAt: number
  /** Whether the provider has no picture of 640 pixels (QQ). */
  lacks640: boolean
}

/** How a stored URL was spoiled on its way into an app's database; seen in the wild, all answered 400. */
export const spoilings = ['no-size', 'stray-slash', 'size-twice', 'cut-short'] as const

/** A way to spoil a URL. */
export type Spoiling = (typeof spoilings)[number]

/** A made person. */
export interface Person {
  /** Running number from 0. */
  readonly n: number
  readonly host: string
  readonly scheme: 'http' | 'https'
  readonly size: number
  /** The first link was handed to the app, the last one is current. */
  readonly links: Link[]
  readonly spoiling: Spoiling | null
}

/** What parts of a population can be besides alive. */
export const fates = ['gone', 'dying', 'placeholder', 'malformed', 'lacks640'] as const

/** Something that a part of a population can be. */
export type Fate = (typeof fates)[number]

/** What people to make. */
export interface MakePeople {
  readonly count: number
  /** The same seed makes the same people; the simulator's own by default. */
  readonly seed?: number
  /** Hosts of their URLs; by default those of the forms. */
  readonly hosts?: readonly string[]
  /** Forms of their URLs; by default WeChat's, as often as they are met. */
  readonly forms?: readonly FormName[]
  /** Scheme of their URLs; by default https on hosts that hand it out, http on `wx.qlogo.cn`. */
  readonly scheme?: 'http' | 'https'
  /** Which part of them, as fractions, is not simply alive. */
  readonly mix?: Readonly<Partial<Record<Fate, number>>>
  /** How long the dying take, in milliseconds; a day by default. */
  readonly over?: number
}

/** The grey default picture that all users without a picture share. */
export const defaultLink: Link = {
  ...blankLink(defaultToken, forms['mmopen/vi_32'], -1, 0),
  stamp: 1_640_966_400,
}

const day = 86_400_000
const year = 365 * day

/** Makes the people of one wish. `taken` tells which keys others have already. */
export function createPeopleMaker(
  wish: MakePeople & { readonly seed: number },
  now: number,
  faces: number,
  taken: (key: string) => boolean,
): (n: number) => Person {
  const { seed } = wish
  const possible = possibleForms(wish)
  const all = possible.reduce((sum, form) => sum + shareOf(form), 0)
  return (n) => {
    const form = pickForm(possible, all * fraction(seed, n, 11))
    const fate = pickFate(wish.mix ?? {}, fraction(seed, n, 13), form)
    const host = pickHost(form, wish.hosts, mix(seed, n, 12))
    const person: Person = {
      n,
      host,
      scheme: wish.scheme ?? (host === 'wx.qlogo.cn' ? 'http' : 'https'),
      size: fate === 'lacks640' ? 640 : form.size,
      links: [],
      spoiling:
        fate === 'malformed' ? (spoilings[mix(seed, n, 14) % spoilings.length] ?? null) : null,
    }
    if (fate === 'placeholder') {
      person.links.push(defaultLink)
      return person
    }
    const setAt = now - fraction(seed, n, 15) * 4 * year
    const link = makeLink(person, form, seed, setAt, faces, taken)
    person.links.push(link)
    link.lacks640 = fate === 'lacks640'
    if (form.provider === 'signed') link.expiresAt = now + lifetime(fate, fraction(seed, n, 16))
    else if (fate === 'gone' || fate === 'dying') {
      link.over = fate === 'gone' ? 0 : (wish.over ?? day)
      // Near the middle some of three or more edges always know it and some do not.
      link.dyingFrom = now - (0.47 + 0.06 * fraction(seed, n, 16)) * link.over
      if (!form.stable) person.links.push(makeLink(person, form, seed, now, faces, taken))
    }
    return person
  }
}

/** A new picture for a person: another face than before, under another URL. */
export function makeLink(
  person: Person,
  form: Form,
  seed: number,
  setAt: number,
  faces: number,
  taken: (key: string) => boolean,
): Link {
  const version = person.links.length
  let key = form.key(seed, person.n, version)
  for (let again = 1; taken(key); again++) key = form.key(seed, person.n, version + again * 1000)
  const link = blankLink(key, form, person.n, otherFace(person, seed, faces))
  link.stamp = Math.floor(setAt / 1000)
  if (form.provider === 'signed') link.expiresAt = setAt + lifetime(null, 0.5)
  return link
}

/** A picture that looks like anybody's and belongs to nobody: the platform's own, for visitors without a name. */
export function makeNobodysLink(seed: number, version: number, face: number): Link {
  const form = forms['mmopen/vi_32']
  const link = blankLink(form.key(seed, 0x7fffffff, version), form, -1, face)
  link.stamp = 1_657_641_600
  return link
}

/** A face that is not the one the person shows now. */
export function otherFace(person: Person, seed: number, faces: number): number {
  const last = person.links.at(-1)
  const face = mix(seed, person.n, person.links.length, 17, last?.stamp) % faces
  return face === last?.face ? (face + 1) % faces : face
}

/** The URL of a link as this person's app got it: the first one spoiled where the person's was. */
export function urlOf(person: Person, link: Link): string {
  const path = link.form.path(link.key, person.size, link.stamp, link.expiresAt)
  const spoiled = person.spoiling !== null && link === person.links[0]
  return `${person.scheme}://${person.host}${spoiled ? spoil(path, person.spoiling) : path}`
}

function blankLink(key: string, form: Form, n: number, face: number): Link {
  return {
    key,
    form,
    n,
    face,
    stamp: 0,
    since: -Infinity,
    dyingFrom: Infinity,
    over: 0,
    forgotten: null,
    earlier: null,
    expiresAt: Infinity,
    lacks640: false,
  }
}

function possibleForms(wish: MakePeople): readonly Form[] {
  const possible = formNames
    .map((name) => forms[name])
    .filter((form) =>
      wish.forms ? wish.forms.includes(form.name) : wish.hosts !== undefined || form.share > 0,
    )
    .filter((form) => !wish.hosts || form.hosts.some((host) => wish.hosts?.includes(host)))
  if (possible.length > 0) return possible
  throw new FieldError('forms', `none of them is served on ${(wish.hosts ?? hosts).join(', ')}`)
}

function shareOf(form: Form): number {
  return form.share || 0.1
}

function pickForm(possible: readonly Form[], at: number): Form {
  let rest = at
  for (const form of possible) {
    rest -= shareOf(form)
    if (rest < 0) return form
  }
  return possible[0] ?? forms['mmopen/vi_32']
}

function pickHost(form: Form, wished: readonly string[] | undefined, at: number): string {
  const possible = wished ? form.hosts.filter((host) => wished.includes(host)) : form.hosts
  return possible[at % possible.length] ?? ''
}

function pickFate(shares: NonNullable<MakePeople['mix']>, at: number, form: Form): Fate | null {
  let rest = at
  for (const fate of fates) {
    rest -= shares[fate] ?? 0
    if (rest < 0) return isPossible(fate, form) ? fate : null
  }
  return null
}

function isPossible(fate: Fate, form: Form): boolean {
  if (fate === 'placeholder' || fate === 'malformed') return form.provider === 'wechat'
  if (fate === 'lacks640') return form.provider === 'qq'
  return true
}

/** How long a signed URL has left: weeks as a rule, hours when dying, nothing when gone. */
function lifetime(fate: Fate | null, at: number): number {
  if (fate === 'gone') return -day * (1 + 60 * at)
  return fate === 'dying' ? 3 * day * at : day * (5 + 55 * at)
}

function spoil(path: string, spoiling: Spoiling | null): string {
  const slash = path.lastIndexOf('/')
  switch (spoiling) {
    case 'no-size':
      return path.slice(0, slash)
    case 'size-twice':
      return `${path}/0`
    case 'stray-slash':
      return `${path.slice(0, slash - 32)}/${path.slice(slash - 32)}`
    case 'cut-short':
      // A column too narrow for the URL: the size and the end of the token are lost.
      return path.slice(0, slash - 21)
    case null:
      return path
  }
}
