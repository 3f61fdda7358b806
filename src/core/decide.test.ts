// One case for every reason there is to decide something, and the order in which they count.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { standings } from './avatar.ts'
import { type Decision, type Face, type Situation, decide, occasions } from './decide.ts'
import { type PersonEvent, historyOf, noHistory, openSince } from './history.ts'
import { type Policy, defaultPolicy } from './policy.ts'
import { type Reason, decisionKinds, reasons } from './reasons.ts'
import type { Grant } from './refresh.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const now = 1_800_000_000_000

const face: Face = {
  standing: 'alive',
  hasSource: true,
  wantsBytes: false,
  lookDue: false,
  lookedAt: now - dayMs,
  confirmedAt: now - dayMs,
  copyTakenAt: now - dayMs,
  changeProbability: 0.1,
}

const grant: Grant = {
  grantedAt: now - 10 * dayMs,
  refreshUntil: now + 20 * dayMs,
  scope: 'snsapi_userinfo',
  over: false,
  lastRefreshAt: now - dayMs,
  unchangedRefreshes: 0,
}

const calm: Situation = {
  avatar: face,
  grant: null,
  scene: null,
  occasion: 'sweep',
  client: 'web',
  policy: defaultPolicy,
  history: noHistory,
  now,
}

/** The decision in a calm situation with these differences; counted, so that no reason is forgotten. */
function decided(
  changed: Partial<Omit<Situation, 'avatar' | 'grant' | 'history'>> & {
    avatar?: Partial<Face>
    grant?: Partial<Grant>
    events?: readonly PersonEvent[]
  },
): Decision {
  const decision = decide({
    ...calm,
    ...changed,
    avatar: { ...face, ...changed.avatar },
    grant: changed.grant === undefined ? null : { ...grant, ...changed.grant },
    history: historyOf(changed.events ?? []),
  })
  reached.add(decision.reason)
  assert.equal(decision.kind, reasons[decision.reason].kind)
  return decision
}

const reached = new Set<Reason>()
const gone = { avatar: { standing: 'gone' } } as const
const tap = { ...gone, occasion: 'tap', scene: 'profile' } as const
const shown = (agoMs: number, scene: string | null = 'profile'): PersonEvent => {
  return { type: 'prompt-shown', at: now - agoMs, scene }
}
const answered = (type: 'prompt-accepted' | 'prompt-declined', agoMs: number): PersonEvent => {
  return { type, at: now - agoMs }
}

