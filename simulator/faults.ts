// Which faults there are, whom they strike, and how often. A fault is set for a person, a host, an edge or
// everything, with a probability or a number of times; the first that applies strikes, in the order in
// which they were set.
import { certificateFlaws } from './certificates.ts'
import type { CertificateFlaw } from './certificates.ts'
import { FieldError, readChoice, readFlag, readNumber, readText } from './fields.ts'
import { readWhole, refuseOthers, required } from './fields.ts'
import type { Fields } from './fields.ts'
import { sampleNames } from './samples.ts'
import type { SampleName } from './samples.ts'
import { errcodes } from './errcodes.ts'
import { refusalCodes } from './refusals.ts'

/** What goes wrong. */
export type Fault =
  /** Waits before the headers. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Sends the body in pieces of `bytes`, one every `everyMs`. */
  | { readonly kind: 'slow-body'; readonly everyMs: number; readonly bytes: number }
  /** Sends half of the body, then closes. */
  | { readonly kind: 'half-body' }
  /** Announces a length that is `by` bytes off; when more than there is, closes after the body. */
  | { readonly kind: 'lying-length'; readonly by: number }
  /** Resets the connection before the headers, or after them and some of the body. */
  | { readonly kind: 'reset'; readonly when: 'before-headers' | 'after-headers' }
  /** Answers with a status and, if given, `Retry-After` in seconds. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter: number | null }
  /** Answers `status` to what exceeds `perSecond` requests in a second of real time. */
  | {
      readonly kind: 'throttle'
      readonly perSecond: number
      readonly status: number
      readonly retryAfter: number | null
    }
  /** Answers everything with a login page, or redirects to one. */
  | { readonly kind: 'captive-portal'; readonly redirect: boolean }
  /** Sends the body to HEAD as well. */
  | { readonly kind: 'head-body' }
  /** Answers HEAD by 405. */
  | { readonly kind: 'head-405' }
  /** Closes the connection after each answer, with or without saying so. */
  | { readonly kind: 'close'; readonly announced: boolean }
  /** Sends few bytes that unpack to very many. */
  | { readonly kind: 'gzip-bomb'; readonly mebibytes: number }
  /** Sends a body, or headers, without end. */
  | { readonly kind: 'endless-body' }
  | { readonly kind: 'endless-headers' }
  /** Redirects in a circle, or to `to`: a private address unless told otherwise. */
  | { readonly kind: 'redirect-loop' }
  | { readonly kind: 'redirect'; readonly to: string; readonly status: number }
  /** Sends what is no HTTP. */
  | { readonly kind: 'garbage' }
  /** Takes the request and never answers. */
  | { readonly kind: 'never' }
  /** Shows a certificate that must be refused; https only. */
  | { readonly kind: 'wrong-certificate'; readonly flaw: CertificateFlaw }
  /** Begins the TLS handshake and never ends it; https only. */
  | { readonly kind: 'tls-stall' }
  /**
   * Answers a call, or a page, by one of the platform's codes; accounts only. `spends`: what was asked is done
   * all the same, so that a code is used up.
   */
  | { readonly kind: 'errcode'; readonly errcode: number; readonly spends: boolean }
  /** Spoils the JSON of an answer; accounts only. */
  | { readonly kind: 'malformed'; readonly sample: SampleName }

/** A kind of fault. */
export type FaultKind = Fault['kind']

/** Whom a fault strikes; what is left out does not matter. */
export interface FaultScope {
  readonly person?: string
  readonly host?: string
  readonly edge?: string
  readonly method?: string
  /** The path of a call or a page, `/sns/userinfo` for one; accounts only. */
  readonly path?: string
  /** How likely it strikes, from 0 to 1; always by default. */
  readonly probability?: number
  /** How many times it strikes before it is over; without end by default. */
  readonly count?: number
}

/** A fault that is set. */
export interface SetFault {
  readonly id: number
  readonly fault: Fault
  readonly scope: FaultScope
  /** How often it struck. */
  readonly struck: number
}

