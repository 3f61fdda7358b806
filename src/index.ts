// The public surface: what programs may import from `everface`. No logic lives here.
export { classify } from './core/classify.ts'
export { type Finding, find } from './core/find.ts'
export type { Answer, Body, Failure, FailureKind, Observation } from './core/observation.ts'
export type { ProbeHabits, Provider, UrlHints } from './core/provider.ts'
export { generic, providerOf, providers, rulesOf } from './core/providers/index.ts'
export { type UrlReading, readUrl, verdictOfUrl } from './core/read-url.ts'
export type { Condition, DefaultPicture, Evidence, Rule } from './core/rules.ts'
export {
  type FindingKind,
  type Verdict,
  type VerdictKind,
  findingKinds,
  verdictKinds,
} from './core/verdict.ts'
export { type ErrorCode, EverfaceError, errorCodes } from './errors.ts'
export { type ConnectTo, type Lookup, lookupAll } from './probe/edges.ts'
export { type Look, type Prober, type ProberOptions, createProber } from './probe/prober.ts'