describe('decide', () => {
  it('asks after a tap, in a scene whose condition holds', () => {
    assert.deepEqual(decided(tap), {
      kind: 'ask',
      reason: 'person-needed',
      condition: { kind: 'gone' },
      notBefore: null,
    })
    assert.equal(decided({ ...tap, client: 'mini-program' }).reason, 'picture-needed')
    assert.equal(decided({ ...tap, avatar: { standing: 'dying' } }).kind, 'ask')
    assert.equal(decided({ ...tap, scene: 'comment', avatar: { standing: 'dying' } }).kind, 'keep')
  })

  it('asks nowhere else: not on entry, at a login, in a sweep', () => {
    for (const occasion of occasions.filter((one) => one !== 'tap')) {
      for (const scene of ['profile', null]) {
        assert.equal(decided({ ...tap, occasion, scene }).reason, 'waits-for-tap', occasion)
      }
      assert.equal(decided({ ...tap, occasion, scene: 'checkout' }).reason, 'fine')
    }
  })

  it('asks in no scene that the policy does not name, or names as never', () => {
    for (const scene of [null, 'Profile', '', 'toString', '__proto__']) {
      assert.equal(decided({ ...tap, scene }).reason, 'scene-unknown', `${scene}`)
    }
    assert.equal(decided({ ...tap, scene: 'checkout' }).reason, 'scene-never')
    assert.equal(decided({ ...tap, avatar: {} }).reason, 'condition-unmet')
  })

  it('leaves a person alone while a prompt is open, which ends by an answer or after 15 minutes', () => {
    const open = shown(14 * minuteMs, 'comment')
    const decision = decided({ ...tap, events: [open] })
    assert.deepEqual([decision.reason, decision.notBefore], ['prompt-open', now + minuteMs])
    assert.equal(decided({ ...tap, events: [shown(15 * minuteMs, 'comment')] }).kind, 'ask')
    assert.equal(decided({ ...tap, events: [open, answered('prompt-accepted', 0)] }).kind, 'ask')
    const older = answered('prompt-accepted', 14 * minuteMs + 1)
    assert.equal(decided({ ...tap, events: [open, older] }).reason, 'prompt-open')
  })

  it('keeps the cool-down of the scene, also after a prompt in a scene nobody named', () => {
    for (const scene of ['profile', null]) {
      const decision = decided({ ...tap, events: [shown(6 * dayMs, scene)] })
      assert.deepEqual([decision.reason, decision.notBefore], ['cooldown', now + dayMs])
      assert.equal(decided({ ...tap, events: [shown(7 * dayMs, scene)] }).kind, 'ask')
    }
    assert.equal(decided({ ...tap, events: [shown(6 * dayMs, 'comment')] }).kind, 'ask')
  })

  it('keeps the pause after a no, whatever was said since', () => {
    const events = [shown(30 * dayMs), answered('prompt-declined', 30 * dayMs)]
    const decision = decided({ ...tap, events })
    assert.deepEqual([decision.reason, decision.notBefore], ['after-decline', now + 30 * dayMs])
    assert.equal(decided({ ...tap, events: [answered('prompt-declined', 60 * dayMs)] }).kind, 'ask')
    const later = [...events, answered('prompt-accepted', dayMs)]
    assert.equal(decided({ ...tap, events: later }).reason, 'after-decline')
  })

  it('keeps the budget of all scenes together, in any window', () => {
    const events = [shown(89 * dayMs, 'comment'), shown(20 * dayMs)]
    const decision = decided({ ...tap, events })
    assert.deepEqual([decision.reason, decision.notBefore], ['budget-spent', now + dayMs])
    assert.equal(decided({ ...tap, events: [shown(90 * dayMs), shown(20 * dayMs)] }).kind, 'ask')
    assert.equal(decided({ ...tap, events: [shown(20 * dayMs)] }).kind, 'ask')
    const over = [shown(80 * dayMs), shown(70 * dayMs), shown(60 * dayMs), shown(50 * dayMs)]
    assert.equal(decided({ ...tap, events: over }).notBefore, now + 30 * dayMs)
    const policy: Policy = {
      ...defaultPolicy,
      ask: { ...defaultPolicy.ask, budget: { count: 0, perMs: dayMs } },
    }
    const never = decided({ ...tap, policy })
    assert.deepEqual([never.reason, never.notBefore], ['budget-spent', null])
  })

  it('tells of several pauses the one that ends last', () => {
    const events = [
      shown(6 * dayMs),
      answered('prompt-declined', 10 * dayMs),
      shown(minuteMs, 'comment'),
    ]
    const decision = decided({ ...tap, events })
    assert.deepEqual([decision.reason, decision.notBefore], ['budget-spent', now + 84 * dayMs])
  })

  it('does nothing but forget after a withdrawal, and nothing at all in a snapshot', () => {
    const withdrawn: PersonEvent = { type: 'consent-withdrawn', at: now - 400 * dayMs }
    const snapshot: PersonEvent = { type: 'snapshot', at: now - 400 * dayMs }
    for (const occasion of occasions) {
      for (const standing of standings) {
        const avatar = { standing, lookDue: true, wantsBytes: true }
        const rest = { ...tap, occasion, avatar, grant: { lastRefreshAt: null } }
        const later = answered('prompt-accepted', 0)
        assert.equal(decided({ ...rest, events: [withdrawn, snapshot, later] }).kind, 'forget')
        assert.equal(decided({ ...rest, events: [snapshot, later] }).reason, 'snapshot')
      }
    }
  })

  it('refreshes silently when a condition of the policy holds, whoever is there', () => {
    for (const occasion of occasions) {
      const decision = decided({ ...tap, occasion, grant: {} })
      assert.deepEqual([decision.reason, decision.condition], ['refresh-due', { kind: 'changed' }])
    }
    const expired: PersonEvent = { type: 'session-expired', at: now }
    assert.equal(decided({ grant: {}, events: [expired] }).kind, 'refresh')
    assert.equal(decided({ grant: { lastRefreshAt: now }, events: [expired] }).reason, 'fine')
    const just = { lastRefreshAt: now - hourMs }
    assert.equal(decided({ ...gone, grant: just }).reason, 'refresh-due')
  })

  it('tries again later when a refresh shows the old picture, and asks when that was in vain', () => {
    const old = (unchangedRefreshes: number, agoMs: number) =>
      decided({ ...tap, grant: { unchangedRefreshes, lastRefreshAt: now - agoMs } })
    assert.equal(old(1, 6 * hourMs).reason, 'refresh-again')
    const waits = old(3, 2 * dayMs)
    assert.deepEqual([waits.reason, waits.notBefore], ['refresh-waits', now + dayMs])
    assert.equal(old(3, 3 * dayMs).reason, 'refresh-again')
    assert.equal(old(4, 2 * dayMs).kind, 'ask')
    // A poll that is due anyway still comes first.
    assert.equal(old(4, 4 * dayMs).reason, 'refresh-poll')
  })

  it('has no use for a grant that is over, ended, or reads no profile', () => {
    for (const useless of [{ over: true }, { refreshUntil: now }, { scope: 'snsapi_base' }]) {
      assert.equal(decided({ ...tap, grant: useless }).kind, 'ask')
    }
  })

  it('polls over the life of a token, and rests until the next poll', () => {
    const polled = { lastRefreshAt: now - 5 * dayMs, grantedAt: now - 10 * dayMs }
    assert.equal(decided({ grant: polled }).reason, 'refresh-poll')
    const dueAt = grant.grantedAt + 354 * hourMs
    assert.equal(decided({ grant: {}, now: dueAt }).reason, 'refresh-poll')
    assert.equal(decided({ grant: {}, now: dueAt - 1 }).reason, 'fine')
    const rest = decided({ grant: {} })
    assert.deepEqual([rest.reason, rest.notBefore], ['fine', grant.grantedAt + 354 * hourMs])
    assert.deepEqual([decided({}).reason, decided({}).notBefore], ['fine', null])
  })

  it('refreshes before it asks, even where the policy has no such condition for refreshes', () => {
    const policy: Policy = { ...defaultPolicy, refresh: { when: [], polls: 0 } }
    assert.equal(decided({ ...tap, policy, grant: {} }).reason, 'refresh-first')
    const just = { lastRefreshAt: now - hourMs }
    assert.equal(decided({ ...tap, policy, grant: just }).reason, 'refresh-first')
    const waits = decided({ ...tap, policy, grant: { lastRefreshAt: now } })
    assert.deepEqual([waits.reason, waits.notBefore], ['refresh-waits', now + hourMs])
    assert.equal(decided({ ...gone, policy, grant: {} }).kind, 'keep')
    const asked = decided({ ...tap, policy, grant: {}, events: [shown(dayMs)] })
    assert.equal(asked.reason, 'cooldown')
  })

  it('looks before it asks where a look may settle it, once an hour', () => {
    const old = { confirmedAt: now - 91 * dayMs, copyTakenAt: null }
    const asking = { ...tap, avatar: old }
    assert.equal(decided(asking).reason, 'look-first')
    const looked = decided({ ...asking, avatar: { ...old, lookedAt: now - hourMs + 1 } })
    assert.deepEqual([looked.kind, looked.condition?.kind], ['ask', 'age'])
    const again = decided({ ...asking, avatar: { ...old, lookedAt: now - hourMs } })
    assert.equal(again.kind, 'confirm')
    assert.equal(decided({ ...asking, avatar: { ...old, hasSource: false } }).kind, 'ask')
    const dying = decided({ ...asking, avatar: { ...old, standing: 'dying' } })
    assert.deepEqual([dying.kind, dying.condition?.kind], ['ask', 'dying'])
  })

  it('keeps copies and beliefs in order when the schedule says so, or nobody has looked yet', () => {
    const due = (avatar: Partial<Face>) => decided({ avatar: { lookDue: true, ...avatar } }).reason
    assert.equal(due({}), 'look-due')
    assert.equal(due({ wantsBytes: true }), 'no-copy')
    assert.equal(due({ wantsBytes: true, standing: 'unknown' }), 'no-copy')
    assert.equal(due({ wantsBytes: true, standing: 'dying' }), 'last-chance')
    assert.equal(due({ wantsBytes: true, standing: 'gone' }), 'last-chance')
    assert.equal(due({ wantsBytes: true, standing: 'placeholder' }), 'look-due')
    assert.equal(due({ wantsBytes: true, standing: 'uploaded' }), 'fine')
    assert.equal(due({ wantsBytes: true, hasSource: false }), 'fine')
    assert.equal(due({ lookDue: false, lookedAt: null, wantsBytes: true }), 'no-copy')
    assert.equal(decided({ avatar: { wantsBytes: true } }).reason, 'fine')
    // A person who may not be asked is no reason to let the picture go.
    const avatar = { standing: 'gone', wantsBytes: true, lookDue: true } as const
    assert.equal(decided({ ...tap, avatar, events: [shown(0)] }).kind, 'rescue')
    assert.equal(decided({ ...tap, avatar }).kind, 'ask')
  })

  it('replaces a picture that the person gave only by another that they choose', () => {
    const avatar = {
      standing: 'uploaded',
      confirmedAt: now - 99 * dayMs,
      copyTakenAt: null,
    } as const
    assert.equal(decided({ ...tap, avatar }).reason, 'uploaded')
    assert.equal(decided({ ...tap, avatar, client: 'mini-program' }).reason, 'picture-needed')
    assert.equal(decided({ avatar, grant: { lastRefreshAt: null } }).reason, 'fine')
    assert.equal(decided({ avatar, client: 'mini-program' }).reason, 'waits-for-tap')
    const login: PersonEvent = { type: 'login', at: now }
    const policy: Policy = { ...defaultPolicy, refresh: { when: [{ kind: 'login' }], polls: 9 } }
    assert.equal(decided({ avatar, policy, grant: {}, events: [login] }).kind, 'keep')
  })

  it('has a case above for every reason, and a reason for every kind', () => {
    assert.deepEqual([...reached].sort(), Object.keys(reasons).sort())
    const kinds = new Set(Object.values(reasons).map(({ kind }) => kind))
    assert.deepEqual([...kinds].sort(), [...decisionKinds].sort())
  })
})

describe('openSince', () => {
  it('is the time of the last prompt until it is answered, either way', () => {
    const open = (...events: PersonEvent[]) => openSince(historyOf(events))
    assert.equal(open(), null)
    assert.equal(open(answered('prompt-declined', 0)), null)
    assert.equal(open(shown(5), shown(9)), now - 5)
    assert.equal(open(shown(5), answered('prompt-accepted', 6)), now - 5)
    assert.equal(open(shown(5), answered('prompt-accepted', 5)), null)
    assert.equal(open(shown(5), answered('prompt-declined', 5)), null)
    assert.equal(open(shown(5), shown(3), answered('prompt-declined', 4)), now - 3)
  })
})

describe('reasons', () => {
  it('are each one sentence of their own, in both languages', () => {
    const all = Object.values(reasons)
    assert.equal(new Set(all.map(({ en }) => en)).size, all.length)
    assert.equal(new Set(all.map(({ zh }) => zh)).size, all.length)
    for (const { en, zh } of all) {
      assert.match(en, /^[A-Z].*\.$/)
      assert.match(zh, /^\p{Script=Han}[^a-zA-Z]*。$/u)
    }
  })
})
