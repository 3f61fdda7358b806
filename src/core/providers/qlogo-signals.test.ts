// Tencent's headers, all combinations of them: what agrees speaks, what contradicts itself is unknown.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { classify } from '../classify.ts'
import type { Answer } from '../observation.ts'
import { rulesOf } from './index.ts'
import { qq } from './qq.ts'
import { wechat } from './wechat.ts'
import { wecom } from './wecom.ts'

const dead: readonly (readonly [string, string])[] = [
  ['cache-control', 'no-cache'],
  ['last-modified', 'Mon, 01 Jan 1990 00:00:00 GMT'],
  ['x-bcheck', '0_0'],
]
const standIns = [
  { provider: wechat, bytes: 5093, type: 'image/png', gone: 'wechat.grey-picture' },
  { provider: wecom, bytes: 5093, type: 'image/png', gone: 'wecom.grey-picture' },
  { provider: qq, bytes: 1512, type: 'image/jpeg', gone: 'qq.default-picture' },
]

for (const { provider, bytes: size, type, gone } of standIns) {
  const say = (headers: Record<string, string>, bytes: number | null, mime = type) => {
    const fields = { 'content-type': mime, ...headers }
    const seen: Answer = { kind: 'answer', status: 200, headers: fields, bytes, body: null }
    const url = 'https://images.example.com/1'
    const at = Date.UTC(2026, 10, 22)
    const observation = { url, finalUrl: url, method: 'HEAD', edge: '', at, ms: 1, seen } as const
    return classify(observation, rulesOf(provider)).rule.replace(`${provider.name}.`, '')
  }
  const all = Object.fromEntries(dead)

  describe(`${provider.title}'s signals`, () => {
    const healthy = [
      [{ 'x-info': 'real data' }, 'real-data', 'real-data-doubtful'],
      [{ 'x-nws-log-uuid': 'x', 'cache-control': 'max-age=60' }, 'nws-cached', 'nws-doubtful'],
    ] as const
    for (const [headers, alive, doubtful] of healthy) {
      it(`let no sign of the stand-in pass beside ${alive}`, () => {
        assert.equal(say(headers, 9000), alive)
        assert.equal(say(headers, size), doubtful)
        for (const [name, value] of dead) {
          const both = name in headers ? `${value}, max-age=60` : value
          assert.equal(say({ ...headers, [name]: both }, 9000), doubtful, name)
        }
        assert.equal(say({ ...all, ...headers }, size), doubtful)
      })
    }

    it('make the stand-in of three signs, not of two', () => {
      const own = gone.slice(gone.indexOf('.') + 1)
      assert.equal(say(all, size), own)
      assert.equal(say(all, null), own)
      for (const [name] of dead) {
        const { [name]: _, ...two } = all
        assert.equal(say(two, size), own, name)
        assert.equal(say(two, null), 'no-signal', name)
        for (const [other] of dead) {
          if (other === name) continue
          const { [other]: __, ...one } = two
          assert.equal(say(one, size), 'no-signal', `${name}, ${other}`)
        }
      }
    })

    it('make no stand-in against the bytes', () => {
      for (const bytes of [0, 1, 4000, 6000, 19077]) assert.equal(say(all, bytes), 'no-signal')
      assert.equal(say(all, size, 'image/webp'), 'no-signal')
      assert.equal(say(all, size, 'text/html'), 'not-a-picture')
    })
  })
}
