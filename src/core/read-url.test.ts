// The table of URLs in test/fixtures/urls.json, and what must hold for every text whatsoever.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readUrl, verdictOfUrl } from './read-url.ts'
import { joinUrl, splitUrl } from './url.ts'

interface Row {
  readonly url: string
  readonly provider: string
  readonly valid: boolean
  readonly reason: string | null
  readonly expiresAt: string | null
  readonly placeholder: string | null
  readonly note?: string
}

const file = new URL('../../test/fixtures/urls.json', import.meta.url)
const rows = JSON.parse(readFileSync(file, 'utf8')) as Row[]

/** Any text, and mutilated URLs of every known form: the second kind finds more. */
const anyUrl = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc
    .tuple(fc.constantFrom(...rows), fc.nat(), fc.nat(), fc.string({ maxLength: 5 }))
    .map(([{ url }, at, length, text]) => {
      const start = at % (url.length + 1)
      return url.slice(0, start) + text + url.slice(start + (length % 12))
    }),
)

describe('readUrl', () => {
  for (const row of rows) {
    const shown = JSON.stringify(row.url.length > 90 ? `${row.url.slice(0, 90)}…` : row.url)
    it(`reads ${shown}${row.note === undefined ? '' : ` (${row.note})`}`, () => {
      const reading = readUrl(row.url)
      assert.deepEqual(
        {
          provider: reading.provider.name,
          valid: reading.valid,
          reason: reading.reason?.rule ?? null,
          expiresAt: reading.expiresAt === null ? null : new Date(reading.expiresAt).toISOString(),
          placeholder: reading.placeholder?.rule ?? null,
        },
        {
          provider: row.provider,
          valid: row.valid,
          reason: row.reason,
          expiresAt: row.expiresAt,
          placeholder: row.placeholder,
        },
      )
    })
  }

  it('never throws, and always has a reason for what is not valid', () => {
    fc.assert(
      fc.property(anyUrl, (url) => {
        const reading = readUrl(url)
        assert.equal(reading.valid, reading.reason === null)
        assert.equal(reading.reason?.kind ?? 'malformed', 'malformed')
        if (reading.parts === null) assert.equal(reading.valid, false)
        verdictOfUrl(reading)
      }),
      { numRuns: 3000 },
    )
  })

  it('reads the same from the parts as from the text', () => {
    fc.assert(
      fc.property(anyUrl, (url) => {
        const reading = readUrl(url)
        if (reading.parts === null) return
        const joined = joinUrl(reading.parts)
        // White space in front of a fragment would be taken for white space around the URL.
        fc.pre(joined === joined.trim())
        const again = readUrl(joined)
        assert.deepEqual(again.parts, reading.parts)
        assert.equal(again.provider, reading.provider)
        assert.deepEqual(again.reason, reading.reason)
        assert.deepEqual(again.placeholder, reading.placeholder)
        assert.equal(again.expiresAt, reading.expiresAt)
        assert.deepEqual(again.siblings, reading.siblings)
      }),
      { numRuns: 3000 },
    )
  })

  it('names siblings that are other URLs, valid, each once, and of the same provider', () => {
    fc.assert(
      fc.property(anyUrl, (url) => {
        const reading = readUrl(url)
        const { siblings } = reading
        const self = reading.parts === null ? url : joinUrl(reading.parts)
        assert.equal(
          new Set([...siblings, self, url]).size,
          siblings.length + (self === url ? 1 : 2),
        )
        for (const sibling of siblings) {
          const other = readUrl(sibling)
          assert.deepEqual(other.reason, null, sibling)
          assert.equal(other.provider, reading.provider, sibling)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('finds dates that can be', () => {
    fc.assert(
      fc.property(anyUrl, fc.integer({ min: 0, max: 2 ** 33 }), (url, seconds) => {
        const dated = url
          .replace(/\d{9,10}/, String(seconds))
          .replace(/=[0-9A-F]{8}\b/, `=${hex(seconds)}`)
        for (const text of [url, dated]) {
          const { expiresAt } = readUrl(text)
          if (expiresAt === null) continue
          assert.ok(expiresAt >= Date.UTC(2005, 0, 1) && expiresAt <= Date.UTC(2200, 0, 1), text)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('proposes what a broken WeChat URL was meant to be', () => {
    const whole =
      rows.find(({ url }) => url.startsWith('https://thirdwx.qlogo.cn/mmopen/vi_32/'))?.url ?? ''
    const front = whole.slice(0, whole.lastIndexOf('/'))
    assert.equal(readUrl(front).siblings[0], `${front}/132`)
    assert.equal(readUrl(`${front}/46/132`).siblings[0], `${front}/46`)
    assert.equal(
      readUrl(`${front.slice(0, 70)}/${front.slice(70)}/132`).siblings[0],
      `${front}/132`,
    )
    assert.deepEqual(readUrl(`${front.slice(0, -3)}/132`).siblings, [])
  })

  it('names WeChat’s siblings in this order: the other host, other sizes, both', () => {
    const whole =
      rows.find(({ url }) => /^https:\/\/thirdwx\.qlogo\.cn\/mmopen\/vi_32\/.*\/132$/.test(url))
        ?.url ?? ''
    const front = whole.slice(0, whole.lastIndexOf('/'))
    const other = front.replace('thirdwx', 'wx')
    assert.deepEqual(readUrl(`${front}/96`).siblings, [
      `${other}/96`,
      ...[0, 132, 64, 46].map((size) => `${front}/${size}`),
      ...[0, 132, 64, 46].map((size) => `${other}/${size}`),
    ])
    assert.equal(readUrl(`${other}/0`).siblings[0], `${front}/0`)
  })

  it('lets a reason speak before asking only where nobody can be asked', () => {
    assert.equal(verdictOfUrl(readUrl('wxfile://tmp_1.jpg'))?.rule, 'url.temporary-path')
    const cut = readUrl('https://wx.qlogo.cn/mmhead/short/132')
    assert.equal(cut.reason?.rule, 'wechat.cut-token')
    assert.equal(verdictOfUrl(cut), null)
    assert.equal(verdictOfUrl(readUrl('https://images.example.com/1.jpg')), null)
    const face = readUrl('https://cdn.discordapp.com/embed/avatars/1.png')
    assert.equal(verdictOfUrl(face)?.kind, 'placeholder')
  })

  it('tells of secrets in URLs', () => {
    assert.match(
      readUrl('https://api.telegram.org/file/bot1:AAmadeup/photos/1.jpg').note ?? '',
      /token/,
    )
    assert.match(readUrl('https://graph.facebook.com/0/picture?access_token=x').note ?? '', /token/)
    assert.equal(readUrl('https://graph.facebook.com/0/picture').note, null)
  })

  it('asks stable addresses by GET and addresses of one picture by HEAD', () => {
    assert.equal(readUrl('https://q1.qlogo.cn/g?b=qq&nk=100000000001&s=640').method, 'GET')
    assert.equal(readUrl('https://qh.qlogo.cn/ek_qqapp/AQmadeup/100').method, 'HEAD')
    assert.equal(readUrl('https://graph.facebook.com/0/picture').method, 'GET')
    assert.equal(readUrl('https://scontent.xx.fbcdn.net/1_n.jpg?oe=7FFF0000').method, 'HEAD')
    assert.equal(readUrl('https://avatars.githubusercontent.com/u/99999999999?v=4').method, 'GET')
  })

  it('reads full-width names as browsers do', () => {
    const url = 'https://ｔｈｉｒｄｗｘ.qlogo.cn/x'
    const parts = splitUrl(url)
    assert.equal('host' in parts ? parts.host : '', new URL(url).hostname)
  })
})

function hex(seconds: number): string {
  return (seconds >>> 0).toString(16).padStart(8, '0')
}
