// Every order of events, to a depth: whatever happens, `decide` asks exactly when a second, plainer telling of the promises
// says that it may. Worlds that differ only in how long ago everything was are one.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Standing } from './avatar.ts'
import { type Decision, type Occasion, decide } from './decide.ts'
import { type PersonEvent, type Prompt, historyOf } from './history.ts'
import type { Policy, Scene } from './policy.ts'
import type { Grant } from './refresh.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const start = 1_800_000_000_000

const policy: Policy = {
  refresh: { when: [{ kind: 'changed' }], polls: 0 },
  ask: {
    budget: { count: 2, perMs: 20 * hourMs },
    afterDeclineMs: 12 * hourMs,
    scenes: new Map<string, Scene | 'never'>([
      ['profile', { when: [{ kind: 'gone' }, { kind: 'dying' }], cooldownMs: 2 * hourMs }],
      ['comment', { when: [{ kind: 'gone' }], cooldownMs: 5 * hourMs }],
      ['checkout', 'never'],
    ]),
  },
  show: { mode: 'copy', fallback: 'initials' },
  keep: { historyMs: 400 * 24 * hourMs, unseenCopiesMs: hourMs },
}
const standingsAsked: Readonly<Record<string, readonly Standing[]>> = {
  profile: ['gone', 'dying'],
  comment: ['gone'],
  checkout: [],
}

/** The world as far as it matters. */
interface World {
  readonly now: number
  readonly standing: Standing
  readonly prompts: readonly Prompt[]
  readonly acceptedAt: number | null
  readonly declinedAt: number | null
  readonly withdrawn: boolean
  readonly snapshot: boolean
  readonly grant: Grant | null
}

const world: World = {
  now: start,
  standing: 'alive',
  prompts: [],
  acceptedAt: null,
  declinedAt: null,
  withdrawn: false,
  snapshot: false,
  grant: null,
}

function decideIn(one: World, occasion: Occasion, scene: string | null): Decision {
  const { now, prompts } = one
  const events: PersonEvent[] = prompts.map((prompt) => ({ type: 'prompt-shown', ...prompt }))
  if (one.acceptedAt !== null) events.push({ type: 'prompt-accepted', at: one.acceptedAt })
  if (one.declinedAt !== null) events.push({ type: 'prompt-declined', at: one.declinedAt })
  if (one.withdrawn) events.push({ type: 'consent-withdrawn', at: now })
  if (one.snapshot) events.push({ type: 'snapshot', at: now })
  return decide({
    avatar: {
      standing: one.standing,
      hasSource: true,
      wantsBytes: false,
      lookDue: false,
      lookedAt: now - 24 * hourMs,
      confirmedAt: now - 24 * hourMs,
      copyTakenAt: null,
      changeProbability: 0,
    },
    grant: one.grant,
    scene,
    occasion,
    client: 'web',
    policy,
    // The newest first: the order in which events are told makes no difference.
    history: historyOf(events.toReversed()),
    now,
  })
}

/** The promises, told once more: no code of ours, no cleverness. */
function mayAsk(one: World, scene: string): boolean {
  if (one.withdrawn || one.snapshot) return false
  if (standingsAsked[scene]?.includes(one.standing) !== true) return false
  const cooldownHours = scene === 'profile' ? 2 : 5
  let inWindow = 0
  for (const prompt of one.prompts) {
    const age = one.now - prompt.at
    const answers = [one.acceptedAt, one.declinedAt].filter((at) => at !== null && at >= prompt.at)
    if (answers.length === 0 && age < 15 * minuteMs) return false
    if (prompt.scene === scene && age < cooldownHours * hourMs) return false
    if (age < 20 * hourMs) inWindow++
  }
  if (inWindow >= 2) return false
  return one.declinedAt === null || one.now - one.declinedAt >= 12 * hourMs
}

/** What can happen to a world; all worlds that may come of it. */
type Happening = (one: World) => readonly World[]

/** Worlds that behave alike from now on have the same name: only times that still matter, as ages. */
function nameOf(one: World, memoryMs: number): string {
  const age = (at: number | null) => (at === null ? -1 : Math.min(one.now - at, memoryMs))
  const prompts = one.prompts
    .filter(({ at }) => one.now - at < memoryMs)
    .map(({ scene, at }) => `${scene}${one.now - at}`)
  const { grant } = one
  return [
    one.standing,
    prompts,
    age(one.acceptedAt),
    age(one.declinedAt),
    one.withdrawn,
    one.snapshot,
    ...(grant === null
      ? []
      : [
          grant.over,
          grant.unchangedRefreshes,
          age(grant.lastRefreshAt),
          one.now - grant.grantedAt,
        ]),
  ].join('|')
}

/** Walks through every order of happenings, and tells how many worlds there are. */
function explore(
  from: World,
  happenings: readonly Happening[],
  depth: number,
  memoryMs: number,
): number {
  const seen = new Set([nameOf(from, memoryMs)])
  let edge: World[] = [from]
  for (let step = 0; step < depth; step++) {
    const next: World[] = []
    for (const one of edge) {
      for (const happen of happenings) {
        for (const after of happen(one)) {
          const name = nameOf(after, memoryMs)
          if (seen.has(name)) continue
          seen.add(name)
          next.push(after)
        }
      }
    }
    edge = next
  }
  return seen.size
}

const wait =
  (ms: number): Happening =>
  (one) => [{ ...one, now: one.now + ms }]
const become =
  (standing: Standing): Happening =>
  (one) => [{ ...one, standing }]
const show = (one: World, scene: string): World => {
  return { ...one, prompts: [...one.prompts, { scene, at: one.now }] }
}
const accept: Happening = (one) => [{ ...one, acceptedAt: one.now }]
const decline: Happening = (one) => [{ ...one, declinedAt: one.now }]
const withdraw: Happening = (one) => [{ ...one, withdrawn: true }]
const beSnapshot: Happening = (one) => [{ ...one, snapshot: true }]

