// Held beside the faces that the service draws: people must not see one give way to the other.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { initialsOf as fullInitialsOf } from '../pictures/initials-text.ts'
import { coloursOf, drawInitials } from '../pictures/initials.ts'
import { drawFace } from './drawing.ts'
import { initialsOf } from './initials.ts'

/** Names that a service meets: scripts, asides, emoji, ornaments, mischief. */
const names = [
  '王小明',
  '王明',
  '王',
  '王 小明',
  '爱吃鱼的小猫',
  '𠮷野家',
  '欧阳修',
  '歐陽修',
  '司马',
  '诸葛孔明',
  '欧阳娜娜',
  '阿卜杜拉·买买提',
  '迈克尔・杰克逊',
  '·王小明·',
  '王小明（前端）',
  '【产品】王小明',
  'A王小明',
  '王小明-销售部',
  '🐱小猫咪',
  'ﾟ王小明ﾟ',
  '小🐱猫',
  '田中 太郎',
  'さくら',
  'ジョン・スミス',
  '김민수',
  '남궁민',
  'Ada Lovelace',
  'alice',
  'Jean-Luc Picard',
  'Juan Carlos de la Cruz',
  'O’Brien',
  'john_doe',
  'Łukasz Żak',
  'A\u030angstro\u0308m',
  'ßeta',
  'Ωμέγα',
  'иван петров',
  '𝓙𝓸𝓱𝓷',
  'Ｊｏｈｎ',
  'Ada (she/her)',
  'Lucy李',
  '🌸Alice🌸',
  'line\nbreak',
  'محمد علي',
  'نیما\u200cیوشیج',
  'नरेन्द्र मोदी',
  'क्षितिज',
  'เอกชัย',
  'สมชาย',
  'דוד כהן',
  'გიორგი',
  '12345',
  '7',
  '🐱',
  '🐶🐱',
  '👨‍👩‍👧‍👦',
  '👩🏽‍🚀',
  '🇨🇳',
  '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}',
  '1️⃣',
  '❤️',
  '',
  '   ',
  '\u3000\u00a0',
  '\u200b\u200d\ufeff',
  '\u202e\u2066',
  '\u3164\u115f',
  '\ue001\ue002',
  '\ud83d',
  '...---...',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '&lt;',
  '\u202egpj.exe',
  'x'.repeat(10_000),
  '王'.repeat(10_000),
]

describe('initialsOf', () => {
  it('picks what the service picks', () => {
    for (const name of names) {
      const { signs, wide } = initialsOf(name)
      const full = fullInitialsOf(name)
      assert.deepEqual(
        [signs.join(''), wide],
        [full.text, full.kind === 'wide'],
        JSON.stringify(name),
      )
    }
  })

  it('picks what the service picks of names put together from parts', () => {
    const parts = [
      '王',
      '小明',
      '李',
      '娜',
      '诸葛',
      'さ',
      '김',
      'Ada',
      'bob',
      'Ł',
      'д',
      'ع',
      'म',
      ' ',
      ' ',
      '-',
      '·',
      '（x）',
      '🐱',
      '7',
      '.',
      '’',
      '_',
    ]
    const names = fc.array(fc.constantFrom(...parts), { maxLength: 7 }).map((some) => some.join(''))
    let same = 0
    const runs = 3_000
    fc.assert(
      fc.property(names, (name) => {
        if (initialsOf(name).signs.join('') === fullInitialsOf(name).text) same++
      }),
      { numRuns: runs, seed: 7 },
    )
    assert.ok(same / runs > 0.95, `${same} of ${runs}`)
  })

  it('gives little, and no markup, for any text', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.array(fc.nat(0xffff), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
      fc
        .array(
          fc.constantFrom('<', '>', '&', '"', 'a', '\u0338', '\u20e3', '1', '#', '\ufe0f', '王'),
          { maxLength: 12 },
        )
        .map((some) => some.join('')),
    )
    fc.assert(
      fc.property(anything, (name) => {
        const text = initialsOf(name).signs.join('')
        assert.ok(text.isWellFormed() && text.length <= 64)
        assert.doesNotMatch(text, /[<>&"\p{Cc}\p{Co}\u202a-\u202e\u2066-\u2069]/u)
      }),
      { numRuns: 3_000 },
    )
  })

  it('takes its time from no text, however long or odd', () => {
    const odd = [
      '王 '.repeat(5_000),
      '·'.repeat(10_000),
      '\ufdfa'.repeat(300),
      `${'('.repeat(200)}x`,
      '👩\u200d'.repeat(3_000),
    ]
    for (const name of odd) assert.ok(initialsOf(name).signs.length <= 3)
  })
})

describe('drawFace', () => {
  const rgb = (text: string) =>
    [...text.matchAll(/rgb\((-?\d+),(-?\d+),(-?\d+)\)/g)].map((found) =>
      found.slice(1).map((channel) => Math.min(255, Math.max(0, Number(channel)))),
    )
  const hex = (text: string) => [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16))

  it('has the colours of the service for everybody, within 3 of 255', async () => {
    for (let n = 0; n < 500; n++) {
      const subject = `user-${n}`
      const { text, light, deep } = coloursOf(subject)
      const drawn = rgb(await drawFace(subject, ''))
      for (const [at, expected] of [text, light, deep].entries()) {
        for (const [channel, value] of hex(expected).entries()) {
          assert.ok(Math.abs((drawn[at]?.[channel] ?? -99) - value) <= 3, `${subject} ${expected}`)
        }
      }
    }
  })

  it('keeps text readable on both ends of the ground, as WCAG 2.2 AAA has it', async () => {
    const lightOf = (channels: readonly number[]) =>
      channels
        .map((value) => value / 255)
        .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
        .reduce((sum, value, at) => sum + value * ([0.2126, 0.7152, 0.0722][at] ?? 0), 0)
    for (let n = 0; n < 500; n++) {
      const [text = [], ...grounds] = rgb(await drawFace(`u${n}`, 'A'))
      for (const ground of grounds) {
        const contrast = (lightOf(ground) + 0.05) / (lightOf(text) + 0.05)
        assert.ok(contrast >= 7, `u${n}: ${contrast}`)
      }
    }
  })

  it('puts letters and the figure where the service puts them', async () => {
    const placed = (svg: string) =>
      ['x', 'y', 'font-size', 'font-weight', 'text-anchor', 'fill-opacity', 'cx', 'cy', 'r'].map(
        (name) =>
          new RegExp(` ${name}="([^"]*)"`).exec(svg.slice(svg.indexOf('</linearGradient>')))?.[1],
      )
    for (const name of ['王', '王小明', 'A', 'Ada Lovelace', '']) {
      const ours = placed(await drawFace('42', name))
      const theirs = placed(drawInitials({ subject: '42', name }))
      const [x, y, ...rest] = ours
      const [theirX, theirY, ...theirRest] = theirs
      assert.deepEqual([x, ...rest], [theirX, ...theirRest], name)
      assert.ok(name === '' || Math.abs(Number(y) - Number(theirY)) < 0.06, `${y} ${theirY}`)
    }
  })

  it('carries nothing of the subject', async () => {
    const svg = await drawFace('"><script>', '<b>')
    assert.doesNotMatch(svg, /script|<b/)
  })
})
