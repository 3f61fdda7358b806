// Hairstyles and head wear for the portraits: what lies behind the head and what falls in front of it.

/** A way to wear hair. */
export interface Hairstyle {
  /** Whether ears are hidden, so that nothing is worn on them. */
  readonly covered: boolean
  /** Whether a beard may go with it. */
  readonly bearded: boolean
  /** Drawn in a colour, its lighter shade for highlights, and a cloth for what is worn. */
  draw(
    base: string,
    light: string,
    cloth: string,
  ): { readonly back: string; readonly front: string }
}

const crown = 'M55 94 C49 50 76 34 101 34 C128 34 151 52 145 94'

/** All hairstyles. */
export const hairstyles: readonly [Hairstyle, ...Hairstyle[]] = [
  // Short, with a parting.
  style(false, true, (base, light) => ({
    back: '',
    front: `<path d="${crown} C142 80 137 72 128 66 C108 76 86 74 74 64 C64 72 58 82 55 94Z" fill="${base}"/>${shine(light)}`,
  })),
  // A bob with a fringe.
  style(true, false, (base, light) => ({
    back: `<path d="M46 104 C40 46 72 28 100 28 C128 28 160 46 154 104 C156 128 152 142 144 150 H56 C48 142 44 128 46 104Z" fill="${base}"/>`,
    front: `<path d="M54 100 C50 52 78 38 100 38 C122 38 150 52 146 100 C142 86 140 80 134 76 Q100 84 66 76 C60 80 58 86 54 100Z" fill="${base}"/>${shine(light)}`,
  })),
  // Curls.
  style(false, true, (base, light) => ({
    back: curls(base, 58, 17, 100, 84, -205, 25),
    front: `${curls(base, 42, 14, 100, 84, -170, -10)}<g fill="${light}" opacity=".5"><circle cx="84" cy="40" r="5"/><circle cx="112" cy="36" r="4"/><circle cx="66" cy="54" r="4"/></g>`,
  })),
  // Long with a middle parting.
  style(true, false, (base, light) => ({
    back: `<path d="M44 108 C38 46 70 28 100 28 C130 28 162 46 156 108 C157 144 164 166 158 186 C130 192 70 192 42 186 C36 166 43 144 44 108Z" fill="${base}"/>`,
    front: `<path d="M100 40 C74 38 54 58 53 108 C64 98 88 84 100 50 C112 84 136 98 147 108 C146 58 126 38 100 40Z" fill="${base}"/>${shine(light)}`,
  })),
  // Swept up.
  style(false, true, (base, light) => ({
    back: '',
    front: `<path d="M56 90 C50 66 56 50 68 42 C66 32 84 22 102 24 C128 20 150 34 144 62 C146 72 146 82 144 90 C140 76 136 70 130 66 C112 72 92 58 74 64 C64 68 60 78 56 90Z" fill="${base}"/><path d="M80 36 q20 -10 44 2" fill="none" stroke="${light}" stroke-width="5" stroke-linecap="round" opacity=".7"/>`,
  })),
  // A bun on top.
  style(false, false, (base, light) => ({
    back: `<circle cx="100" cy="27" r="19" fill="${base}"/><path d="M92 16 q8 -6 16 0" fill="none" stroke="${light}" stroke-width="4" stroke-linecap="round" opacity=".7"/>`,
    front: `<path d="${crown} C141 72 126 60 100 60 C74 60 59 72 55 94Z" fill="${base}"/>${shine(light)}`,
  })),
  // A woollen hat.
  style(false, true, (base, _light, cloth) => ({
    back: '',
    front: `<path d="M56 84 q-2 14 1 20 q5 -8 6 -20z M144 84 q2 14 -1 20 q-5 -8 -6 -20z" fill="${base}"/><path d="M54 74 C52 34 76 24 100 24 C124 24 148 34 146 74Z" fill="${cloth}"/><rect x="48" y="64" width="104" height="20" rx="10" fill="${cloth}"/><rect x="48" y="64" width="104" height="20" rx="10" fill="#fff" opacity=".35"/><circle cx="100" cy="22" r="11" fill="#fff"/>`,
  })),
  // Two buns.
  style(false, false, (base, light) => ({
    back: `<circle cx="62" cy="42" r="19" fill="${base}"/><circle cx="138" cy="42" r="19" fill="${base}"/>`,
    front: `<path d="${crown} C141 84 136 76 128 72 C118 80 108 70 100 56 C92 70 82 80 72 72 C64 76 59 84 55 94Z" fill="${base}"/>${shine(light)}`,
  })),
  // A round cloud of hair.
  style(false, true, (base, light) => ({
    back: `<circle cx="100" cy="76" r="64" fill="${base}"/>${curls(base, 60, 12, 100, 76, -200, 20)}`,
    front: `<path d="M55 96 C54 56 78 44 100 44 C122 44 146 56 145 96 C142 74 128 62 100 62 C72 62 58 74 55 96Z" fill="${base}"/><g fill="${light}" opacity=".4"><circle cx="72" cy="38" r="6"/><circle cx="100" cy="28" r="5"/><circle cx="130" cy="42" r="6"/></g>`,
  })),
  // Wavy, over one shoulder.
  style(true, false, (base, light) => ({
    back: `<path d="M46 100 C40 48 72 28 100 28 C130 28 160 48 154 100 C152 116 166 124 160 142 C156 156 170 164 160 182 C146 192 128 186 124 174 L60 150 C50 140 46 122 46 100Z" fill="${base}"/>`,
    front: `<path d="${crown} C148 78 132 74 120 56 C104 76 74 76 64 84 C58 88 56 92 55 94Z" fill="${base}"/>${shine(light)}`,
  })),
  // Spikes.
  style(false, true, (base, light) => ({
    back: '',
    front: `<path d="M55 92 L50 62 L62 66 L60 42 L76 50 L82 26 L98 44 L112 22 L120 46 L138 34 L137 56 L152 58 L145 92 C142 80 138 74 130 70 L120 76 L110 66 L98 76 L86 66 L76 74 L68 70 C61 76 58 84 55 92Z" fill="${base}" stroke="${base}" stroke-width="4" stroke-linejoin="round"/><path d="M84 40 l4 12 M112 38 l2 12" stroke="${light}" stroke-width="4" stroke-linecap="round" opacity=".7"/>`,
  })),
  // A headscarf.
  style(true, false, (_base, _light, cloth) => ({
    back: `<path d="M40 112 C36 46 70 26 100 26 C130 26 164 46 160 112 C160 140 168 156 174 176 H26 C32 156 40 140 40 112Z" fill="${cloth}"/>`,
    front: `<path fill-rule="evenodd" d="M44 108 C40 50 72 28 100 28 C128 28 160 50 156 108 C156 134 138 160 100 160 C62 160 44 134 44 108Z M100 56 C76 56 62 72 62 94 C62 120 78 141 100 141 C122 141 138 120 138 94 C138 72 124 56 100 56Z" fill="${cloth}"/><path d="M64 148 C90 170 130 166 152 132 C156 160 140 182 104 184 C84 184 70 168 64 148Z" fill="${cloth}"/><path d="M62 148 C90 172 132 166 152 130" fill="none" stroke="#000" stroke-opacity=".14" stroke-width="4"/><path d="M64 56 C76 40 110 34 132 50" fill="none" stroke="#fff" stroke-opacity=".3" stroke-width="5" stroke-linecap="round"/>`,
  })),
  // Nothing on top.
  style(false, true, () => ({
    back: '',
    front:
      '<path d="M76 60 q12 -10 28 -8" fill="none" stroke="#fff" stroke-opacity=".5" stroke-width="6" stroke-linecap="round"/>',
  })),
  // Plaits.
  style(true, false, (base, light, cloth) => ({
    back: plait(52, base, light, cloth) + plait(148, base, light, cloth),
    front: `<path d="M52 104 C46 50 76 34 100 34 C124 34 154 50 148 104 C142 84 130 70 100 56 C70 70 58 84 52 104Z" fill="${base}"/>${shine(light)}`,
  })),
  // A tail at the side.
  style(false, false, (base, light, cloth) => ({
    back: `<path d="M134 48 C172 40 184 84 168 128 C164 140 152 146 150 134 C158 106 152 82 134 74Z" fill="${base}"/>`,
    front: `<path d="${crown} C142 82 138 74 130 68 C104 82 76 70 68 74 C60 80 57 86 55 94Z" fill="${base}"/><rect x="133" y="46" width="11" height="22" rx="5" transform="rotate(-24 138 57)" fill="${cloth}"/>${shine(light)}`,
  })),
  // A cap.
  style(false, true, (base, _light, cloth) => ({
    back: '',
    front: `<path d="M56 80 q-3 14 1 22 q5 -8 5 -22z M144 80 q3 14 -1 22 q-5 -8 -5 -22z" fill="${base}"/><path d="M54 76 C52 38 76 28 100 28 C124 28 148 38 146 76Z" fill="${cloth}"/><path d="M84 76 C110 64 150 62 172 78 C174 84 168 86 160 85 C136 78 110 80 90 84Z" fill="${cloth}"/><path d="M84 76 C110 66 150 62 172 78 C146 72 112 74 88 82Z" fill="#000" opacity=".16"/><circle cx="100" cy="29" r="5" fill="#fff" opacity=".8"/>`,
  })),
]

