// Reads the operator's policy from YAML. Everything that is wrong is told at once, with line and column; nothing unknown is
// passed over, because a rule that is misspelt would be a rule that is not in force.
import { open } from 'node:fs/promises'
import { type Condition, durationText } from '../core/condition.ts'
import {
  type Policy,
  type Scene,
  defaultPolicy,
  fallbacks,
  mostPolls,
  mostScenes,
  scenePattern,
  showModes,
} from '../core/policy.ts'
import { EverfaceError } from '../errors.ts'
import { type Problem, problemText, shown } from './problem.ts'
import * as kinds from './values.ts'
import { type Entry, type Place, longestFile, readYaml } from './yaml.ts'

/** How a policy is read. */
export interface PolicyOptions {
  /** What the file leaves out is as here; by default `defaultPolicy`. */
  readonly standard?: Policy
  /** For "did you mean"; without it, misspelt words get no such hint. */
  readonly nearest?: kinds.Nearest
}

/** A policy, or all that is wrong with it. */
export type PolicyReading =
  | { readonly kind: 'read'; readonly policy: Policy }
  | { readonly kind: 'wrong'; readonly problems: readonly Problem[] }

/** Reads a policy from YAML (or JSON, which is YAML). Problems come in the order of the file. */
export function readPolicy(text: string, options: PolicyOptions = {}): PolicyReading {
  const problems: Problem[] = []
  const root = readYaml(text, problems)
  if (root === null) return { kind: 'wrong', problems }
  const { standard = defaultPolicy, nearest = () => undefined } = options
  const policy = policyIn(root, standard, { problems, nearest })
  if (problems.length === 0) return { kind: 'read', policy }
  problems.sort((one, other) => one.line - other.line || one.column - other.column)
  return { kind: 'wrong', problems }
}

/**
 * Reads a policy file. Throws `policy-unreadable`, and `policy-invalid` with every problem on a line of its own:
 * `FILE:LINE:COLUMN: …`.
 */
export async function loadPolicy(file: string, options: PolicyOptions = {}): Promise<Policy> {
  const reading = readPolicy(await textOf(file), options)
  if (reading.kind === 'read') return reading.policy
  const lines = reading.problems.map((problem) => problemText(problem, file))
  const [only = ''] = lines
  throw new EverfaceError(
    'policy-invalid',
    lines.length === 1 ? only : `${lines.length} things are wrong:\n${lines.join('\n')}`,
  )
}

async function textOf(file: string): Promise<string> {
  try {
    await using handle = await open(file)
    // One byte more than may be: who names a device or a huge file is told so without reading it.
    const buffer = new Uint8Array(4 * longestFile + 1)
    let length = 0
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    // A file that was cut may end within a character: then it is its length that is told.
    const stream = length === buffer.length
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, length), { stream })
  } catch (cause) {
    const why = cause instanceof TypeError ? 'it is not UTF-8' : (cause as Error).message
    throw new EverfaceError('policy-unreadable', `${file} cannot be read: ${why}.`, { cause })
  }
}

/** What all readers below share. */
interface Desk {
  readonly problems: Problem[]
  readonly nearest: kinds.Nearest
}

/** A map whose keys have been checked. */
interface Section {
  readonly place: Place
  get(key: string): Place | undefined
}

