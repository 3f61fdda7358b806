// Long lives under random policies: the promises hold over the whole of them, a person is asked when they allow it, and
// whatever else is remembered of a person never leads to more prompts.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Standing, standings } from './avatar.ts'
import { parseCondition, plainConditions } from './condition.ts'
import { type Situation, clients, decide, occasions } from './decide.ts'
import { type PersonEvent, historyOf, personEventTypes } from './history.ts'
import { type Policy, type Scene, promptLapseMs } from './policy.ts'
import type { Grant } from './refresh.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const start = 1_800_000_000_000
const names = ['profile', 'comment', 'checkout'] as const

const pause = fc.integer({ min: 15, max: 60 * 72 }).map((minutes) => minutes * minuteMs)
const condition = fc
  .constantFrom(...plainConditions, 'age > 15m', 'age > 30h')
  .map((text) => parseCondition(text) ?? assert.fail(text))
const scene: fc.Arbitrary<Scene | 'never'> = fc.oneof(
  { weight: 1, arbitrary: fc.constant('never' as const) },
  {
    weight: 5,
    arbitrary: fc.record({
      when: fc.array(condition, { minLength: 1, maxLength: 3 }),
      cooldownMs: pause,
    }),
  },
)
const policy: fc.Arbitrary<Policy> = fc.record({
  refresh: fc.record({ when: fc.array(condition, { maxLength: 2 }), polls: fc.nat(6) }),
  ask: fc.record({
    budget: fc.record({ count: fc.nat(4), perMs: pause }),
    afterDeclineMs: pause,
    scenes: fc
      .tuple(scene, scene, scene)
      .map((scenes) => new Map(names.map((name, at) => [name, scenes[at] ?? 'never']))),
  }),
  show: fc.constant({ mode: 'copy', fallback: 'initials' } as const),
  keep: fc.constant({ historyMs: 400 * 24 * hourMs, unseenCopiesMs: hourMs }),
})
const standing: fc.Arbitrary<Standing> = fc.constantFrom(...standings)
const grant: fc.Arbitrary<Grant | null> = fc.option(
  fc.record({
    grantedAt: fc.integer({ min: start - 100 * hourMs, max: start }),
    refreshUntil: fc.integer({ min: start - hourMs, max: start + 200 * hourMs }),
    scope: fc.constantFrom('snsapi_userinfo', 'snsapi_base', 'snsapi_login'),
    over: fc.boolean(),
    lastRefreshAt: fc.option(fc.integer({ min: start - 100 * hourMs, max: start })),
    unchangedRefreshes: fc.nat(6),
  }),
)
const avatar: fc.Arbitrary<Situation['avatar']> = fc.record({
  standing,
  hasSource: fc.boolean(),
  wantsBytes: fc.boolean(),
  lookDue: fc.boolean(),
  lookedAt: fc.option(fc.integer({ min: start - 3 * hourMs, max: start })),
  confirmedAt: fc.integer({ min: start - 100 * hourMs, max: start }),
  copyTakenAt: fc.option(fc.integer({ min: start - 100 * hourMs, max: start })),
  changeProbability: fc.double({ min: 0, max: 1, noNaN: true }),
})
const event: fc.Arbitrary<PersonEvent> = fc.record({
  type: fc.constantFrom(...personEventTypes),
  at: fc.integer({ min: start - 80 * hourMs, max: start }),
  scene: fc.constantFrom(...names, null),
})
const situation = fc.record({
  avatar,
  grant,
  scene: fc.constantFrom(...names, 'elsewhere', null),
  occasion: fc.constantFrom(...occasions, 'tap' as const, 'tap' as const),
  client: fc.constantFrom(...clients),
  policy,
  now: fc.constant(start),
})

function asks(one: Omit<Situation, 'history'>, events: readonly PersonEvent[]): boolean {
  const { kind } = decide({ ...one, history: historyOf(events) })
  return kind === 'ask' || kind === 'choose'
}

