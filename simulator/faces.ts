// The pool of made faces: which drawing has which number, and its background. Most are people, every fourth
// is an animal, a place or a sign, as in any list of contacts. Drawn from seeded choices; nobody real is shown.
import { animals } from './face-animals.ts'
import { portrait } from './face-people.ts'
import { places } from './face-places.ts'
import { monogram, signs } from './face-signs.ts'
import { createRandom, mix } from './random.ts'

/** How many different faces there are. */
export const faceCount = 288

/** Draws a face by its number as SVG, 200 units wide. */
export function drawFace(face: number): string {
  const random = createRandom(mix(0xface, face))
  const [from, to] = backgrounds[(face * 7) % backgrounds.length] ?? ['#ffffff', '#eeeeee']
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="200" height="200">
<defs><linearGradient id="sky" x1="0" y1="0" x2="0.4" y2="1">
<stop offset="0" stop-color="${from}"/><stop offset="1" stop-color="${to}"/>
</linearGradient></defs>
<rect width="200" height="200" fill="url(#sky)"/>
${subject(face, random)}
</svg>`
}

function subject(face: number, random: () => number): string {
  if (face % 4 !== 3) return `${backdrop(face)}${portrait(face - Math.floor(face / 4), random)}`
  const other = Math.floor(face / 4)
  // Pictures that fill the canvas are there once; animals and monograms come back before another ground.
  const whole = [...places, ...signs][other % 2 === 1 ? Math.floor(other / 2) : -1]
  if (whole !== undefined) return `${backdrop(face)}${whole}`
  const rest = Math.floor(other / 2)
  const animal = animals[rest % animals.length] ?? ''
  const isAnimal = other % 2 === 0 && rest < 2 * animals.length
  return `${backdrop(face)}${isAnimal ? animal : monogram(other)}`
}

/** Something quiet behind the head: a disc, dots, rays, or nothing. */
function backdrop(face: number): string {
  switch (face % 5) {
    case 0:
      return '<circle cx="100" cy="104" r="82" fill="#fff" opacity=".28"/>'
    case 1:
      return dots()
    case 2:
      return '<path d="M-10 150 C40 110 80 170 130 130 C160 106 190 120 220 96 V210 H-10Z" fill="#fff" opacity=".25"/>'
    case 3:
      return '<circle cx="158" cy="44" r="46" fill="#fff" opacity=".3"/><circle cx="30" cy="150" r="34" fill="#fff" opacity=".22"/>'
    default:
      return ''
  }
}

function dots(): string {
  const places = Array.from({ length: 49 }, (_, i) => ({
    x: (i % 7) * 32 + (Math.floor(i / 7) % 2) * 16,
    y: Math.floor(i / 7) * 32 + 4,
  }))
  const circles = places.map(({ x, y }) => `<circle cx="${x}" cy="${y}" r="4"/>`).join('')
  return `<g fill="#fff" opacity=".3">${circles}</g>`
}

const backgrounds: readonly (readonly [string, string])[] = [
  ['#ffd9c7', '#ffb199'],
  ['#c9e8ff', '#8fc7f5'],
  ['#d9f2d0', '#a3d9a5'],
  ['#fff0c2', '#ffd479'],
  ['#e6dcff', '#bfa8f0'],
  ['#ffd6e4', '#ff9fbe'],
  ['#cdf3ef', '#82d5cd'],
  ['#f3e3d3', '#dcbd9c'],
  ['#dbe4f0', '#9fb3cc'],
  ['#ffe2b8', '#f7a072'],
  ['#3f4c7a', '#6f7fb8'],
  ['#2f6f73', '#63b0a6'],
]
