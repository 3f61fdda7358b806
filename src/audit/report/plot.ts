// Stacked bars, drawn by hand in SVG. Only rectangles are in the drawing, which stretches to any width; words stand
// beside it in HTML, so that they never shrink on a phone. Bad news starts at the base line, where it compares best.
import type { FindingKind } from '../../core/verdict.ts'
import { findingsWorstFirst, type Bin, type FindingCounts } from '../tally.ts'
import { percent, spaced } from '../../look/text.ts'
import { html, switched, type Markup } from './markup.ts'
import { findingWords, type Language } from '../../look/words.ts'

/** Findings that occur, worst first. */
export function occurring(findings: FindingCounts): FindingKind[] {
  return findingsWorstFirst.filter((kind) => findings[kind] > 0)
}

/** `gone 12, alive 30`, with each share where the whole is given. */
export function inWords(findings: FindingCounts, language: Language, whole?: number): string {
  return occurring(findings)
    .map((kind) => {
      const share = whole === undefined ? '' : ` (${percent(findings[kind], whole)})`
      return `${findingWords[language][kind].label} ${spaced(findings[kind])}${share}`
    })
    .join(language === 'zh' ? '，' : ', ')
}

interface Segment {
  readonly kind: FindingKind
  readonly start: number
  readonly size: number
}

function segmentsOf(findings: FindingCounts, whole: number, length: number): Segment[] {
  let start = 0
  return occurring(findings).map((kind) => {
    const size = whole === 0 ? 0 : (findings[kind] / whole) * length
    const segment = { kind, start, size }
    start += size
    return segment
  })
}

function rounded(value: number): string {
  return String(Math.round(value * 100) / 100)
}

/**
 * A horizontal bar of findings.
 * @param whole what the full width stands for: the bar's own total for shares, the largest total for numbers
 */
export function drawBar(findings: FindingCounts, whole: number, className = ''): Markup {
  const total = occurring(findings).reduce((sum, kind) => sum + findings[kind], 0)
  const label = (language: Language) => inWords(findings, language, total)
  return html`<svg
    class="bar ${className}"
    viewBox="0 0 1000 10"
    preserveAspectRatio="none"
    role="img"
    aria-label="${label('en')}"
    ${switched(label)}
    data-into="aria-label"
  >
    ${segmentsOf(findings, whole, 1000).map(
      ({ kind, start, size }) =>
        html`<rect class="is-${kind}" x="${rounded(start)}" width="${rounded(size)}" height="10">
          <title
            ${switched(
              (language) =>
                `${findingWords[language][kind].label}: ${spaced(findings[kind])} (${percent(findings[kind], total)})`,
            )}
          >
            ${findingWords.en[kind].label}: ${spaced(findings[kind])}
          </title>
        </rect>`,
    )}
  </svg>`
}

/**
 * Columns side by side, one for each bin.
 * @param by `share`: all columns full, `number`: as high as their totals
 */
export function drawColumns(
  bins: readonly Bin[],
  by: 'share' | 'number',
  name: (bin: Bin, language: Language) => string,
): Markup {
  const highest = Math.max(1, ...bins.map(({ total }) => total))
  return html`<svg
    class="columns by-${by}"
    viewBox="0 0 ${bins.length * 10} 100"
    preserveAspectRatio="none"
    aria-hidden="true"
  >
    ${bins.map((bin, index) => {
      const told = (language: Language) =>
        `${name(bin, language)}: ${inWords(bin.findings, language, bin.total) || '0'}`
      return html`<g>
        <title ${switched(told)}>${told('en')}</title>
        <rect class="catch" x="${index * 10}" y="0" width="10" height="100" />
        ${segmentsOf(bin.findings, by === 'share' ? bin.total : highest, 100).map(
          ({ kind, start, size }) =>
            html`<rect
              class="is-${kind}"
              x="${rounded(index * 10 + 0.75)}"
              y="${rounded(100 - start - size)}"
              width="8.5"
              height="${rounded(size)}"
            />`,
        )}
      </g>`
    })}
  </svg>`
}