describe('decide, over long lives', () => {
  it('keeps every promise in every window, and keeps people waiting no longer than that', () => {
    const happening = fc.oneof(
      { weight: 4, arbitrary: fc.record({ tap: fc.constantFrom(...names) }) },
      { weight: 1, arbitrary: fc.record({ enter: fc.constantFrom(...occasions) }) },
      {
        weight: 2,
        arbitrary: fc.record({
          answer: fc.constantFrom('prompt-accepted' as const, 'prompt-declined' as const),
        }),
      },
    )
    const life = fc.array(fc.tuple(fc.nat(9 * hourMs), happening), {
      minLength: 50,
      maxLength: 150,
    })
    let prompts = 0
    const check = fc.property(policy, life, fc.constantFrom(...clients), (rules, steps, client) => {
      const events: PersonEvent[] = []
      const asked: { at: number; scene: string }[] = []
      let now = start
      for (const [ms, step] of steps) {
        now += ms
        const ask = (name: string, occasion: Situation['occasion']) => {
          const gone: Situation['avatar'] = {
            standing: 'gone',
            hasSource: true,
            wantsBytes: false,
            lookDue: false,
            lookedAt: now,
            confirmedAt: now,
            copyTakenAt: null,
            changeProbability: 0,
          }
          const rest = { grant: null, client, policy: rules, now }
          return asks({ ...rest, avatar: gone, scene: name, occasion }, events)
        }
        if ('answer' in step) events.unshift({ type: step.answer, at: now })
        else if ('enter' in step) assert.ok(step.enter === 'tap' || !ask('profile', step.enter))
        else {
          const rule = rules.ask.scenes.get(step.tap)
          const isAsked = ask(step.tap, 'tap')
          const holds =
            rule !== undefined &&
            rule !== 'never' &&
            rule.when.some(({ kind }) => kind === 'gone' || kind === 'changed')
          assert.ok(holds || !isAsked)
          // Nothing is held back that the promises allow.
          if (holds && !isAsked) assert.ok(isHeldBack(rules, rule, step.tap, asked, events, now))
          if (isAsked) {
            asked.push({ at: now, scene: step.tap })
            events.unshift({ type: 'prompt-shown', at: now, scene: step.tap })
          }
        }
      }
      prompts += asked.length
      for (const [index, { at, scene: name }] of asked.entries()) {
        const { budget, afterDeclineMs, scenes } = rules.ask
        const until = asked.filter((one) => one.at >= at && one.at < at + budget.perMs)
        assert.ok(until.length <= budget.count, 'more than the budget in a window')
        const rule = scenes.get(name)
        assert.ok(rule !== undefined && rule !== 'never')
        const again = asked.slice(index + 1).find((one) => one.scene === name)
        assert.ok(again === undefined || again.at - at >= rule.cooldownMs, 'too soon in a scene')
        const declined = events.filter(({ type }) => type === 'prompt-declined')
        const soon = declined.some((one) => one.at < at && at - one.at < afterDeclineMs)
        assert.ok(!soon, 'too soon after a no')
      }
    })
    fc.assert(check, { numRuns: 300 })
    assert.ok(prompts > 300, `${prompts} prompts`)
  })

  it('never asks more because more is remembered', () => {
    const restrictive = fc.record({
      type: fc.constantFrom(
        ...(['prompt-shown', 'prompt-declined', 'consent-withdrawn', 'snapshot'] as const),
      ),
      at: fc.integer({ min: start - 80 * hourMs, max: start }),
      scene: fc.constantFrom(...names, null),
    })
    const events = fc.array(event, { maxLength: 6 })
    let both = 0
    fc.assert(
      fc.property(situation, events, fc.array(restrictive, { maxLength: 4 }), (one, less, more) => {
        if (!asks(one, [...less, ...more])) return
        both++
        assert.ok(asks(one, less))
      }),
      { numRuns: 20_000 },
    )
    assert.ok(both > 50, `${both} asked`)
  })

  it('does not depend on the order in which events are told', () => {
    const events = fc.array(event, { maxLength: 8 })
    const told = events.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    )
    fc.assert(
      fc.property(situation, told, (one, [all, shuffled]) => {
        const first = decide({ ...one, history: historyOf(all) })
        assert.deepEqual(decide({ ...one, history: historyOf(shuffled) }), first)
      }),
      { numRuns: 5_000 },
    )
  })

  it('never touches a person’s own picture, a withdrawn one or a snapshot, nor asks without a tap', () => {
    fc.assert(
      fc.property(situation, fc.array(event, { maxLength: 6 }), (one, events) => {
        const { kind, notBefore } = decide({ ...one, history: historyOf(events) })
        const isAsking = kind === 'ask' || kind === 'choose'
        const withdrawn = events.some(({ type }) => type === 'consent-withdrawn')
        assert.equal(kind === 'forget', withdrawn)
        if (!withdrawn && events.some(({ type }) => type === 'snapshot')) assert.equal(kind, 'keep')
        if (one.avatar.standing === 'uploaded')
          assert.ok(!['ask', 'refresh', 'copy'].includes(kind))
        if (isAsking)
          assert.deepEqual([one.occasion, kind === 'ask'], ['tap', one.client === 'web'])
        if (kind === 'refresh') {
          assert.ok(one.grant !== null && !one.grant.over && one.now < one.grant.refreshUntil)
          assert.ok(one.grant.scope !== 'snsapi_base')
          assert.ok(one.now - (one.grant.lastRefreshAt ?? 0) >= hourMs)
        }
        if (notBefore !== null) assert.ok(kind === 'keep' && notBefore > one.now)
      }),
      { numRuns: 20_000 },
    )
  })
})

/** Whether some promise speaks against asking now. */
function isHeldBack(
  { ask: { budget, afterDeclineMs } }: Policy,
  rule: Scene,
  name: string,
  asked: readonly { at: number; scene: string }[],
  events: readonly PersonEvent[],
  now: number,
): boolean {
  const last = asked.at(-1)
  const isAnswered = (at: number) =>
    events.some((one) => one.type !== 'prompt-shown' && one.at >= at)
  return (
    asked.filter(({ at }) => now - at < budget.perMs).length >= budget.count ||
    asked.some((one) => one.scene === name && now - one.at < rule.cooldownMs) ||
    events.some((one) => one.type === 'prompt-declined' && now - one.at < afterDeclineMs) ||
    (last !== undefined && now - last.at < promptLapseMs && !isAnswered(last.at))
  )
}
