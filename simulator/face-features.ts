// Eyes, brows, noses, mouths, beards, glasses and small things for the portraits. `at` from 0 to 1 chooses.
// The head is an oval from 58 to 142 across and from 46 to 142 down.

const ink = '#2d2424'

/** A pair of eyes. */
export function eyes(at: number): string {
  if (at < 0.3) {
    return pair(
      (x) =>
        `<ellipse cx="${x}" cy="96" rx="5" ry="6.2" fill="${ink}"/><circle cx="${x + 1.8}" cy="93.4" r="1.9" fill="#fff"/>`,
    )
  }
  if (at < 0.5) {
    return pair(
      (x) =>
        `<ellipse cx="${x}" cy="96" rx="8.6" ry="9" fill="#fff"/><circle cx="${x + 0.8}" cy="97" r="5.6" fill="${ink}"/><circle cx="${x + 3}" cy="94.4" r="2" fill="#fff"/>`,
    )
  }
  if (at < 0.68) {
    return pair((x) => `<path d="M${x - 8} 98 q8 -10 16 0" ${line(4)}/>`)
  }
  if (at < 0.8) {
    return pair(
      (x) =>
        `<path d="M${x - 8} 94 q8 9 16 0" ${line(3.6)}/><path d="M${x - 8} 94 l-3 3" ${line(2.6)}/>`,
    )
  }
  if (at < 0.9) {
    return `<ellipse cx="82" cy="96" rx="5.2" ry="6.4" fill="${ink}"/><circle cx="84" cy="93.4" r="2" fill="#fff"/><path d="M110 97 q8 -8 16 1" ${line(4)}/>`
  }
  return pair(
    (x) =>
      `<circle cx="${x}" cy="96" r="5" fill="${ink}"/><circle cx="${x + 1.6}" cy="94.2" r="1.7" fill="#fff"/><path d="M${x - 7} 91 q7 -6 14 0" ${line(2.6)}/>`,
  )
}

/** A pair of eyebrows. */
export function eyebrows(colour: string, at: number): string {
  const drawn = `fill="none" stroke="${colour}" stroke-width="4" stroke-linecap="round" opacity=".9"`
  if (at < 0.4) return `<path d="M73 83 q9 -6 17 -1 M110 82 q9 -5 17 1" ${drawn}/>`
  if (at < 0.65) return `<path d="M74 82 h15 M111 82 h15" ${drawn}/>`
  if (at < 0.85) return `<path d="M73 80 q9 -7 17 0 M110 80 q9 -7 17 0" ${drawn}/>`
  return `<path d="M73 84 q8 -4 16 0 M111 78 q9 -5 16 2" ${drawn}/>`
}

/** A nose in the shade of the skin. */
export function nose(shade: string, at: number): string {
  const drawn = `fill="none" stroke="${shade}" stroke-width="3.2" stroke-linecap="round"`
  if (at < 0.4) return `<path d="M96 109 q4 4 8 0" ${drawn}/>`
  if (at < 0.7) return `<path d="M101 98 q-6 9 0 11.5" ${drawn}/>`
  return `<ellipse cx="100" cy="108" rx="4.6" ry="3.4" fill="${shade}" opacity=".75"/>`
}

/** A mouth, as a rule a friendly one. */
export function mouth(at: number): string {
  if (at < 0.28) return `<path d="M88 120 q12 11 24 0" ${line(3.6)}/>`
  if (at < 0.5) {
    return `<path d="M85 118 h30 q-2 15 -15 15 t-15 -15z" fill="#7c2d35"/><path d="M87.5 118 h25 l-1 4.6 h-23z" fill="#fff"/><path d="M92 131 q8 -6 16 0 q-8 4 -16 0z" fill="#f0717d"/>`
  }
  if (at < 0.65)
    return `<path d="M84 117 q16 6 32 0 q-3 14 -16 14 t-16 -14z" fill="#fff" stroke="${ink}" stroke-width="2.4" stroke-linejoin="round"/>`
  if (at < 0.76) return `<path d="M89 119 q5.5 7 11 0 q5.5 7 11 0" ${line(3.2)}/>`
  if (at < 0.86) return `<path d="M90 122 q12 5 20 -4" ${line(3.6)}/>`
  if (at < 0.94)
    return '<ellipse cx="100" cy="122" rx="5.4" ry="6.4" fill="#7c2d35"/><ellipse cx="100" cy="125" rx="3.4" ry="2.6" fill="#f0717d"/>'
  return '<path d="M90 120 q5 -5 10 -1 q5 -4 10 1 q-10 9 -20 0z" fill="#d2495a"/>'
}

