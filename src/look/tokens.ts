// The visual language of Everface in custom properties: ink, paper, space, and a colour for every finding and standing.
// Faces come first, so the paper is quiet, a living face is pale and only bad news has colour. Every `-ink` is readable as
// text (4.5:1 or more) on paper and on its own tint; fills differ in lightness too, not in hue alone.
import type { FindingKind } from '../core/verdict.ts'

interface KindColors {
  /** Areas in plots and tiles: light theme, dark theme. */
  readonly fill: readonly [string, string]
  /** Text and marks: light theme, dark theme. */
  readonly ink: readonly [string, string]
}

const kindColors: Readonly<Record<FindingKind | 'uploaded', KindColors>> = {
  alive: { fill: ['#b4dad0', '#26564c'], ink: ['#0b6a58', '#7fd3c0'] },
  gone: { fill: ['#bd3227', '#ff7d6e'], ink: ['#a92a20', '#ff9c90'] },
  dying: { fill: ['#e8a33d', '#f2b950'], ink: ['#8a4d00', '#f5c46c'] },
  placeholder: { fill: ['#8c6cbd', '#b79ae0'], ink: ['#6a46a0', '#c9b0ee'] },
  malformed: { fill: ['#4a4358', '#dcd5e8'], ink: ['#4a4358', '#dcd5e8'] },
  refused: { fill: ['#4b80ad', '#6ba3d2'], ink: ['#2a6292', '#8fbfe6'] },
  throttled: { fill: ['#93b9d3', '#45708f'], ink: ['#38647f', '#9cc6de'] },
  uploaded: { fill: ['#a9c6ea', '#2f4f7d'], ink: ['#2a5a9c', '#9dc0f2'] },
  unknown: { fill: ['#c3bdb3', '#6c675f'], ink: ['#645f57', '#b5afa6'] },
}

/** Every colour: name, in the light theme, in the dark. */
const colors: readonly (readonly [name: string, light: string, dark: string])[] = [
  ['paper', '#faf8f5', '#151412'],
  ['raised', '#ffffff', '#1e1c1a'],
  ['sunken', '#f1eee9', '#0f0e0d'],
  ['ink', '#1f1d1a', '#f2efea'],
  ['ink-quiet', '#635e57', '#aaa49b'],
  ['line', '#e5e0d9', '#34312d'],
  ['line-strong', '#8c867d', '#7d776f'],
  ['focus', '#1f5fbf', '#8ab8ff'],
  ...Object.entries(kindColors).flatMap(([kind, { fill, ink }]) => [
    [kind, ...fill] as const,
    [`${kind}-ink`, ...ink] as const,
  ]),
]

/** The custom properties, as a style sheet. `data-theme` on the root overrides what the system prefers. */
export const tokens = `
:root{
color-scheme:light dark;
${colors.map(([name, light, dark]) => `--${name}:light-dark(${light},${dark});`).join('\n')}
--font:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","PingFang SC","Hiragino Sans GB","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif;
--mono:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"Noto Sans Mono CJK SC",monospace;
--text-s:.8125rem;
--text-m:.9375rem;
--text-l:1.25rem;
--text-hero:clamp(2.1rem,1.2rem + 3.6vw,3.6rem);
--space-1:.25rem;
--space-2:.5rem;
--space-3:.75rem;
--space-4:1rem;
--space-6:1.5rem;
--space-8:2rem;
--space-12:3rem;
--space-16:4rem;
--round:.75rem;
--round-face:24%;
--page:70rem;
}
/* Browsers before 2024 do not know light-dark(): they get the light theme. */
@supports not (color:light-dark(#000,#fff)){:root{color-scheme:light;${colors.map(([name, light]) => `--${name}:${light};`).join('')}}}
:root[data-theme=light]{color-scheme:light}
:root[data-theme=dark]{color-scheme:dark}
${Object.keys(kindColors)
  .map((kind) => `.is-${kind}{--fill:var(--${kind});--fill-ink:var(--${kind}-ink)}`)
  .join('\n')}
`