function policyIn(root: Place, standard: Policy, desk: Desk): Policy {
  const file = sectionIn(root, ['refresh', 'ask', 'show', 'keep'], desk)
  const refresh = sectionIn(file?.get('refresh'), ['when', 'polls'], desk)
  const ask = sectionIn(file?.get('ask'), ['budget', 'afterDecline', 'scenes'], desk)
  const show = sectionIn(file?.get('show'), ['mode', 'fallback'], desk)
  const keep = sectionIn(file?.get('keep'), ['history', 'unseenCopies'], desk)
  const policy: Policy = {
    refresh: {
      when: conditionsIn(refresh?.get('when'), 0, desk) ?? standard.refresh.when,
      polls: valueIn(refresh?.get('polls'), kinds.whole(mostPolls), desk) ?? standard.refresh.polls,
    },
    ask: {
      budget: valueIn(ask?.get('budget'), kinds.budget, desk) ?? standard.ask.budget,
      afterDeclineMs:
        valueIn(ask?.get('afterDecline'), kinds.duration, desk) ?? standard.ask.afterDeclineMs,
      scenes: scenesIn(ask?.get('scenes'), desk) ?? standard.ask.scenes,
    },
    show: {
      mode: valueIn(show?.get('mode'), kinds.oneOf(...showModes), desk) ?? standard.show.mode,
      fallback:
        valueIn(show?.get('fallback'), kinds.oneOf(...fallbacks), desk) ?? standard.show.fallback,
    },
    keep: {
      historyMs: valueIn(keep?.get('history'), kinds.duration, desk) ?? standard.keep.historyMs,
      unseenCopiesMs:
        valueIn(keep?.get('unseenCopies'), kinds.duration, desk) ?? standard.keep.unseenCopiesMs,
    },
  }
  if (desk.problems.length === 0) checkMemory(policy, root, ask, desk)
  return policy
}

/** What is forgotten cannot be counted: no pause may be longer than the history. */
function checkMemory(policy: Policy, root: Place, ask: Section | null, desk: Desk): void {
  const { historyMs } = policy.keep
  const check = (ms: number, path: string, place: Place | undefined) => {
    if (ms <= historyMs) return
    tell(
      desk,
      { ...(place ?? root), path },
      {
        says: `reaches back ${durationText(ms)}, but keep.history only ${durationText(historyMs)}`,
        allowed: `at most ${durationText(historyMs)}, or a longer keep.history`,
      },
    )
  }
  const { budget, afterDeclineMs, scenes } = policy.ask
  check(budget.perMs, 'ask.budget', ask?.get('budget'))
  check(afterDeclineMs, 'ask.afterDecline', ask?.get('afterDecline'))
  const named = ask?.get('scenes')
  const entries = named?.value.kind === 'map' ? named.value.entries : []
  for (const [name, scene] of scenes) {
    if (scene === 'never') continue
    const entry = entries.find(({ key }) => key === name)
    check(scene.cooldownMs, `ask.scenes.${name}.cooldown`, entry?.place)
  }
}

function scenesIn(
  place: Place | undefined,
  desk: Desk,
): ReadonlyMap<string, Scene | 'never'> | null {
  if (place === undefined) return null
  const entries = entriesOf(place, 'a map of scenes by name', desk)
  if (entries === null) return null
  if (entries.length > mostScenes) {
    tell(desk, place, { says: `has ${entries.length} scenes`, allowed: `at most ${mostScenes}` })
  }
  const isName = new RegExp(scenePattern)
  const scenes = new Map<string, Scene | 'never'>()
  for (const { key, line, column, place: one } of entries) {
    if (!isName.test(key)) {
      const says = 'is no name of a scene'
      const allowed = '1 to 64 characters of A-Z a-z 0-9 . _ and -'
      tell(desk, { ...one, line, column }, { says, allowed })
      continue
    }
    const scene = sceneIn(one, desk)
    if (scene !== null) scenes.set(key, scene)
  }
  return scenes
}

function sceneIn(place: Place, desk: Desk): Scene | 'never' | null {
  if (place.value.kind === 'scalar') {
    if (place.value.scalar === 'never') return 'never'
    const allowed = 'never, or a map with when and cooldown'
    const meant = desk.nearest(String(place.value.scalar), ['never']) ?? null
    tell(desk, place, { says: saysOf(place), allowed, meant })
    return null
  }
  const scene = sectionIn(place, ['when', 'cooldown'], desk)
  if (scene === null) return null
  const when = conditionsIn(required(scene, 'when', kinds.condition.allowed, desk), 1, desk)
  const cooldown = required(scene, 'cooldown', kinds.duration.allowed, desk)
  const cooldownMs = valueIn(cooldown, kinds.duration, desk)
  return when === null || cooldownMs === null ? null : { when, cooldownMs }
}