/** What a request, or a handshake, is about. */
export interface Occasion {
  readonly edge: string
  readonly host: string
  /** Null in a handshake, where nothing else is known. */
  readonly method: string | null
  readonly person: string | null
  /** Null where a picture is asked for. */
  readonly path: string | null
}

/** The faults that are set. */
export interface Faults {
  set(fault: Fault, scope: FaultScope): number
  /** Ends one fault, or all; returns how many. */
  clear(id?: number): number
  list(): readonly SetFault[]
  /** The fault that strikes now. */
  strike(occasion: Occasion): Fault | null
}

type Live = { -readonly [Key in keyof SetFault]: SetFault[Key] } & { seconds: number[] }

/** No faults yet. `random` decides on probabilities; `now` is real time, for throttles. */
export function createFaults(random: () => number, now: () => number): Faults {
  let live: Live[] = []
  let last = 0

  function strikes({ fault, scope, struck, seconds }: Live, occasion: Occasion): boolean {
    const isHandshake = occasion.method === null
    if (isHandshake !== isHandshakeFault(fault.kind)) return false
    if (scope.edge !== undefined && scope.edge !== occasion.edge) return false
    if (scope.host !== undefined && scope.host !== occasion.host) return false
    if (scope.method !== undefined && scope.method !== occasion.method) return false
    if (scope.person !== undefined && scope.person !== occasion.person) return false
    if (scope.path !== undefined && scope.path !== occasion.path) return false
    if (isAccountFault(fault.kind) && occasion.path === null) return false
    if (fault.kind.startsWith('head-') && occasion.method !== 'HEAD') return false
    if (scope.count !== undefined && struck >= scope.count) return false
    if (scope.probability !== undefined && random() >= scope.probability) return false
    return fault.kind !== 'throttle' || exceeds(seconds, fault.perSecond, now())
  }

  return {
    set(fault, scope) {
      live.push({ id: ++last, fault, scope, struck: 0, seconds: [] })
      return last
    },
    clear(id) {
      const before = live.length
      live = id === undefined ? [] : live.filter((each) => each.id !== id)
      return before - live.length
    },
    list: () => live.map(({ id, fault, scope, struck }) => ({ id, fault, scope, struck })),
    strike(occasion) {
      for (const each of live) {
        if (!strikes(each, occasion)) continue
        each.struck++
        return each.fault
      }
      return null
    },
  }
}

/** Notes a request that is let through; true where the last second has had its share already. */
function exceeds(seconds: number[], perSecond: number, now: number): boolean {
  while (seconds.length > 0 && (seconds[0] ?? now) <= now - 1000) seconds.shift()
  if (seconds.length >= perSecond) return true
  seconds.push(now)
  return false
}

