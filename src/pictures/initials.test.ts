import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import sharp from 'sharp'
import { coloursOf, initialsFace, initialsRaster } from './initials.ts'
import { variantFormats } from './pictures.ts'

const subjects = Array.from({ length: 2_000 }, (_, at) => `user-${at}`)

/** Relative luminance as WCAG 2.2 defines it. */
function luminanceOf(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrastOf(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminanceOf(one), luminanceOf(other)].toSorted((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

/** Where the ink is: the middle of all pixels much darker than the ground, as a share of the edge. */
async function middleOf(face: { subject: string; name: string | null }) {
  const size = 264
  const pixels = await sharp(await initialsRaster(face, size, 'png'))
    .greyscale()
    .raw()
    .toBuffer()
  let [left, right, top, bottom] = [size, 0, size, 0]
  for (const [at, value] of pixels.entries()) {
    if (value > 130) continue
    const [x, y] = [at % size, Math.floor(at / size)]
    left = Math.min(left, x)
    right = Math.max(right, x)
    top = Math.min(top, y)
    bottom = Math.max(bottom, y)
  }
  return {
    x: (left + right) / 2 / size,
    y: (top + bottom) / 2 / size,
    width: (right - left) / size,
  }
}

describe('coloursOf', () => {
  it('is the same for a subject for ever', () => {
    assert.deepEqual(coloursOf('42'), coloursOf('42'))
    // Changing these changes everybody's face.
    assert.deepEqual(coloursOf('42'), { light: '#d3f7e4', deep: '#bfdfa4', text: '#084417' })
  })

  it('keeps text readable on both ends of the ground, whoever it is', () => {
    for (const subject of subjects) {
      const { light, deep, text } = coloursOf(subject)
      for (const ground of [light, deep]) {
        assert.match(ground, /^#[0-9a-f]{6}$/)
        const contrast = contrastOf(ground, text)
        assert.ok(contrast >= 7, `${subject}: ${contrast} between ${ground} and ${text}`)
      }
    }
  })

  it('spreads people over many colours', () => {
    assert.ok(new Set(subjects.map((subject) => JSON.stringify(coloursOf(subject)))).size > 1_900)
  })
})

describe('initialsFace', () => {
  it('shows the initials and nothing else of the name', () => {
    const { svg } = initialsFace({ subject: '42', name: '王小明' })
    assert.match(svg, />小明<\/text><\/svg>$/)
    assert.doesNotMatch(svg, /王|42/)
    assert.match(svg, /PingFang SC/)
    assert.match(svg, /Noto Sans CJK SC/)
  })

  it('is a figure for whoever has no name to show', () => {
    for (const name of [null, '', ' ', '\u200b', '...']) {
      const { svg } = initialsFace({ subject: '42', name })
      assert.doesNotMatch(svg, /<text/)
      assert.match(svg, /<circle/)
    }
  })

  it('is well-formed, small and without anything active, whatever name and subject are', () => {
    const names = [
      '<script>alert(1)</script>',
      '"><image href="file:///etc/passwd"/>',
      ']]>&amp;<!ENTITY x SYSTEM "file:///etc/passwd">',
      '\u202e\u0000\u001b[31m',
      '\ud800\udfff',
      'x'.repeat(10_000),
      `Z${'\u0300'.repeat(9_000)}`,
    ]
    for (const name of names) {
      for (const subject of ['42', '"><script>', '\ud800']) {
        const { svg } = initialsFace({ subject, name })
        assert.ok(svg.length < 1_500)
        assert.ok(svg.isWellFormed())
        const tags = [...svg.matchAll(/<\/?([a-zA-Z!?]+)/g)].map(([, tag = '']) => tag)
        const ours = new Set(['svg', 'linearGradient', 'stop', 'path', 'text', 'g', 'circle'])
        assert.deepEqual(
          tags.filter((tag) => !ours.has(tag)),
          [],
        )
        assert.doesNotMatch(svg, /href|\son[a-z]+=|style=|&(?!amp;|lt;|gt;)/)
      }
    }
  })
})

describe('initialsRaster', () => {
  it('is of the size and format asked for, opaque and without metadata', async () => {
    const formats = { webp: 'webp', avif: 'heif', jpg: 'jpeg', png: 'png' }
    for (const format of variantFormats) {
      for (const size of [46, 640]) {
        const bytes = await initialsRaster({ subject: 'a', name: 'Ada Lovelace' }, size, format)
        const seen = await sharp(bytes).metadata()
        assert.deepEqual([seen.width, seen.height, seen.format], [size, size, formats[format]])
        assert.deepEqual([seen.channels, seen.exif, seen.icc], [3, undefined, undefined])
      }
    }
  })

  it('shows the ground of the subject', async () => {
    const bytes = await initialsRaster({ subject: 'a', name: null }, 96, 'png')
    const { light, deep } = coloursOf('a')
    const { data } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true })
    const near = (at: number, hex: string) =>
      [1, 3, 5].every((place, index) => {
        return (
          Math.abs((data[at + index] ?? 0) - Number.parseInt(hex.slice(place, place + 2), 16)) < 6
        )
      })
    assert.ok(near(0, light))
    assert.ok(near(data.length - 3, deep))
    assert.ok(!near(0, deep))
  })

  it('has the letters in the middle, inside a circle cut out of it', async () => {
    for (const name of ['Ada Lovelace', 'Wendy Moore', 'H', '12']) {
      const { x, y, width } = await middleOf({ subject: 'a', name })
      assert.ok(Math.abs(x - 0.5) < 0.03 && Math.abs(y - 0.5) < 0.04, `${name}: ${x}, ${y}`)
      assert.ok(width < 0.8, `${name}: ${width}`)
    }
  })

  it('draws a figure that stands on the lower edge', async () => {
    const { x, y } = await middleOf({ subject: 'a', name: null })
    assert.ok(Math.abs(x - 0.5) < 0.02 && y > 0.5)
  })
})
