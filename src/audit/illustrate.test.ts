// Thumbnails for the report, with a prober that answers as each test says.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import sharp from 'sharp'
import { madeResult } from '../../test/made/results.ts'
import type { UrlReading } from '../core/read-url.ts'
import type { Look, Prober } from '../probe/prober.ts'
import { illustrate } from './illustrate.ts'

const picture = await sharp({
  create: { width: 300, height: 120, channels: 3, background: '#c33' },
})
  .png()
  .toBuffer()

function rowOf(key: string, url = `https://a.example/${key}`) {
  return { key, result: madeResult({ url }), since: null }
}

const rowsOf = (count: number) => Array.from({ length: count }, (_, n) => rowOf(`r${n}`))

function proberOf(answer: (url: string) => Buffer | null | Promise<Buffer | null>) {
  const asked: { url: string; reading: UrlReading; get: boolean | undefined }[] = []
  let open = 0
  let mostOpen = 0
  const prober: Prober = {
    async look(url, reading, options): Promise<Look> {
      asked.push({ url, reading, get: options?.get })
      mostOpen = Math.max(mostOpen, ++open)
      const bytes = await answer(url)
      open--
      const finding = { kind: 'gone', rule: '', detail: '', edges: {}, decidedBy: 0 } as const
      return { finding, observations: [], verdicts: [], picture: bytes, face: bytes }
    },
    inFlight: 0,
    close() {},
  }
  return { prober, asked, mostOpen: () => mostOpen }
}

const { signal } = new AbortController()

describe('illustrate', () => {
  it('makes small WebP pictures by the keys of the rows, dead links too', async () => {
    const { prober, asked } = proberOf(() => picture)
    const pictures = await illustrate(rowsOf(20), prober, signal)
    assert.deepEqual(
      [...pictures.keys()].sort(),
      rowsOf(20)
        .map(({ key }) => key)
        .sort(),
    )
    const [head, data = ''] = (pictures.get('r7') ?? '').split(',')
    assert.equal(head, 'data:image/webp;base64')
    const { format, width, height } = await sharp(Buffer.from(data, 'base64')).metadata()
    assert.deepEqual([format, width, height], ['webp', 96, 96])
    assert.ok(asked.every(({ get }) => get === true))
  })

  it('asks for default faces too, whose verdict the URL alone tells', async () => {
    const { prober, asked } = proberOf(() => picture)
    const face = 'https://cdn.discordapp.com/embed/avatars/1.png'
    const pictures = await illustrate([rowOf('r1', face)], prober, signal)
    assert.equal(pictures.size, 1)
    const [{ url, reading } = { url: '', reading: null }] = asked
    assert.deepEqual([url, reading?.provider.name, reading?.placeholder], [face, 'discord', null])
    assert.equal(reading?.parts?.host, 'cdn.discordapp.com')
  })

  it('leaves out what could not be had or decoded, and goes on', async () => {
    const bytes = new Map([
      ['https://a.example/none', null],
      ['https://a.example/text', Buffer.from('no picture at all')],
      ['https://a.example/half', picture.subarray(0, 40)],
    ])
    const { prober, asked } = proberOf((url) => bytes.get(url) ?? null)
    const rows = ['none', 'text', 'half'].map((key) => rowOf(key))
    assert.equal((await illustrate(rows, prober, signal)).size, 0)
    assert.equal(asked.length, 3)
    bytes.set('https://a.example/last', picture)
    const again = await illustrate([...rows, rowOf('last')], prober, signal)
    assert.deepEqual([...again.keys()], ['last'])
  })

  it('asks for sixteen at once', async () => {
    const { prober, asked, mostOpen } = proberOf(() => turn(null))
    await illustrate(rowsOf(50), prober, signal)
    assert.deepEqual([asked.length, mostOpen()], [50, 16])
  })

  it('asks for nothing more once it is aborted, and answers what it has', async () => {
    const stopping = new AbortController()
    const { prober, asked } = proberOf((url) => {
      if (url.endsWith('/r20')) stopping.abort()
      return turn(picture)
    })
    const pictures = await illustrate(rowsOf(100), prober, stopping.signal)
    assert.ok(asked.length >= 21 && asked.length <= 36, `${asked.length} asked`)
    assert.equal(pictures.size, asked.length)
    const none = proberOf(() => picture)
    assert.equal((await illustrate(rowsOf(3), none.prober, AbortSignal.abort())).size, 0)
    assert.equal(none.asked.length, 0)
  })

  it('answers nothing for no rows', async () => {
    const { prober } = proberOf(() => picture)
    assert.equal((await illustrate([], prober, signal)).size, 0)
  })
})