describe('decide, whatever the order of events', () => {
  it('asks a person without a grant exactly when the promises allow it', () => {
    let asked = 0
    let refused = 0
    const reasonsSeen = new Set<string>()
    const tap =
      (scene: string): Happening =>
      (one) => {
        const { kind, reason, notBefore } = decideIn(one, 'tap', scene)
        reasonsSeen.add(reason)
        assert.equal(kind === 'ask', mayAsk(one, scene), `${scene} ${JSON.stringify(one)}`)
        if (kind !== 'ask') {
          refused++
          // The time that is told is the first one at which the answer is another.
          if (notBefore !== null) {
            assert.ok(notBefore > one.now)
            assert.equal(mayAsk({ ...one, now: notBefore }, scene), true)
            assert.equal(decideIn({ ...one, now: notBefore }, 'tap', scene).kind, 'ask')
            assert.equal(decideIn({ ...one, now: notBefore - 1 }, 'tap', scene).kind, 'keep')
          }
          return []
        }
        asked++
        return [show(one, scene)]
      }
    const elsewhere: Happening = (one) => {
      for (const occasion of ['entry', 'login', 'sweep'] as const) {
        for (const scene of ['profile', null]) {
          const { kind } = decideIn(one, occasion, scene)
          assert.ok(kind === (one.withdrawn ? 'forget' : 'keep'), `${occasion}: ${kind}`)
        }
      }
      return []
    }
    const worlds = explore(
      world,
      [
        wait(10 * minuteMs),
        wait(3 * hourMs),
        wait(13 * hourMs),
        tap('profile'),
        tap('comment'),
        tap('checkout'),
        elsewhere,
        // A page that shows a prompt on its own counts too.
        (one) => [show(one, 'comment')],
        become('gone'),
        become('dying'),
        become('alive'),
        accept,
        decline,
        withdraw,
        beSnapshot,
      ],
      7,
      20 * hourMs,
    )
    assert.ok(worlds > 20_000, `${worlds} worlds`)
    assert.ok(asked > 1_000 && refused > 10_000, `${asked} asked, ${refused} refused`)
    const expected = ['prompt-open', 'cooldown', 'after-decline', 'budget-spent', 'scene-never']
    for (const reason of [...expected, 'person-needed', 'consent-withdrawn', 'snapshot']) {
      assert.ok(reasonsSeen.has(reason), `${reason} was reached`)
    }
  })

  it('refreshes before it asks, spaced and at most four times in vain, and then does ask', () => {
    let asked = 0
    let refreshed = 0
    let askedInVain = 0
    const afterHours = [1, 6, 24, 72]
    /** Hours until silent means may be tried again: 0 for now, null for never. */
    const triableIn = (one: World): number | null => {
      const { grant, now } = one
      if (grant === null || grant.over || now >= grant.refreshUntil) return null
      if (grant.lastRefreshAt === null) return 0
      const hours = afterHours[grant.unchangedRefreshes]
      if (hours === undefined) return null
      const at = grant.lastRefreshAt + hours * hourMs
      return at >= grant.refreshUntil ? null : Math.max(0, (at - now) / hourMs)
    }
    /** The platform shows a new picture, or the old one still. */
    const refresh = (one: World): readonly World[] => {
      const { grant } = one
      assert.ok(grant !== null)
      refreshed++
      const renewed = { ...grant, lastRefreshAt: one.now }
      const unchangedRefreshes = grant.unchangedRefreshes + 1
      assert.ok(unchangedRefreshes <= 4)
      return [
        { ...one, standing: 'alive', grant: { ...renewed, unchangedRefreshes: 0 } },
        { ...one, grant: { ...renewed, unchangedRefreshes } },
      ]
    }
    const meet =
      (occasion: Occasion): Happening =>
      (one) => {
        const { kind, notBefore } = decideIn(one, occasion, 'profile')
        const hours = triableIn(one)
        const isChanged = one.standing === 'gone'
        assert.equal(kind === 'refresh', isChanged && hours === 0, JSON.stringify(one))
        const isAsked = occasion === 'tap' && hours === null && mayAsk(one, 'profile')
        assert.equal(kind === 'ask', isAsked, JSON.stringify(one))
        if (kind === 'refresh') return refresh(one)
        if (kind === 'ask') {
          asked++
          if (one.grant?.unchangedRefreshes === 4) askedInVain++
          return [show(one, 'profile')]
        }
        assert.equal(kind, 'keep')
        if (isChanged && hours !== null && occasion === 'sweep') {
          assert.equal(notBefore, one.now + hours * hourMs)
        }
        return []
      }
    const grant: Grant = {
      grantedAt: start,
      refreshUntil: start + 200 * hourMs,
      scope: 'snsapi_userinfo',
      over: false,
      lastRefreshAt: null,
      unchangedRefreshes: 0,
    }
    const end: Happening = (one) =>
      one.grant === null ? [] : [{ ...one, grant: { ...one.grant, over: true } }]
    const worlds = explore(
      { ...world, standing: 'gone', grant },
      [
        wait(7 * hourMs),
        wait(25 * hourMs),
        wait(73 * hourMs),
        meet('tap'),
        meet('sweep'),
        become('gone'),
        decline,
        end,
      ],
      8,
      80 * hourMs,
    )
    assert.ok(worlds > 5_000, `${worlds} worlds`)
    assert.ok(refreshed > 1_000 && asked > 500, `${refreshed} refreshed, ${asked} asked`)
    assert.ok(askedInVain > 0, 'asked after four refreshes in vain')
  })
})
