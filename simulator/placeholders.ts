// The grey pictures that stand in for a face. No bytes of the real ones were published, so these are drawn
// anew: no text in them, since the fonts of a machine must not decide how many bytes they have.

/** "Cannot be viewed for now": a torn picture on grey. */
export const brokenSvg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 132 132">
<rect width="132" height="132" fill="#e4e4e4"/>
<g fill="none" stroke="#b2b2b2" stroke-width="5" stroke-linejoin="round" stroke-linecap="round">
<path d="M60 38 H38 a6 6 0 0 0 -6 6 V88 a6 6 0 0 0 6 6 H56 L64 80 L54 66 L66 52 Z"/>
<path d="M74 38 H94 a6 6 0 0 1 6 6 V88 a6 6 0 0 1 -6 6 H72 L78 80 L68 66 L80 52 Z"/>
</g>
<circle cx="46" cy="54" r="5" fill="#b2b2b2"/>
<path d="M40 86 L48 74 L54 84 Z M78 86 L88 68 L94 86 Z" fill="#b2b2b2"/>
</svg>`

/** The user who shows nothing: a light figure on grey. */
export const defaultUserSvg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200">
<rect width="200" height="200" fill="#d8d8d8"/>
<circle cx="100" cy="80" r="36" fill="#f4f4f4"/>
<path d="M32 184 C34 142 66 126 100 126 C134 126 166 142 168 184 L168 200 H32 Z" fill="#f4f4f4"/>
</svg>`

/** QQ's stand-in: a small grey bird. */
export const penguinSvg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">
<rect width="40" height="40" fill="#e8e8e8"/>
<ellipse cx="20" cy="21" rx="11" ry="14" fill="#9a9a9a"/>
<ellipse cx="20" cy="25" rx="8" ry="9" fill="#f2f2f2"/>
<circle cx="16.5" cy="14" r="2.4" fill="#f2f2f2"/><circle cx="23.5" cy="14" r="2.4" fill="#f2f2f2"/>
<ellipse cx="20" cy="19" rx="4.5" ry="1.8" fill="#c4c4c4"/>
</svg>`
