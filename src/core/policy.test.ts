// Conditions and policies: read ahead, written back the same, said in two languages.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Standing, standings } from './avatar.ts'
import {
  type Condition,
  type Facts,
  conditionText,
  durationText,
  holds,
  isLookable,
  parseCondition,
  parseDuration,
  plainConditions,
} from './condition.ts'
import { type Policy, defaultPolicy, memoryMs, promptLapseMs } from './policy.ts'
import { conditionWords, policyWords } from './policy-words.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const now = 1_800_000_000_000

const facts: Facts = {
  standing: 'alive',
  confirmedAt: now - dayMs,
  copyTakenAt: now - dayMs,
  changeProbability: 0.1,
  sessionExpiredAt: null,
  loginAt: null,
  acceptedAt: null,
  refreshedAt: null,
}

function condition(text: string): Condition {
  const read = parseCondition(text)
  assert.ok(read, text)
  return read
}

/** Which of the conditions hold, beside the facts above. */
function holding(changed: Partial<Facts>): string[] {
  return [...plainConditions, 'age > 90d'].filter((text) =>
    holds(condition(text), { ...facts, ...changed }, now),
  )
}

describe('parseDuration', () => {
  it('reads days, hours and minutes, and writes the shortest text for them', () => {
    for (const [text, ms] of [
      ['90d', 90 * dayMs],
      ['12h', 12 * hourMs],
      ['30m', 30 * 60_000],
      ['15m', promptLapseMs],
      ['9999d', 9_999 * dayMs],
    ] as const) {
      assert.equal(parseDuration(text), ms)
      assert.equal(durationText(ms), text)
    }
    assert.equal(durationText(48 * hourMs), '2d')
  })

  it('refuses everything else, and what is shorter than a prompt may be open', () => {
    for (const text of [
      '',
      '0d',
      '14m',
      '1',
      'd',
      '-1d',
      '1.5d',
      ' 1d',
      '1d ',
      '1d\n',
      '10000d',
      '٣d',
    ]) {
      assert.equal(parseDuration(text), null, JSON.stringify(text))
    }
  })
})

describe('parseCondition', () => {
  it('reads every condition and writes it back', () => {
    for (const text of [...plainConditions, 'age > 90d', 'age > 12h', 'age > 30m']) {
      assert.equal(conditionText(condition(text)), text)
    }
    assert.deepEqual(parseCondition('age>90d'), { kind: 'age', overMs: 90 * dayMs })
  })

  it('refuses everything else', () => {
    for (const text of [
      '',
      'Gone',
      'alive',
      'age',
      'age > ',
      'age > 90',
      'age < 90d',
      'gone|dying',
    ]) {
      assert.equal(parseCondition(text), null, text)
    }
  })
})

describe('holds', () => {
  it('tells standings apart', () => {
    const expected: Record<Standing, string[]> = {
      alive: [],
      dying: ['dying', 'changed'],
      gone: ['gone', 'changed'],
      placeholder: ['placeholder'],
      unknown: ['unknown'],
      uploaded: [],
    }
    for (const standing of standings) {
      assert.deepEqual(holding({ standing }), expected[standing], standing)
    }
  })

  it('calls a picture changed when that is likelier than not', () => {
    assert.deepEqual(holding({ changeProbability: 0.5 }), ['changed'])
    assert.deepEqual(holding({ changeProbability: 0.49 }), [])
    assert.deepEqual(holding({ changeProbability: 1, standing: 'uploaded' }), [])
    assert.deepEqual(holding({ changeProbability: 1, standing: 'placeholder' }), ['placeholder'])
  })

  it('counts the age from the last confirmation or copy, whichever is younger', () => {
    const old = now - 90 * dayMs - 1
    assert.deepEqual(holding({ confirmedAt: old, copyTakenAt: old }), ['age > 90d'])
    assert.deepEqual(holding({ confirmedAt: old, copyTakenAt: null }), ['age > 90d'])
    assert.deepEqual(holding({ confirmedAt: old + 1, copyTakenAt: null }), [])
    assert.deepEqual(holding({ confirmedAt: old, copyTakenAt: old + 1 }), [])
  })

  it('keeps an expired session until the picture was confirmed or renewed', () => {
    const sessionExpiredAt = now - hourMs
    assert.deepEqual(holding({ sessionExpiredAt }), ['session-expired'])
    assert.deepEqual(holding({ sessionExpiredAt: facts.confirmedAt }), [])
    for (const key of ['confirmedAt', 'acceptedAt', 'refreshedAt']) {
      assert.deepEqual(holding({ sessionExpiredAt, [key]: sessionExpiredAt }), [], key)
      assert.deepEqual(
        holding({ sessionExpiredAt, [key]: sessionExpiredAt - 1 }),
        ['session-expired'],
        key,
      )
    }
    const both = { acceptedAt: sessionExpiredAt - 1, refreshedAt: sessionExpiredAt }
    assert.deepEqual(holding({ sessionExpiredAt, ...both }), [])
  })

  it('takes a login for a moment that a renewal ends', () => {
    assert.deepEqual(holding({ loginAt: now, confirmedAt: now }), ['login'])
    assert.deepEqual(holding({ loginAt: now - hourMs + 1 }), ['login'])
    assert.deepEqual(holding({ loginAt: now - hourMs }), [])
    assert.deepEqual(holding({ loginAt: now - 1, refreshedAt: now }), [])
    assert.deepEqual(holding({ loginAt: now - 1, acceptedAt: now - 1 }), [])
  })
})

