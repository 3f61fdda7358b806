import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Seen, StoryEntry } from '../../store/store.ts'
import { createSpeech } from './speech.ts'
import { drawStory } from './story.ts'

const now = Date.UTC(2026, 10, 22)
const chinese = createSpeech('zh', now)
const english = createSpeech('en', now)
let entries = 0

function seen(at: number, change: Partial<Seen> = {}): StoryEntry {
  return {
    kind: 'observation',
    key: `a${entries++}`,
    at,
    edge: '203.0.113.1',
    url: null,
    method: 'HEAD',
    status: 200,
    verdict: 'alive',
    rule: 'wechat.real-data',
    detail: 'The picture is there.',
    sha256: null,
    bytes: 5_093,
    mime: 'image/jpeg',
    ms: 12,
    ...change,
  }
}

function happened(data: Readonly<Record<string, unknown>>): StoryEntry {
  const event = { id: 'evt_1', type: 'avatar.ask', subject: 'anna', at: now, data } as const
  return { kind: 'event', key: 'b1', ...event }
}

const looksIn = (text: string): number => text.split('class="look ').length - 1

describe('a story', () => {
  it('puts the edges of one look together', () => {
    const look = [seen(now), seen(now - 900, { edge: '203.0.113.2' }), seen(now, { method: 'GET' })]
    assert.equal(looksIn(drawStory(look, english).toString()), 1)
  })

  it('tells two looks that followed each other at once as two', () => {
    const looks = [seen(now), seen(now - 5_000, { verdict: 'gone' })]
    const text = drawStory(looks, english).toString()
    assert.equal(looksIn(text), 2)
    assert.match(text, /look is-alive[^]+look is-gone/)
    assert.doesNotMatch(text, /is-dying/)
  })

  it('says of edges that disagree what that means', () => {
    const look = [seen(now), seen(now, { edge: '203.0.113.2', verdict: 'gone' })]
    assert.match(drawStory(look, english).toString(), /Some servers still have the picture/)
    assert.match(drawStory(look, chinese).toString(), /部分服务器仍有此图/)
  })

  it('speaks the language of its reader, and marks what is English', () => {
    const text = drawStory(
      [
        happened({ reason: 'person-needed', scenes: ['profile', 'comment'], provider: 'wechat' }),
        seen(now - 200_000),
      ],
      chinese,
    ).toString()
    assert.match(text, /<dt>原因<\/dt>\s*<dd>只有用户本人能解决/)
    assert.match(text, /<dt>场景<\/dt>\s*<dd><bdi>profile, comment<\/bdi>/)
    assert.match(text, /<dd><bdi>微信<\/bdi>/)
    assert.match(text, /头像可以显示[^]+lang="en"><bdi>The picture is there/)
    assert.doesNotMatch(text, />(?:reason|scenes|provider)</)
  })

  it('shows what it has no words for, as text', () => {
    const data = { toString: '<b>', odd: { deep: 1 }, nothing: null, sha256: 'a'.repeat(64) }
    const text = drawStory([happened(data)], english).toString()
    assert.match(text, /<dt><bdi>toString<\/bdi><\/dt>\s*<dd><bdi>&lt;b&gt;<\/bdi>/)
    assert.match(text, /<code title="a{64}">a{16}…<\/code>/)
    assert.doesNotMatch(text, /odd|nothing|object Object/)
  })
})