function style(covered: boolean, bearded: boolean, draw: Hairstyle['draw']): Hairstyle {
  return { covered, bearded, draw }
}

function shine(light: string): string {
  return `<path d="M76 48 q12 -8 28 -6" fill="none" stroke="${light}" stroke-width="5" stroke-linecap="round" opacity=".8"/>`
}

/** Round locks on an arc between two angles in degrees. */
function curls(
  colour: string,
  r: number,
  size: number,
  x: number,
  y: number,
  from: number,
  to: number,
): string {
  const number = Math.ceil(((to - from) / 360) * ((2 * Math.PI * r) / (size * 1.15)))
  const locks = Array.from({ length: number + 1 }, (_, i) => {
    const turn = ((from + ((to - from) * i) / number) * Math.PI) / 180
    return `<circle cx="${(x + r * Math.cos(turn)).toFixed(1)}" cy="${(y + r * Math.sin(turn)).toFixed(1)}" r="${size}"/>`
  })
  return `<g fill="${colour}">${locks.join('')}</g>`
}

function plait(x: number, base: string, light: string, cloth: string): string {
  const knots = [116, 132, 148, 164].map(
    (y, i) => `<ellipse cx="${x}" cy="${y}" rx="${13 - i}" ry="11"/>`,
  )
  return `<g fill="${base}"><ellipse cx="${x}" cy="100" rx="12" ry="14"/>${knots.join('')}<path d="M${x - 7} 176 l-3 16 h20 l-3 -16z"/></g><path d="M${x - 5} 126 l5 5 l5 -5 M${x - 5} 142 l5 5 l5 -5" fill="none" stroke="${light}" stroke-width="3" stroke-linecap="round"/><rect x="${x - 9}" y="170" width="18" height="8" rx="4" fill="${cloth}"/>`
}
