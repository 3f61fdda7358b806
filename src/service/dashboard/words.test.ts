import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { urgencies } from '../../core/avatar.ts'
import { languages } from '../../look/words.ts'
import { eventTypes } from '../../store/store.ts'
import { eventWords, urgencyWords } from './event-words.ts'
import { createSpeech } from './speech.ts'
import { type WordKey, en } from './words-en.ts'
import { zh } from './words-zh.ts'

const folder = new URL('.', import.meta.url)
const sources = readdirSync(folder)
  .filter((name) => name.endsWith('.ts') && !/^words-|\.test\.ts$/.test(name))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'))
  .join('\n')

function placesOf(sentence: string): string[] {
  return [...new Set(sentence.match(/\{\w+\}/g) ?? [])].sort()
}

describe('the words of the dashboard', () => {
  it('have the same values in both languages, and no sentence is empty', () => {
    for (const [key, sentence] of Object.entries(zh)) {
      assert.deepEqual(placesOf(sentence), placesOf(en[key as WordKey]), key)
      assert.notEqual(sentence.trim(), '', key)
    }
  })

  it('are all in both languages but for what English says of exactly one', () => {
    const missing = Object.keys(en).filter((key) => !(key in zh))
    assert.deepEqual(
      missing.filter((key) => !(key.endsWith('One') && key.slice(0, -3) in en)),
      [],
    )
  })

  it('are all used', () => {
    const built = /^(?:theme|told|topic)-|One$/
    const unused = Object.keys(en).filter(
      (key) => !built.test(key) && !sources.includes(`'${key}'`),
    )
    assert.deepEqual(unused, [])
  })

  it('are Chinese in Chinese', () => {
    const foreign = new Set(['otherLanguage', 'searchExample'])
    const latin = Object.entries(zh).filter(
      ([key, one]) => !foreign.has(key) && !/\p{Script=Han}/u.test(one),
    )
    assert.deepEqual(latin, [])
  })

  it('name every event and every urgency', () => {
    for (const language of languages) {
      for (const type of eventTypes) assert.notEqual(eventWords[language][type] ?? '', '', type)
      for (const one of urgencies) assert.notEqual(urgencyWords[language][one] ?? '', '', one)
    }
  })
})

describe('createSpeech', () => {
  const now = Date.UTC(2026, 10, 22, 12)
  const english = createSpeech('en', now)
  const chinese = createSpeech('zh', now)

  it('counts as people do', () => {
    assert.equal(english.say('avatarsOf', { n: 1 }), '1 face')
    assert.equal(english.say('avatarsOf', { n: 12_345 }), '12 345 faces')
    assert.equal(chinese.say('avatarsOf', { n: 1 }), '1 个头像')
  })

  it('tells times from now, and exactly in the markup', () => {
    assert.equal(english.ago(now - 3 * 60_000), '3 minutes ago')
    assert.equal(english.ago(now - 59_000), 'now')
    assert.equal(english.ago(now + 2 * 86_400_000), 'in 2 days')
    assert.equal(chinese.ago(now - 3 * 3_600_000), '3 小时前')
    assert.match(
      english.time(now - 3_600_000).toString(),
      /^<time datetime="2026-11-22T11:00:00.000Z" title="2026-11-22 11:00:00 UTC"\s*>1 hour ago</,
    )
    assert.equal(english.time(0).toString(), '–')
    assert.equal(english.time(Number.MAX_SAFE_INTEGER).toString(), '–')
  })

  it('tells figures of every size', () => {
    assert.equal(english.decimal(0.04912), '0.049')
    assert.equal(english.decimal(12.345), '12.3')
    assert.equal(english.decimal(Number.POSITIVE_INFINITY), '∞')
    assert.equal(english.bytes(0), '0 B')
    assert.equal(english.bytes(258_000), '252.0 KiB')
    assert.equal(english.span(3 * 86_400_000), '3 days')
    assert.equal(chinese.span(86_400_000), '1 天')
    assert.equal(english.percent(1, 8), '12.5 %')
    assert.equal(chinese.percent(1, 8), '12.5%')
  })

  it('calls providers what people call them', () => {
    assert.equal(english.provider('wechat'), 'WeChat')
    assert.equal(chinese.provider('wechat'), '微信')
    assert.equal(chinese.provider('github'), 'GitHub')
    assert.equal(chinese.provider('toString'), 'toString')
  })

  it('escapes what is put into a sentence', () => {
    assert.equal(english.tell('requestId', { id: '<b>' }).toString(), 'Request &lt;b&gt;')
  })
})