/** A beard or a moustache. */
export function facialHair(colour: string, at: number): string {
  if (at < 0.4) {
    return `<path d="M58.5 96 C60 124 76 147 100 147 C124 147 140 124 141.5 96 C136 106 128 111 118 112 Q100 106 82 112 C72 111 64 106 58.5 96Z" fill="${colour}"/><path d="M86 119 q14 -5 28 0 q-1 12 -14 12 t-14 -12z" fill="#f3b9a2"/>`
  }
  if (at < 0.7)
    return `<path d="M100 113 q-9 -5 -20 4 q10 5 20 0 q10 5 20 0 q-11 -9 -20 -4z" fill="${colour}"/>`
  return `<path d="M88 130 q12 6 24 0 q-1 17 -12 17 t-12 -17z" fill="${colour}"/><path d="M100 113 q-7 -3 -14 3 q8 3 14 0 q6 3 14 0 q-7 -6 -14 -3z" fill="${colour}"/>`
}

/** Glasses: round, square, or dark. */
export function glasses(at: number): string {
  const frame = at < 0.5 ? '#3a3333' : '#b5523b'
  const arms = `<path d="M95 96 q5 -4 10 0 M66 94 L57 91 M134 94 L143 91" fill="none" stroke="${frame}" stroke-width="3"/>`
  if (at < 0.45 || at > 0.85) {
    return `${arms}${pair((x) => `<circle cx="${x + (x < 100 ? -1 : 1)}" cy="97" r="14" fill="#fff" fill-opacity=".22" stroke="${frame}" stroke-width="3.2"/>`)}`
  }
  if (at < 0.7) {
    return `${arms}${pair((x) => `<rect x="${x - 14}" y="86" width="28" height="22" rx="6" fill="#fff" fill-opacity=".22" stroke="${frame}" stroke-width="3.4"/>`)}`
  }
  return `${arms.replaceAll(frame, '#23252e')}${pair((x) => `<path d="M${x - 15} 87 h30 q2 22 -15 22 t-15 -22z" fill="#23252e"/><path d="M${x - 9} 91 l9 0 l-8 11z" fill="#fff" opacity=".25"/>`)}`
}

/** Something small to wear: earrings, headphones, a flower, freckles, a scarf. */
export function accessory(covered: boolean, colour: string, at: number): string {
  const freckles =
    '<g fill="#a85f3c" opacity=".5"><circle cx="68" cy="105" r="1.5"/><circle cx="74" cy="107.5" r="1.5"/><circle cx="79" cy="104.5" r="1.5"/><circle cx="121" cy="104.5" r="1.5"/><circle cx="126" cy="107.5" r="1.5"/><circle cx="132" cy="105" r="1.5"/></g>'
  const scarf = `<path d="M66 143 Q100 166 134 143 Q142 152 134 161 Q100 184 66 161 Q58 152 66 143Z" fill="${colour}"/><path d="M112 164 l16 -6 l8 40 l-18 4z" fill="${colour}"/><path d="M112 164 q8 0 16 -6" fill="none" stroke="#000" stroke-opacity=".15" stroke-width="3"/>`
  if (at < 0.25) return freckles
  if (at < 0.45) return scarf
  if (covered) return freckles
  if (at < 0.65)
    return '<circle cx="55.5" cy="110" r="4" fill="#f5c542"/><circle cx="144.5" cy="110" r="4" fill="#f5c542"/>'
  if (at < 0.82) {
    return `<path d="M50 94 C44 30 156 30 150 94" fill="none" stroke="#39404f" stroke-width="7"/><rect x="43" y="82" width="17" height="32" rx="8" fill="${colour}"/><rect x="140" y="82" width="17" height="32" rx="8" fill="${colour}"/>`
  }
  const petals = Array.from({ length: 5 }, (_, i) => {
    const turn = (i * 2 * Math.PI) / 5
    return `<circle cx="${(138 + 7.5 * Math.cos(turn)).toFixed(1)}" cy="${(62 + 7.5 * Math.sin(turn)).toFixed(1)}" r="6.2"/>`
  })
  return `<g fill="#fff">${petals.join('')}</g><circle cx="138" cy="62" r="5" fill="#f5b942"/>`
}

function pair(draw: (x: number) => string): string {
  return draw(82) + draw(118)
}

function line(width: number): string {
  return `fill="none" stroke="${ink}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"`
}