const kinds: Readonly<Record<FaultKind, (fields: Fields) => Fault>> = {
  slow: (f) => ({ kind: 'slow', delayMs: readNumber(f, 'delayMs') ?? 1000 }),
  'slow-body': (f) => ({
    kind: 'slow-body',
    everyMs: readNumber(f, 'everyMs', 1) ?? 100,
    bytes: readWhole(f, 'bytes', 1) ?? 256,
  }),
  'half-body': () => ({ kind: 'half-body' }),
  'lying-length': (f) => ({ kind: 'lying-length', by: readWhole(f, 'by', -1e9) ?? 100 }),
  reset: (f) => ({
    kind: 'reset',
    when: readChoice(f, 'when', ['before-headers', 'after-headers']) ?? 'before-headers',
  }),
  status: (f) => ({
    kind: 'status',
    status: required('status', readWhole(f, 'status', 200, 599)),
    retryAfter: readWhole(f, 'retryAfter') ?? null,
  }),
  throttle: (f) => ({
    kind: 'throttle',
    perSecond: required('perSecond', readNumber(f, 'perSecond')),
    status: readWhole(f, 'status', 400, 599) ?? 429,
    retryAfter: readWhole(f, 'retryAfter') ?? null,
  }),
  'captive-portal': (f) => ({ kind: 'captive-portal', redirect: readFlag(f, 'redirect') ?? false }),
  'head-body': () => ({ kind: 'head-body' }),
  'head-405': () => ({ kind: 'head-405' }),
  close: (f) => ({ kind: 'close', announced: readFlag(f, 'announced') ?? true }),
  'gzip-bomb': (f) => ({ kind: 'gzip-bomb', mebibytes: readWhole(f, 'mebibytes', 1, 4095) ?? 256 }),
  'endless-body': () => ({ kind: 'endless-body' }),
  'endless-headers': () => ({ kind: 'endless-headers' }),
  'redirect-loop': () => ({ kind: 'redirect-loop' }),
  redirect: (f) => ({
    kind: 'redirect',
    to: readText(f, 'to') ?? 'http://169.254.169.254/latest/meta-data/',
    status: readWhole(f, 'status', 301, 308) ?? 302,
  }),
  garbage: () => ({ kind: 'garbage' }),
  never: () => ({ kind: 'never' }),
  'wrong-certificate': (f) => ({
    kind: 'wrong-certificate',
    flaw: readChoice(f, 'flaw', certificateFlaws) ?? 'name',
  }),
  'tls-stall': () => ({ kind: 'tls-stall' }),
  errcode(f) {
    const errcode = required('errcode', readWhole(f, 'errcode', -1))
    if (!errcodes.has(errcode) && !refusalCodes.includes(errcode)) {
      const known = [...refusalCodes, ...errcodes.keys()].join(', ')
      throw new FieldError('errcode', `must be one of ${known}, not ${errcode}`)
    }
    // "System error" was reported to use codes up.
    return { kind: 'errcode', errcode, spends: readFlag(f, 'spends') ?? errcode === -1 }
  },
  malformed: (f) => ({
    kind: 'malformed',
    sample: required('sample', readChoice(f, 'sample', sampleNames)),
  }),
}

/** Every kind of fault. */
export const faultKinds: readonly string[] = Object.keys(kinds)

const scopeFields = ['person', 'host', 'edge', 'method', 'path', 'probability', 'count']

/** Reads a fault and whom it strikes from the fields of a request. */
export function readFault(fields: Fields): { fault: Fault; scope: FaultScope } {
  const kind = required('kind', readText(fields, 'kind'))
  if (!isKind(kind)) {
    throw new FieldError(
      'kind',
      `must be one of ${faultKinds.join(', ')}, not ${JSON.stringify(kind)}`,
    )
  }
  const fault = kinds[kind](fields)
  refuseOthers(fields, [...Object.keys(fault), ...scopeFields])
  const person = readText(fields, 'person')
  const host = readText(fields, 'host')
  const edge = readText(fields, 'edge')
  const method = readText(fields, 'method')
  const path = readText(fields, 'path')
  const probability = readNumber(fields, 'probability', 0, 1)
  const count = readWhole(fields, 'count', 1)
  const scope = {
    ...(person !== undefined && { person }),
    ...(host !== undefined && { host }),
    ...(edge !== undefined && { edge }),
    ...(method !== undefined && { method }),
    ...(path !== undefined && { path }),
    ...(probability !== undefined && { probability }),
    ...(count !== undefined && { count }),
  }
  if (!isHandshakeFault(kind)) return { fault, scope }
  const unknown = Object.entries({ person, method, path }).find(([, value]) => value !== undefined)
  if (unknown !== undefined) {
    throw new FieldError(unknown[0], `is not known yet when ${kind} strikes`)
  }
  return { fault, scope }
}

function isHandshakeFault(kind: FaultKind): boolean {
  return kind === 'wrong-certificate' || kind === 'tls-stall'
}

function isAccountFault(kind: FaultKind): boolean {
  return kind === 'errcode' || kind === 'malformed'
}

function isKind(kind: string): kind is FaultKind {
  return Object.hasOwn(kinds, kind)
}