describe('isLookable', () => {
  it('is true only where a look may change the answer', () => {
    const lookable = standings.flatMap((standing) =>
      [...plainConditions, 'age > 90d']
        .filter((text) => isLookable(condition(text), standing))
        .map((text) => `${standing} ${text}`),
    )
    assert.deepEqual(lookable, [
      'alive changed',
      'alive unknown',
      'alive age > 90d',
      'unknown changed',
      'unknown unknown',
      'unknown age > 90d',
    ])
  })
})

describe('memoryMs', () => {
  it('is the longest pause of a policy', () => {
    const { ask } = defaultPolicy
    assert.equal(memoryMs(ask), 90 * dayMs)
    assert.equal(memoryMs({ ...ask, afterDeclineMs: 91 * dayMs }), 91 * dayMs)
    const scenes = new Map([['a', { when: [], cooldownMs: 92 * dayMs }]])
    assert.equal(memoryMs({ ...ask, scenes }), 92 * dayMs)
  })
})

describe('policyWords', () => {
  const say = (policy: Policy) => policyWords(policy).map(({ en, zh }) => [en, zh])

  it('says the standard policy', () => {
    assert.deepEqual(say(defaultPolicy), [
      [
        'Picture and name are renewed silently when the picture has probably changed, or the session has expired since the picture was last confirmed, and 4 times over the life of a token, the last time 12 hours before its end.',
        '静默刷新头像和昵称：在头像很可能已更换或最近一次确认头像之后会话已过期时；并在令牌有效期内共 4 次（最后一次在到期前 12 小时）。',
      ],
      [
        'A person is asked at most 2 times in 90 days, only after a tap of their own, and not for 60 days after saying no.',
        '每位用户在 90 天内最多询问 2 次，仅在其主动点击之后；被拒绝后 60 天内不再询问。',
      ],
      [
        'In “profile” a person may be asked when the picture is gone, the picture is dying, or the picture was last confirmed more than 90 days ago; then not again there for 7 days.',
        '在“profile”场景，头像已失效、头像正在失效或头像已超过 90 天未确认时可以询问；之后 7 天内不在此再次询问。',
      ],
      [
        'In “comment” a person may be asked when the picture is gone; then not again there for 30 days.',
        '在“comment”场景，头像已失效时可以询问；之后 30 天内不在此再次询问。',
      ],
      ['In “checkout” nobody is asked.', '在“checkout”场景从不询问。'],
      [
        'People see our copy; without a picture, a face of initials.',
        '显示我们保存的副本；没有头像时显示首字头像。',
      ],
      [
        'Observations, prompts and events are kept for 400 days, copies that nobody sees any more for 180 days.',
        '观测、询问和事件保留 400 天，不再显示的副本保留 180 天。',
      ],
    ])
  })

  it('says what is never done, and one of a thing as one', () => {
    const { ask } = defaultPolicy
    const quiet = say({
      ...defaultPolicy,
      refresh: { when: [], polls: 0 },
      ask: { ...ask, budget: { count: 0, perMs: dayMs } },
    })
    assert.match(quiet[0]?.[0] ?? '', /^Nothing is renewed silently/)
    assert.deepEqual(quiet[1], ['Nobody is ever asked.', '从不询问任何用户。'])
    const once = say({
      ...defaultPolicy,
      refresh: { when: [], polls: 1 },
      ask: { ...ask, budget: { count: 1, perMs: hourMs } },
    })
    assert.match(once[0]?.[0] ?? '', /silently once over the life of a token, 12 hours before/)
    assert.match(once[1]?.[0] ?? '', /at most once in 1 hour,/)
    const polled = say({ ...defaultPolicy, refresh: { when: [{ kind: 'login' }], polls: 0 } })
    assert.equal(
      polled[0]?.[0],
      'Picture and name are renewed silently when the person has just logged in.',
    )
  })

  it('has words of its own for every condition, mode and fallback', () => {
    const all = [...plainConditions, 'age > 9d', 'age > 30m'].map((text) =>
      conditionWords(condition(text)),
    )
    assert.equal(new Set(all.map(({ en }) => en)).size, all.length)
    assert.equal(new Set(all.map(({ zh }) => zh)).size, all.length)
    const shows = (['copy', 'redirect', 'auto'] as const).flatMap((mode) =>
      (['initials', 'none'] as const).map((fallback) =>
        say({ ...defaultPolicy, show: { mode, fallback } })
          .at(-2)
          ?.join(''),
      ),
    )
    assert.equal(new Set(shows).size, 6)
  })
})
