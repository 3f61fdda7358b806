// The face that is drawn for somebody without a picture, as src/pictures/initials.ts draws it: the same colours, letters
// and places, so that ours gives way to the service's unseen.
import { initialsOf } from './initials.ts'

/**
 * The drawing as SVG. Nothing of subject and name is in it but the initials, which are never markup; their contrast with
 * the ground is more than 7 : 1. A page without TLS cannot hash: people keep their colours there, but others than the
 * service gives them.
 */
export async function drawFace(subject: string, name: string): Promise<string> {
  const bytes = new TextEncoder().encode(subject)
  // Missing, whatever its type says, on pages without TLS.
  const hasher = crypto.subtle as typeof crypto.subtle | undefined
  const [a = 0, b = 0, , , sign = 0, by = 0] = hasher
    ? new Uint8Array(await hasher.digest('SHA-256', bytes))
    : // oxlint-disable-next-line unicorn/no-array-reverse -- browsers of 2020 have no toReversed
      bytes.reverse().map((byte) => byte * 97)
  const hue = ((a * 256 + b) * 360) / 65536
  const turn = (sign < 128 ? -1 : 1) * (20 + by / 8)
  const ink = colour(0.34, 0.095, hue + turn / 2)
  const { signs, wide } = initialsOf(name)
  const size = (signs.length > 1 ? [40, 36] : [48, 46])[+wide]!
  const face =
    signs.length > 0
      ? `<text x="50" y="${50 + size * (wide ? 0.375 : 0.358)}" font-family="system-ui,'Microsoft YaHei',sans-serif" font-size="${size}" font-weight="600" text-anchor="middle">${signs.join('')}</text>`
      : '<g fill-opacity=".72"><circle cx="50" cy="39" r="17"/><path d="M16 100c0-23 13-38 34-38s34 15 34 38z"/></g>'
  return `<svg viewBox="0 0 100 100" fill="${ink}"><linearGradient id="g" x2="1" y2="1"><stop stop-color="${colour(0.945, 0.045, hue)}"/><stop offset="1" stop-color="${colour(0.865, 0.085, hue + turn)}"/></linearGradient><path fill="url(#g)" d="M0 0h100v100H0z"/>${face}</svg>`
}

/** OKLCH to sRGB: https://bottosson.github.io/posts/oklab/. Browsers of 2020 do not know the notation. */
function colour(lightness: number, chroma: number, hue: number): string {
  const angle = (hue * Math.PI) / 180
  const a = chroma * Math.cos(angle)
  const b = chroma * Math.sin(angle)
  const long = (lightness + 0.396 * a + 0.216 * b) ** 3
  const middle = (lightness - 0.106 * a - 0.064 * b) ** 3
  const short = (lightness - 0.09 * a - 1.291 * b) ** 3
  const channels = [
    4.077 * long - 3.308 * middle + 0.231 * short,
    -1.268 * long + 2.61 * middle - 0.341 * short,
    -0.004 * long - 0.703 * middle + 1.707 * short,
  ]
  return `rgb(${channels.map((linear) => Math.round(269 * Math.max(0, linear) ** (1 / 2.4) - 14)).join()})`
}
