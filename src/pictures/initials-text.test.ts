import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { initialsOf } from './initials-text.ts'

/** What is expected of each name, by what it shows. */
const expected: Record<string, readonly (readonly [name: string, text: string])[]> = {
  'Chinese: of three characters the given name, of two both, of one that': [
    ['王小明', '小明'],
    ['王明', '王明'],
    ['王', '王'],
    ['王 小明', '小明'],
    ['爱吃鱼的小猫', '小猫'],
    ['𠮷野家', '野家'],
  ],
  'Chinese: a surname of two characters is not torn': [
    ['欧阳修', '修'],
    ['歐陽修', '修'],
    ['司马', '司马'],
    ['诸葛孔明', '孔明'],
    ['欧阳娜娜', '娜娜'],
  ],
  'Chinese: a dot parts names that are spelt by sound': [
    ['阿卜杜拉·买买提', '阿买'],
    ['迈克尔・杰克逊', '迈杰'],
    ['·王小明·', '小明'],
  ],
  'Chinese: what stands around a name is left out': [
    ['王小明（前端）', '小明'],
    ['【产品】王小明', '小明'],
    ['A王小明', '小明'],
    ['王小明-销售部', '小明'],
    ['🐱小猫咪', '猫咪'],
    ['ﾟ王小明ﾟ', '小明'],
  ],
  'Japanese and Korean': [
    ['田中 太郎', '太郎'],
    ['さくら', 'さ'],
    ['ジョン・スミス', 'ジ'],
    ['김민수', '민수'],
    ['남궁민', '민'],
  ],
  'Latin, Greek, Cyrillic: the first and the last word': [
    ['Ada Lovelace', 'AL'],
    ['alice', 'A'],
    ['Jean-Luc Picard', 'JP'],
    ['Juan Carlos de la Cruz', 'JC'],
    ['O’Brien', 'O'],
    ['john_doe', 'JD'],
    ['Łukasz Żak', 'ŁŻ'],
    ['A\u030angstro\u0308m', 'Å'],
    ['ßeta', 'ß'],
    ['Ωμέγα', 'Ω'],
    ['иван петров', 'ИП'],
    ['𝓙𝓸𝓱𝓷', 'J'],
    ['Ｊｏｈｎ', 'J'],
    ['Ada (she/her)', 'A'],
    ['Lucy李', 'L'],
    ['🌸Alice🌸', 'A'],
    ['line\nbreak', 'LB'],
  ],
  'scripts whose letters join: one, which cannot join': [
    ['محمد علي', 'م'],
    ['نیما\u200cیوشیج', 'ن'],
  ],
  'other scripts: what a reader takes for a letter': [
    ['नरेन्द्र मोदी', 'नमो'],
    ['क्षितिज', 'क्षि'],
    ['เอกชัย', 'อ'],
    ['สมชาย', 'ส'],
    ['דוד כהן', 'דכ'],
    ['გიორგი', 'გ'],
  ],
  digits: [
    ['12345', '12'],
    ['7', '7'],
  ],
  'emoji, whole': [
    ['🐱', '🐱'],
    ['🐶🐱', '🐶'],
    ['👨‍👩‍👧‍👦', '👨‍👩‍👧‍👦'],
    ['👩🏽‍🚀', '👩🏽‍🚀'],
    ['🇨🇳', '🇨🇳'],
    ['🏴󠁧󠁢󠁳󠁣󠁴󠁿', '🏴󠁧󠁢󠁳󠁣󠁴󠁿'],
    ['1️⃣', '1️⃣'],
    ['❤️', '❤️'],
  ],
  'nothing to show': [
    ['', ''],
    ['   ', ''],
    ['\u3000\u00a0', ''],
    ['\u200b\u200d\ufeff', ''],
    ['\u202e\u2066', ''],
    ['\u3164\u115f', ''],
    ['\ue001\ue002', ''],
    ['\ud83d', ''],
    ['\0\x1b\x7f', ''],
    ['...---...', ''],
    ['\u0301\u0301', ''],
  ],
  mischief: [
    ['<script>alert(1)</script>', 'A'],
    ['"><img src=x onerror=alert(1)>', 'IA'],
    ['&lt;', 'L'],
    ['\u202egpj.exe', 'GE'],
    ['\u200b王\u200b小\u200b明\u200b', '小明'],
    ['x'.repeat(10_000), 'X'],
    ['王'.repeat(10_000), '王王'],
    ['\ud83dA', 'A'],
  ],
}

describe('initialsOf', () => {
  for (const [what, names] of Object.entries(expected)) {
    it(`reads ${what}`, () => {
      for (const [name, text] of names)
        assert.equal(initialsOf(name).text, text, JSON.stringify(name))
    })
  }

  it('shows nothing for nobody', () => {
    assert.equal(initialsOf(null).text, '')
  })

  it('bounds letters with many marks', () => {
    const { text } = initialsOf(`Z${'\u0300\u0316\u034f'.repeat(50)}algo`)
    assert.ok(text.startsWith('Z') && text.length <= 4)
    const swarm = initialsOf(`👩${'\u200d👩'.repeat(60)}`).text
    assert.ok(swarm.length <= 32)
  })

  it('gives well-formed, bounded text without markup, controls or marks of direction for any name', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.array(fc.nat(0xffff), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
    )
    fc.assert(
      fc.property(anything, (name) => {
        const { text, kind } = initialsOf(name)
        assert.ok(text.isWellFormed())
        assert.ok(text.length <= 64)
        assert.doesNotMatch(
          text,
          /[<>&"'\p{Cc}\p{Cs}\p{Co}\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]/u,
        )
        assert.equal(text, text.trim())
        assert.ok(kind === 'wide' || kind === 'narrow')
        assert.deepEqual(initialsOf(name), { text, kind })
      }),
      { numRuns: 2_000 },
    )
  })
})
