// Animals, which many people show instead of a face. Each is a head and shoulders on a canvas of 200 units.

const ink = '#2d2424'

/** All animals. */
export const animals: readonly string[] = [
  // A ginger cat.
  `<path d="M52 92 L48 34 L86 60Z M148 92 L152 34 L114 60Z" fill="#f2a65a"/><path d="M58 76 L56 48 L76 62Z M142 76 L144 48 L124 62Z" fill="#ffd0c2"/>
<path d="M36 204 C40 168 66 152 100 152 C134 152 160 168 164 204Z" fill="#f2a65a"/><ellipse cx="100" cy="106" rx="60" ry="52" fill="#f2a65a"/>
<path d="M100 54 v22 M84 57 l4 18 M116 57 l-4 18" stroke="#d17f33" stroke-width="6" stroke-linecap="round"/><ellipse cx="100" cy="128" rx="32" ry="24" fill="#fff4e6"/>
${eyes(74, 126, 104, 8)}<path d="M93 118 h14 l-7 7z" fill="#e86a7a"/>${cheeks(56, 144, 124)}${catMouth(125)}
<path d="M44 120 l-22 -6 M44 128 l-22 2 M156 120 l22 -6 M156 128 l22 2" stroke="#fff" stroke-width="3" stroke-linecap="round"/>`,
  // A panda.
  `<circle cx="54" cy="58" r="22" fill="${ink}"/><circle cx="146" cy="58" r="22" fill="${ink}"/><path d="M30 204 C34 164 66 150 100 150 C134 150 166 164 170 204Z" fill="${ink}"/>
<ellipse cx="100" cy="106" rx="62" ry="55" fill="#fff"/><ellipse cx="75" cy="103" rx="17" ry="20" transform="rotate(28 75 103)" fill="${ink}"/><ellipse cx="125" cy="103" rx="17" ry="20" transform="rotate(-28 125 103)" fill="${ink}"/>
<circle cx="78" cy="101" r="7" fill="#fff"/><circle cx="122" cy="101" r="7" fill="#fff"/><circle cx="79" cy="102" r="4.5" fill="${ink}"/><circle cx="121" cy="102" r="4.5" fill="${ink}"/>
<ellipse cx="100" cy="122" rx="8" ry="6" fill="${ink}"/>${catMouth(127)}${cheeks(56, 144, 128)}`,
  // A rabbit.
  `<ellipse cx="74" cy="44" rx="16" ry="42" transform="rotate(-8 74 44)" fill="#fbf6f2"/><ellipse cx="126" cy="44" rx="16" ry="42" transform="rotate(8 126 44)" fill="#fbf6f2"/><ellipse cx="74" cy="48" rx="8" ry="30" transform="rotate(-8 74 48)" fill="#ffc1cc"/><ellipse cx="126" cy="48" rx="8" ry="30" transform="rotate(8 126 48)" fill="#ffc1cc"/>
<path d="M36 204 C40 168 66 154 100 154 C134 154 160 168 164 204Z" fill="#fbf6f2"/><ellipse cx="100" cy="118" rx="56" ry="48" fill="#fbf6f2"/>${eyes(76, 124, 114, 7)}<path d="M94 126 h12 l-6 6z" fill="#ff8fa3"/>${catMouth(132)}<path d="M95 143 h10 v9 h-10z" fill="#fff" stroke="#d9cfc8" stroke-width="1.5"/>${cheeks(60, 140, 134)}`,
  // A fox.
  `<path d="M46 96 L42 30 L92 62Z M154 96 L158 30 L108 62Z" fill="#e8703a"/><path d="M52 74 L50 46 L74 62Z M148 74 L150 46 L126 62Z" fill="#3a2a2a"/><path d="M34 204 C38 168 66 152 100 152 C134 152 162 168 166 204Z" fill="#e8703a"/><path d="M76 156 q24 40 48 0 l-24 48z" fill="#fff7ee"/>
<path d="M38 102 C38 70 66 54 100 54 C134 54 162 70 162 102 C158 128 128 160 100 160 C72 160 42 128 38 102Z" fill="#e8703a"/><path d="M40 108 C58 104 88 112 100 134 C112 112 142 104 160 108 C154 132 126 160 100 160 C74 160 46 132 40 108Z" fill="#fff7ee"/>${eyes(72, 128, 104, 7)}<ellipse cx="100" cy="144" rx="9" ry="7" fill="${ink}"/>${cheeks(62, 138, 124)}`,
  // A dog with a spot.
  `<path d="M36 204 C40 168 66 152 100 152 C134 152 160 168 164 204Z" fill="#fff"/><ellipse cx="100" cy="104" rx="56" ry="54" fill="#fff"/><path d="M100 50 C136 50 156 76 156 104 C150 116 128 122 112 110 C100 98 104 74 100 50Z" fill="#b98254"/>
<path d="M58 66 C36 56 22 84 34 124 C40 138 56 132 58 112Z M142 66 C164 56 178 84 166 124 C160 138 144 132 142 112Z" fill="#8f5f38"/>${eyes(78, 122, 98, 7.5)}<ellipse cx="100" cy="120" rx="11" ry="8.5" fill="${ink}"/><path d="M100 128 v6 M100 134 q-9 9 -18 2 M100 134 q9 9 18 2" fill="none" stroke="${ink}" stroke-width="3.4" stroke-linecap="round"/><path d="M93 139 q7 4 14 0 v8 a7 7 0 0 1 -14 0z" fill="#f0717d"/><rect x="62" y="156" width="76" height="12" rx="6" fill="#d64550"/><circle cx="100" cy="170" r="8" fill="#f5c542"/>`,
  // A bear.
  `<circle cx="56" cy="62" r="22" fill="#9c6b45"/><circle cx="144" cy="62" r="22" fill="#9c6b45"/><circle cx="56" cy="62" r="11" fill="#d9a77c"/><circle cx="144" cy="62" r="11" fill="#d9a77c"/><path d="M32 204 C36 166 66 150 100 150 C134 150 164 166 168 204Z" fill="#2e86ab"/><path d="M72 154 Q100 178 128 154" fill="none" stroke="#6db5d1" stroke-width="8"/>
<ellipse cx="100" cy="104" rx="60" ry="54" fill="#9c6b45"/><ellipse cx="100" cy="126" rx="28" ry="22" fill="#e7c19b"/>${eyes(76, 124, 98, 6.5)}<ellipse cx="100" cy="117" rx="9" ry="6.5" fill="${ink}"/>${catMouth(123)}${cheeks(58, 142, 118)}`,
  // A penguin.
  `<path d="M44 204 C30 120 50 40 100 40 C150 40 170 120 156 204Z" fill="#38455e"/><path d="M62 204 C52 150 56 78 84 78 C92 78 96 84 100 92 C104 84 108 78 116 78 C144 78 148 150 138 204Z" fill="#fff"/>${eyes(82, 118, 98, 6.5)}<path d="M86 112 Q100 104 114 112 Q100 128 86 112Z" fill="#f5a623"/>${cheeks(72, 128, 118)}<path d="M54 150 Q100 172 146 150 v14 Q100 186 54 164Z" fill="#e4572e"/><path d="M118 164 l18 -4 l4 36 l-18 4z" fill="#e4572e"/>`,
  // A frog.
  `<circle cx="66" cy="66" r="24" fill="#6fbf5f"/><circle cx="134" cy="66" r="24" fill="#6fbf5f"/><path d="M32 204 C36 170 66 152 100 152 C134 152 164 170 168 204Z" fill="#6fbf5f"/><ellipse cx="100" cy="112" rx="66" ry="50" fill="#6fbf5f"/><ellipse cx="100" cy="136" rx="44" ry="24" fill="#a9dd8f"/>
<circle cx="66" cy="64" r="15" fill="#fff"/><circle cx="134" cy="64" r="15" fill="#fff"/><circle cx="69" cy="66" r="8" fill="${ink}"/><circle cx="131" cy="66" r="8" fill="${ink}"/><circle cx="72" cy="62" r="3" fill="#fff"/><circle cx="134" cy="62" r="3" fill="#fff"/><path d="M62 116 Q100 148 138 116" fill="none" stroke="${ink}" stroke-width="4" stroke-linecap="round"/>${cheeks(52, 148, 114)}`,
  // A grey cat who sleeps.
  `<path d="M52 92 L46 36 L88 62Z M148 92 L154 36 L112 62Z" fill="#7d8797"/><path d="M58 76 L55 50 L76 64Z M142 76 L145 50 L124 64Z" fill="#e9b9c0"/><path d="M36 204 C40 168 66 152 100 152 C134 152 160 168 164 204Z" fill="#7d8797"/><ellipse cx="100" cy="106" rx="60" ry="52" fill="#7d8797"/><path d="M100 60 C112 84 114 98 136 132 C128 152 72 152 64 132 C86 98 88 84 100 60Z" fill="#fff"/>
<path d="M60 104 q12 10 22 0 M118 104 q12 10 22 0" fill="none" stroke="${ink}" stroke-width="4" stroke-linecap="round"/><path d="M93 116 h14 l-7 7z" fill="#e86a7a"/>${catMouth(123)}${cheeks(54, 146, 122)}<g fill="none" stroke="#fff" stroke-width="5" stroke-linejoin="round"><path d="M150 34 h16 l-16 18 h16"/><path d="M176 12 h11 l-11 12 h11" stroke-width="4"/></g>`,
  // A chick.
  `<ellipse cx="100" cy="130" rx="72" ry="80" fill="#ffd94d"/><path d="M92 52 q-4 -22 8 -24 q2 10 2 22 q8 -14 16 -10 q-4 10 -14 16z" fill="#ffd94d"/>${eyes(74, 126, 104, 7.5)}<path d="M86 116 Q100 106 114 116 Q100 134 86 116Z" fill="#f28c28"/>${cheeks(56, 144, 124)}<path d="M34 140 q-18 22 -8 40 q14 -4 20 -18z M166 140 q18 22 8 40 q-14 -4 -20 -18z" fill="#f5c32e"/>`,
]

function eyes(left: number, right: number, y: number, r: number): string {
  return [left, right]
    .map(
      (x) =>
        `<circle cx="${x}" cy="${y}" r="${r}" fill="${ink}"/><circle cx="${x + r * 0.35}" cy="${y - r * 0.35}" r="${r * 0.35}" fill="#fff"/>`,
    )
    .join('')
}

function cheeks(left: number, right: number, y: number): string {
  return `<g fill="#ff8f8f" opacity=".5"><ellipse cx="${left}" cy="${y}" rx="9" ry="6"/><ellipse cx="${right}" cy="${y}" rx="9" ry="6"/></g>`
}

function catMouth(y: number): string {
  return `<path d="M88 ${y + 3} q6 8 12 0 q6 8 12 0" fill="none" stroke="${ink}" stroke-width="3.2" stroke-linecap="round"/>`
}