function conditionsIn(
  place: Place | undefined,
  least: 0 | 1,
  desk: Desk,
): readonly Condition[] | null {
  if (place === undefined || place.value.kind === 'refused') return null
  if (place.value.kind !== 'list') {
    const one = place.value.kind === 'scalar' ? kinds.condition.read(place.value.scalar) : null
    const meant = one === null ? null : `[${shown(scalarText(place))}]`
    tell(desk, place, { says: saysOf(place), allowed: 'a list of conditions in brackets', meant })
    return null
  }
  const { items } = place.value
  if (items.length < least) {
    const allowed = `at least one of ${kinds.condition.allowed}; or never instead of the scene`
    tell(desk, place, { says: 'is empty', allowed })
  }
  const seen = new Set<string>()
  return items.flatMap((item) => {
    const condition = valueIn(item, kinds.condition, desk)
    if (condition === null) return []
    const text = scalarText(item)
    if (seen.has(text))
      tell(desk, item, { says: `is "${shown(text)}" once more`, allowed: 'each once' })
    seen.add(text)
    return [condition]
  })
}

/** The value of a place; null when it is absent or wrong, and then that is told. */
function valueIn<T>(place: Place | undefined, kind: kinds.Kind<T>, desk: Desk): T | null {
  if (place === undefined || place.value.kind === 'refused') return null
  const scalar = place.value.kind === 'scalar' ? place.value.scalar : undefined
  const value = scalar === undefined ? null : kind.read(scalar)
  if (value !== null) return value
  const meant = scalar === undefined || scalar === null ? null : kind.guess(scalar, desk.nearest)
  tell(desk, place, { says: saysOf(place), allowed: kind.allowed, meant })
  return null
}

/** A map with these keys and no others; null when it is absent or no map. */
function sectionIn(place: Place | undefined, keys: readonly string[], desk: Desk): Section | null {
  if (place === undefined) return null
  const entries = entriesOf(place, `a map with ${keys.join(', ')}`, desk)
  if (entries === null) return null
  for (const { key, line, column, place: one } of entries) {
    if (keys.includes(key)) continue
    const meant = desk.nearest(key, keys) ?? null
    tell(
      desk,
      { ...one, line, column },
      { says: 'is no key here', allowed: keys.join(', '), meant },
    )
  }
  return { place, get: (key) => entries.find((entry) => entry.key === key)?.place }
}

function entriesOf(place: Place, allowed: string, desk: Desk): readonly Entry[] | null {
  if (place.value.kind === 'map') return place.value.entries
  if (place.value.kind !== 'refused') tell(desk, place, { says: saysOf(place), allowed })
  return null
}

function required(section: Section, key: string, allowed: string, desk: Desk): Place | undefined {
  const found = section.get(key)
  if (found === undefined) {
    const { place } = section
    tell(desk, { ...place, path: `${place.path}.${key}` }, { says: 'is missing', allowed })
  }
  return found
}

function saysOf(place: Place): string {
  if (place.value.kind === 'map') return 'is a map'
  if (place.value.kind === 'list') return 'is a list'
  const text = shown(scalarText(place))
  if (place.value.kind === 'scalar' && typeof place.value.scalar !== 'string') {
    return text === '' ? 'is empty' : `is ${text}`
  }
  return `is "${text}"`
}

function scalarText({ value }: Place): string {
  return value.kind === 'scalar' && value.scalar !== null ? String(value.scalar) : ''
}

function tell(
  { problems }: Desk,
  { line, column, path }: Pick<Place, 'line' | 'column' | 'path'>,
  what: { says: string; allowed: string; meant?: string | null },
): void {
  problems.push({ line, column, path, meant: null, ...what })
}
