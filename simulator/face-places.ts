// Places and things, which some people show instead of a face: hills at sunset, the moon over the sea,
// a flower, a balloon, a cup, a snow peak. Each fills a canvas of 200 units.

/** All places. */
export const places: readonly string[] = [
  // Hills at sunset.
  `<rect width="200" height="200" fill="#ffb88a"/><rect width="200" height="90" fill="#ff9a76" opacity=".6"/><circle cx="124" cy="88" r="34" fill="#fff1c9"/><path d="M-4 124 L44 78 L84 116 L132 70 L204 128 V204 H-4Z" fill="#c96a6b"/><path d="M-4 150 C40 120 70 150 110 138 C150 126 170 150 204 132 V204 H-4Z" fill="#8d4a63"/><path d="M-4 176 C50 150 100 184 204 160 V204 H-4Z" fill="#56324f"/>`,
  // The moon over the sea.
  `<rect width="200" height="200" fill="#27335e"/><circle cx="132" cy="58" r="30" fill="#fff3cf"/><circle cx="120" cy="50" r="26" fill="#27335e"/><g fill="#fff"><circle cx="40" cy="36" r="2"/><circle cx="70" cy="68" r="1.6"/><circle cx="92" cy="26" r="2"/><circle cx="28" cy="90" r="1.6"/><circle cx="178" cy="104" r="2"/></g><rect y="126" width="200" height="74" fill="#35508a"/><path d="M0 146 q25 -10 50 0 t50 0 t50 0 t50 0 V200 H0Z" fill="#44659f"/><path d="M0 170 q25 -10 50 0 t50 0 t50 0 t50 0 V200 H0Z" fill="#5b80b8"/><path d="M60 128 h44 l-9 16 h-26z" fill="#f4f1ea"/><path d="M82 78 v46 h-24z M86 86 v38 h18z" fill="#f4f1ea"/>`,
  // A sunflower.
  `<path d="M100 120 V204" stroke="#4f8f4a" stroke-width="10"/><path d="M100 176 C124 150 150 158 158 168 C144 184 120 186 100 176Z M100 188 C80 166 54 168 46 178 C58 194 80 198 100 188Z" fill="#5ea457"/><g fill="#ffc93c">${petals()}</g><circle cx="100" cy="88" r="30" fill="#7a4a21"/><circle cx="100" cy="88" r="21" fill="#5d3617"/><path d="M88 84 v4 M112 84 v4 M90 96 q10 8 20 0" fill="none" stroke="#ffe7ae" stroke-width="3.5" stroke-linecap="round"/>`,
  // A balloon in the sky.
  `<g fill="#fff" opacity=".8"><ellipse cx="42" cy="66" rx="28" ry="11"/><ellipse cx="60" cy="58" rx="18" ry="12"/><ellipse cx="160" cy="138" rx="30" ry="11"/><ellipse cx="144" cy="130" rx="18" ry="12"/></g><path d="M100 26 C144 26 156 62 150 86 C144 110 122 130 112 144 H88 C78 130 56 110 50 86 C44 62 56 26 100 26Z" fill="#e4572e"/><path d="M100 26 C120 26 128 62 124 86 C120 110 110 130 106 144 H94 C90 130 80 110 76 86 C72 62 80 26 100 26Z" fill="#ffe1a8"/><path d="M90 144 l3 16 M110 144 l-3 16" stroke="#6b4a35" stroke-width="2.5"/><rect x="88" y="160" width="24" height="18" rx="4" fill="#a8693a"/>`,
  // A cup of something warm.
  `<ellipse cx="98" cy="168" rx="62" ry="12" fill="#fff" opacity=".6"/><path d="M50 86 H146 C146 132 132 164 98 164 C64 164 50 132 50 86Z" fill="#fffaf2"/><path d="M144 98 C172 92 172 134 138 132" fill="none" stroke="#fffaf2" stroke-width="10"/><ellipse cx="98" cy="86" rx="48" ry="11" fill="#8a5a3b"/><path d="M98 92 c-14 -8 -12 -14 -5 -13 q4 0 5 4 q1 -4 5 -4 c7 -1 9 5 -5 13z" fill="#f3dcc3"/><path d="M82 122 v5 M114 122 v5 M90 136 q8 7 16 0" fill="none" stroke="#5c4434" stroke-width="3.5" stroke-linecap="round"/><path d="M78 66 q-8 -12 0 -22 t0 -22 M100 62 q-8 -12 0 -22 t0 -22 M122 66 q-8 -12 0 -22 t0 -22" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round" opacity=".7"/>`,
  // A snow peak.
  `<circle cx="52" cy="50" r="22" fill="#fff7d6"/><path d="M-6 176 L92 46 L204 190 V204 H-6Z" fill="#5d7fa3"/><path d="M92 46 L60 88 L76 96 L90 84 L104 98 L124 88Z" fill="#fff"/><path d="M92 46 L204 190 H130 L104 98 L124 88Z" fill="#4a6a8e" opacity=".55"/><path d="M-4 168 C40 146 90 170 204 152 V204 H-4Z" fill="#4c8a63"/><g fill="#2f6447"><path d="M26 184 l14 -34 l14 34z M58 190 l11 -28 l11 28z M148 186 l13 -32 l13 32z"/></g>`,
]

function petals(): string {
  return Array.from(
    { length: 14 },
    (_, i) =>
      `<ellipse cx="100" cy="44" rx="11" ry="24" transform="rotate(${(i * 360) / 14} 100 88)"/>`,
  ).join('')
}
