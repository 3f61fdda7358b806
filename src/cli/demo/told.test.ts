import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tellOpening, tellProgress } from './told.ts'

const progress = {
  elapsedMs: 67_900,
  chapter: 'rot',
  dead: 12,
  old: 3,
  kept: 240,
  rescued: 12,
  refreshed: 5,
  changed: 5,
  toAsk: 2,
} as const

describe('what the demo says', () => {
  it('tells progress in one line, and why nothing moves while the platform is in trouble', () => {
    assert.equal(
      tellProgress(progress),
      '01:07  links dead: 12 · still shown: 12 · renewed: 5 · to be asked: 2',
    )
    assert.match(tellProgress({ ...progress, chapter: 'throttle' }), /slow down/)
    assert.match(tellProgress({ ...progress, chapter: 'outage' }), /failing/)
  })

  it('names everything that can be opened, in Chinese too where that is spoken', () => {
    const demo = {
      comparisonUrl: 'http://127.0.0.1:8421/',
      dashboardUrl: 'http://127.0.0.1:8420/',
      platformUrl: 'http://127.0.0.1:8422',
      adminKey: 'ef_key',
      logFile: '/tmp/everface.log',
    }
    const english = tellOpening(demo, { people: 240, chinese: false })
    for (const text of Object.values(demo)) assert.ok(english.includes(text), text)
    assert.doesNotMatch(english, /\p{Script=Han}/u)
    assert.match(tellOpening(demo, { people: 240, chinese: true }), /控制台/)
  })
})
