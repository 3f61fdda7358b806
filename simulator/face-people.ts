// Portraits of made people: a head, a neck and shoulders, and on them what face-hair.ts and
// face-features.ts have. The number chooses hair and skin, so that neighbours differ; chance the rest.
import { accessory, eyes, eyebrows, facialHair, glasses, mouth, nose } from './face-features.ts'
import { hairstyles } from './face-hair.ts'

/** A person by number, as SVG on a canvas of 200 units. */
export function portrait(n: number, random: () => number): string {
  const pick = <Item>(items: readonly [Item, ...Item[]]): Item =>
    items[Math.floor(random() * items.length)] ?? items[0]
  const skin = skins[(n * 5 + 1) % skins.length] ?? skins[0]
  const hair = hairstyles[n % hairstyles.length] ?? hairstyles[0]
  const colour = pick(random() < 0.14 ? brightHair : hairColours)
  const drawn = hair.draw(colour.base, colour.light, pick(cloths).base)
  const beard = hair.bearded && random() < 0.55 ? facialHair(colour.base, random()) : ''
  const glassesOn = random() < 0.3 ? glasses(random()) : ''
  const extra = random() < 0.5 ? accessory(hair.covered, pick(cloths).base, random()) : ''
  return [
    drawn.back,
    clothes(pick(cloths), random()),
    `<path d="M84 124 h32 v26 q0 14 -16 14 t-16 -14z" fill="${skin.base}"/>`,
    `<path d="M84 134 q16 16 32 0 v6 q-16 15 -32 0z" fill="${skin.shade}" opacity=".8"/>`,
    hair.covered ? '' : ears(skin),
    `<path d="M58 88 C58 58 78 46 100 46 C122 46 142 58 142 88 C142 118 124 142 100 142 C76 142 58 118 58 88Z" fill="${skin.base}"/>`,
    `<g fill="${skin.blush}" opacity=".55"><ellipse cx="73" cy="110" rx="8.5" ry="5.5"/><ellipse cx="127" cy="110" rx="8.5" ry="5.5"/></g>`,
    beard,
    eyes(random()),
    eyebrows(colour.base, random()),
    nose(skin.shade, random()),
    mouth(random()),
    drawn.front,
    glassesOn,
    extra,
  ].join('\n')
}

interface Skin {
  readonly base: string
  readonly shade: string
  readonly blush: string
}

interface Colour {
  readonly base: string
  readonly light: string
}

function ears({ base, shade }: Skin): string {
  return `<g fill="${base}"><ellipse cx="57" cy="96" rx="8.5" ry="11"/><ellipse cx="143" cy="96" rx="8.5" ry="11"/></g>
<g fill="none" stroke="${shade}" stroke-width="2.4" stroke-linecap="round"><path d="M55 91 q-4 5 1 10"/><path d="M145 91 q4 5 -1 10"/></g>`
}

function clothes({ base, light }: Colour, at: number): string {
  const body = 'M26 204 C26 166 54 152 84 149 Q100 166 116 149 C146 152 174 166 174 204Z'
  const shirt = `<path d="${body}" fill="${base}"/>`
  if (at < 0.22) {
    // A shirt with a collar.
    return `${shirt}<path d="M84 149 L72 156 L88 176 L100 162Z M116 149 L128 156 L112 176 L100 162Z" fill="${light}"/><path d="M100 164 V204" stroke="${light}" stroke-width="2.5"/>`
  }
  if (at < 0.42) {
    // A hooded jumper.
    return `<path d="M52 164 C58 138 80 134 100 134 C120 134 142 138 148 164 C130 178 70 178 52 164Z" fill="${light}"/>${shirt}<path d="M84 149 Q100 172 116 149" fill="none" stroke="${light}" stroke-width="6"/><path d="M89 166 v20 M111 166 v16" stroke="#fff" stroke-width="3" stroke-linecap="round"/>`
  }
  if (at < 0.62) {
    // A striped jumper.
    return `${shirt}<clipPath id="torso"><path d="${body}"/></clipPath><g clip-path="url(#torso)" stroke="${light}" stroke-width="6"><path d="M20 168 H180 M20 182 H180 M20 196 H180"/></g>`
  }
  if (at < 0.8) {
    // A round neck.
    return `${shirt}<path d="M82 149 Q100 174 118 149" fill="none" stroke="${light}" stroke-width="7" stroke-linecap="round"/>`
  }
  // A jacket over something white.
  return `<path d="${body}" fill="#fbfaf7"/><path d="M84 148 C52 152 26 166 26 204 H84 L78 160Z M116 148 C148 152 174 166 174 204 H116 L122 160Z" fill="${base}"/><path d="M84 148 L72 158 L84 186 L90 166Z M116 148 L128 158 L116 186 L110 166Z" fill="${light}"/>`
}

const skins: readonly [Skin, ...Skin[]] = [
  { base: '#ffe0cc', shade: '#edb596', blush: '#ff9f8f' },
  { base: '#ffd5b5', shade: '#e8a97f', blush: '#ff9680' },
  { base: '#f7c9a0', shade: '#d99a68', blush: '#f58e70' },
  { base: '#e8b184', shade: '#c58552', blush: '#e87d5d' },
  { base: '#c98d5f', shade: '#a16a3e', blush: '#d46a4c' },
  { base: '#9c6644', shade: '#764829', blush: '#bb5540' },
  { base: '#77492f', shade: '#55301c', blush: '#9d4536' },
]

const hairColours: readonly [Colour, ...Colour[]] = [
  { base: '#2b2523', light: '#4a403c' },
  { base: '#1f2330', light: '#3d4459' },
  { base: '#3b2a22', light: '#5d4436' },
  { base: '#54382a', light: '#7b5541' },
  { base: '#7d4f2c', light: '#a5713f' },
  { base: '#b5562c', light: '#d67a48' },
  { base: '#d9a441', light: '#f0c870' },
  { base: '#8d8f96', light: '#b4b6bc' },
]

const brightHair: readonly [Colour, ...Colour[]] = [
  { base: '#e0679a', light: '#f394bb' },
  { base: '#5a7de0', light: '#8aa5f2' },
  { base: '#46a68f', light: '#74c9b4' },
  { base: '#8e63c7', light: '#b18ae3' },
]

const cloths: readonly [Colour, ...Colour[]] = [
  { base: '#e4572e', light: '#f58e6d' },
  { base: '#2e86ab', light: '#6db5d1' },
  { base: '#3f826d', light: '#74b09d' },
  { base: '#f2b134', light: '#ffd784' },
  { base: '#6d5ba8', light: '#9d8ed0' },
  { base: '#d64577', light: '#f088aa' },
  { base: '#31415f', light: '#61749a' },
  { base: '#f4f1ea', light: '#d8d0c0' },
  { base: '#52606d', light: '#8896a3' },
]
