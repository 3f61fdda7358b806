// More that people show instead of a face: a letter or a character in strokes (no font is needed), a lotus, a child's drawing,
// mountains in ink, a paper plane. On a canvas of 200 units; those that need a ground bring it.

/** Letters and characters by their strokes. */
const strokes: readonly string[] = [
  'M58 150L100 50L142 150M73 114H127', // A
  'M56 62H144M64 100H136M50 142H150M100 62V142', // 王
  'M66 50V150H138', // L
  'M100 46V140M60 84V140H140V84', // 山
  'M58 150V54L100 112L142 54V150', // M
  'M100 48V152M54 84H146M100 88L60 134M100 88L140 134', // 木
  'M134 62C118 46 70 48 72 76C74 104 136 92 136 124C136 154 82 156 64 136', // S
  'M62 74H138V118H62ZM100 48V152', // 中
  'M58 54H142M100 54V150', // T
  'M52 92H148M100 48C100 110 78 134 54 150M100 92C108 122 126 140 148 150', // 大
  'M68 50V150M134 52L70 106M92 90L136 150', // K
  'M66 52H134V148H66ZM66 100H134', // 日
  'M60 150V52L140 148V50', // N
  'M100 48V140Q100 150 88 146M72 84L56 118M128 84L146 118', // 小
  'M60 54L100 104L140 54M100 104V150', // Y
  'M62 56V148M100 52V150M138 56V148', // 川
]

/** A monogram: one of the signs in one of the inks, upright or in a ring. */
export function monogram(n: number): string {
  const path = strokes[n % strokes.length] ?? ''
  const turn = Math.floor(n / strokes.length) + n
  const ink = inks[turn % inks.length] ?? '#ffffff'
  const ring =
    turn % 3 === 0
      ? `<circle cx="100" cy="100" r="80" fill="none" stroke="${ink}" stroke-width="5"/>`
      : ''
  const scale = ring === '' ? 1.12 : 0.86
  return `${ring}<g transform="translate(100 100) scale(${scale}) translate(-100 -100)" fill="none" stroke="${ink}" stroke-width="15" stroke-linecap="round" stroke-linejoin="round"><path d="${path}"/></g>`
}

const inks = ['#ffffff', '#2b2523', '#fffaf0', '#31415f', '#ffffff', '#5d3617']

function petals(count: number, radius: number, width: number, from: number, to: number): string {
  return Array.from({ length: count }, (_, i) => {
    const turn = from + ((to - from) * i) / Math.max(1, count - 1)
    return `<path d="M100 142C${100 - width} 110 ${100 - width} ${142 - radius * 0.7} 100 ${142 - radius}C${100 + width} ${142 - radius * 0.7} ${100 + width} 110 100 142Z" transform="rotate(${turn} 100 142)"/>`
  }).join('')
}

/** Pictures. */
export const signs: readonly string[] = [
  // A lotus over water.
  `<rect width="200" height="200" fill="#bfe3dc"/><circle cx="148" cy="46" r="22" fill="#fff6dc"/><path d="M0 136H200V200H0Z" fill="#5ea89c"/><ellipse cx="52" cy="162" rx="46" ry="12" fill="#3f8463"/><ellipse cx="150" cy="168" rx="52" ry="13" fill="#357554"/><g fill="#f39ab8">${petals(5, 78, 26, -66, 66)}</g><g fill="#f9bccf">${petals(4, 84, 24, -38, 38)}</g><g fill="#fde3ea">${petals(1, 82, 24, 0, 0)}</g><path d="M84 144q16 10 32 0" fill="#e7c65a"/>`,
  // What a child drew: a house, a sun, the family.
  `<rect width="200" height="200" fill="#fffdf4"/><g fill="none" stroke-width="5.5" stroke-linecap="round" stroke-linejoin="round"><g stroke="#f2b134"><circle cx="160" cy="40" r="17" fill="#ffe08a"/><path d="M160 8V14M190 40H196M183 18L187 13M184 62L189 67M136 62L131 66M134 20L129 15"/></g><path d="M30 104L70 58L112 106M40 100L42 160L102 158L101 102" stroke="#e4572e"/><path d="M62 160L61 130L80 129L81 159" stroke="#7a4a21"/><path d="M82 108h12v12h-13z" stroke="#2e86ab"/><path d="M4 164C60 156 120 170 198 160M14 172l4 8M40 170l5 9M180 168l4 9M100 170l4 8" stroke="#4f9d55"/><g stroke="#3b3b3b" stroke-width="4.5"><circle cx="134" cy="110" r="10"/><path d="M134 120V142M134 142L126 160M134 142L143 159M134 128L120 124M134 128L150 130"/><circle cx="166" cy="124" r="8"/><path d="M166 132V147M166 147L160 161M166 147L173 160M166 137L151 130M166 137L178 132"/></g></g>`,
  // Mountains in ink, a seal below.
  `<rect width="200" height="200" fill="#f4efe2"/><circle cx="142" cy="54" r="24" fill="#c9433a" opacity=".86"/><path d="M-6 132C30 100 44 64 66 66C90 68 96 112 128 116C152 118 172 96 206 104V204H-6Z" fill="#8b9296" opacity=".5"/><path d="M-6 166C26 138 46 104 72 112C100 120 110 150 146 150C170 150 186 140 206 142V204H-6Z" fill="#50585c" opacity=".72"/><path d="M-6 184C40 166 90 188 206 170V204H-6Z" fill="#262b2e"/><path d="M30 44q8-8 14 0q8-8 14 0M62 30q6-6 10 0q6-6 10 0" fill="none" stroke="#3b4144" stroke-width="3" stroke-linecap="round"/><rect x="160" y="148" width="20" height="20" rx="3" fill="#c9433a"/><path d="M165 154h10M170 154v9M165 163h10" stroke="#f4efe2" stroke-width="2"/>`,
  // A paper plane.
  `<rect width="200" height="200" fill="#8fc7f5"/><g fill="#fff" opacity=".75"><ellipse cx="46" cy="150" rx="34" ry="12"/><ellipse cx="66" cy="142" rx="20" ry="13"/><ellipse cx="158" cy="46" rx="26" ry="9"/></g><path d="M20 128C44 150 66 130 84 118" fill="none" stroke="#fff" stroke-width="4" stroke-dasharray="2 10" stroke-linecap="round"/><path d="M172 52L52 98L92 114Z" fill="#fff"/><path d="M172 52L92 114L98 150L116 124Z" fill="#dbe4f0"/><path d="M172 52L116 124L150 138Z" fill="#f4f7fb"/>`,
  // Fireworks over a roof.
  `<rect width="200" height="200" fill="#232a52"/><g fill="none" stroke-width="4.5" stroke-linecap="round"><path stroke="#ffd479" d="M70 40V22M70 84V102M48 62H30M92 62H110M54 46L42 34M86 46L98 34M54 78L42 90M86 78L98 90"/><path stroke="#ff9fbe" d="M146 66V52M146 102V116M128 84H114M164 84H178M133 71L124 62M159 71L168 62M133 97L124 106M159 97L168 106"/></g><circle cx="70" cy="62" r="6" fill="#fff1c9"/><circle cx="146" cy="84" r="5" fill="#ffe1ec"/><path d="M14 164C44 160 60 148 66 132H134C140 148 156 160 186 164L180 174H20Z" fill="#a33b33"/><path d="M36 174H164V204H36Z" fill="#5d2320"/><rect x="86" y="180" width="28" height="24" fill="#ffcf6b"/>`,
]
