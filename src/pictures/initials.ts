// Faces for people without a picture: their initials on a soft ground whose colour is theirs, as SVG for browsers and as
// pixels for everybody else. This is the only SVG that libvips ever gets to see, and it is ours.
import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { encodeAs } from './encode.ts'
import { type Initials, initialsOf } from './initials-text.ts'
import type { FaceOf, VariantFormat } from './pictures.ts'

/** Whatever a system has: Latin first, then Chinese of the three large systems, then emoji. */
const fonts = [
  'system-ui',
  '-apple-system',
  "'Segoe UI'",
  'Roboto',
  "'Helvetica Neue'",
  "'PingFang SC'",
  "'Microsoft YaHei'",
  "'Noto Sans CJK SC'",
  "'Noto Sans SC'",
  "'Noto Sans'",
  'Arial',
  'sans-serif',
  "'Apple Color Emoji'",
  "'Segoe UI Emoji'",
  "'Noto Color Emoji'",
].join(',')

/** Font sizes on a ground of 100 × 100 for one character and for two, so that a circle cut out of it holds them. */
const fontSizes = { wide: [46, 36], narrow: [48, 40] } as const
/** How far the middle of a character lies above its line, in font sizes: half a capital, half an ideograph. */
const middles = { wide: 0.375, narrow: 0.358 } as const

/** Pixels in an inch when a unit of the drawing is a pixel. */
const plainDensity = 72
const drawnEdge = 100

/** The colours of a subject. Text on either end of the ground has a contrast of more than 7 : 1 (WCAG 2.2 AAA). */
export interface FaceColours {
  readonly light: string
  readonly deep: string
  readonly text: string
}

/** An initials face as SVG: deterministic, bounded, without anything of the name but its initials. */
export function initialsFace(face: FaceOf): { svg: string } {
  return { svg: drawInitials(face) }
}

/** An initials face as pixels. Wants its turn like every other encode: within a service, ask `Pictures.initials`. */
export function initialsRaster(face: FaceOf, size: number, format: VariantFormat): Promise<Buffer> {
  return rasterize(drawInitials(face), size, format)
}

/** Pixels of a drawing that `drawInitials` has made. */
export function rasterize(drawing: string, size: number, format: VariantFormat): Promise<Buffer> {
  const density = (plainDensity * size) / drawnEdge
  const image = sharp(Buffer.from(drawing), { density }).resize(size, size, { fit: 'fill' })
  return encodeAs(image.removeAlpha(), format)
}

/** The drawing itself. */
export function drawInitials({ subject, name }: FaceOf): string {
  const { light, deep, text } = coloursOf(subject)
  const initials = initialsOf(name)
  const id = `g${light.slice(1)}${deep.slice(1)}`
  const sign = initials.text === '' ? figure(text) : lettering(initials, text)
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${drawnEdge}" height="${drawnEdge}" viewBox="0 0 100 100">` +
    `<linearGradient id="${id}" x1="0" y1="0" x2="1" y2="1">` +
    `<stop stop-color="${light}"/><stop offset="1" stop-color="${deep}"/></linearGradient>` +
    `<path fill="url(#${id})" d="M0 0h100v100H0z"/>${sign}</svg>`
  )
}

function lettering({ text, kind }: Initials, colour: string): string {
  const size = fontSizes[kind][countOf(text) > 1 ? 1 : 0]
  const line = (50 + size * middles[kind]).toFixed(1)
  return (
    `<text x="50" y="${line}" fill="${colour}" font-family="${fonts}" font-size="${size}" font-weight="600" ` +
    `text-anchor="middle">${escape(text)}</text>`
  )
}

/** Head and shoulders of nobody. */
function figure(colour: string): string {
  return (
    `<g fill="${colour}" fill-opacity=".72"><circle cx="50" cy="39" r="17"/>` +
    '<path d="M16 100c0-23 13-38 34-38s34 15 34 38z"/></g>'
  )
}

const segments = new Intl.Segmenter('und', { granularity: 'grapheme' })

function countOf(text: string): number {
  return [...segments.segment(text)].length
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** The colours of a subject: a hue of its own, the same everywhere and for ever. */
export function coloursOf(subject: string): FaceColours {
  const hash = createHash('sha256').update(subject).digest()
  const hue = (hash.readUInt32BE(0) / 2 ** 32) * 360
  const turn = (hash.readUInt8(4) < 128 ? -1 : 1) * (20 + hash.readUInt8(5) / 8)
  return {
    light: hexOf(0.945, 0.045, hue),
    deep: hexOf(0.865, 0.085, hue + turn),
    text: hexOf(0.34, 0.095, hue + turn / 2),
  }
}

/**
 * From OKLCH, where one lightness looks equally light in every hue, to sRGB: https://bottosson.github.io/posts/oklab/.
 * What sRGB cannot show is cut off; at so little chroma that is hardly anything.
 */
function hexOf(lightness: number, chroma: number, hue: number): string {
  const angle = (hue * Math.PI) / 180
  const a = chroma * Math.cos(angle)
  const b = chroma * Math.sin(angle)
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const linear = [
    4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short,
  ]
  const channels = linear.map((light) => {
    const within = Math.min(1, Math.max(0, light))
    const encoded = within <= 0.0031308 ? 12.92 * within : 1.055 * within ** (1 / 2.4) - 0.055
    return Math.round(encoded * 255)
      .toString(16)
      .padStart(2, '0')
  })
  return `#${channels.join('')}`
}
