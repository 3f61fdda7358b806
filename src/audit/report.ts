// The report of an audit: one HTML page that carries everything in itself and asks nobody for anything. Its security
// policy allows its own style and script by their hashes and pictures as `data:`, nothing else.
import { createHash } from 'node:crypto'
import { drawAges, drawExpiry, drawProviders, drawRules } from './report/figures.ts'
import { drawCard, drawFilters, drawWall, type Pictures } from './report/gallery.ts'
import { base } from '../look/base.ts'
import { icon, logo, symbolSheet } from '../look/marks.ts'
import { both, foreign, html, mark, switched, trusted, word, type Markup } from './report/markup.ts'
import { drawBar, occurring } from './report/plot.ts'
import type { SampleRow } from './report/sample.ts'
import { script } from './report/script.ts'
import { style } from './report/style.ts'
import { tokens } from '../look/tokens.ts'
import { words } from './report/words.ts'
import { findingWords, say, type Language } from '../look/words.ts'
import { csvHeader, resultToCsv } from './result-lines.ts'
import { headlineOf } from './table.ts'
import { findingsToTell, type Counts } from './tally.ts'
import { duration } from './terminal-text.ts'
import { harmless, percent, spaced } from '../look/text.ts'

/** What a report is made from. */
export interface Report {
  readonly kind: 'check' | 'forecast'
  /** The input's name for people. */
  readonly name: string
  /** What was noticed while opening the input, one sentence each. */
  readonly notes?: readonly string[]
  /** Start of the audit, ms UTC. */
  readonly at: number
  readonly durationMs: number
  /** How far a forecast looks ahead; 30 unless told. */
  readonly days?: number
  readonly counts: Counts
  /** The rows to show, as `createSample` gives them. */
  readonly rows: readonly SampleRow[]
  /** Pictures of those rows by their key, as `data:image/…;base64,` URIs; others are not shown. */
  readonly pictures: Pictures
  /** The file that holds every result, or null when none was written. */
  readonly completeFile: string | null
}

/** The report as one HTML page. */
export function writeReport(report: Report): string {
  const css = tokens + base + style
  const policy = [
    `default-src 'none'`,
    `img-src data:`,
    `style-src '${hashOf(css)}'`,
    `script-src '${hashOf(script)}'`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ')
  const title = (language: Language) => `${headline(report, language)} · Everface`
  const page = html`<!doctype html>
    <html lang="en" data-lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="robots" content="noindex" />
        <meta name="generator" content="Everface" />
        <title ${switched(title)}>${title('en')}</title>
        <link rel="icon" href="${icon}" />
        ${element('style', css)}
      </head>
      <body>
        ${trusted(symbolSheet)}
        <a class="skip" href="#pictures">${word('toPictures')}</a>
        ${drawTop()}
        <main>
          ${drawHero(report)} ${drawSteps(report)}
          <div class="pair page">${drawProviders(report.counts)}${drawAges(report.counts)}</div>
          ${drawExpiry(report.counts)} ${drawRules(report.counts, report.kind)}
          ${drawPictures(report)}
        </main>
        ${drawFoot(report)}
        ${element('script type="application/json" id="rows"', rowsAsJson(report.rows))}
        ${element('script', script)}
      </body>
    </html> `
  return page.html
}

/** An element with exactly this text in it, for the hash to be that of the text. */
function element(tag: string, text: string): Markup {
  return trusted(`<${tag}>${text}</${tag.split(' ')[0]}>`)
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/** The rows for the download. `<` is escaped, so that no text of a row can end the element that holds them. */
function rowsAsJson(rows: readonly SampleRow[]): string {
  const lines = rows.map(({ result }) => resultToCsv(result))
  return JSON.stringify({ header: csvHeader, lines }).replaceAll('<', '\\u003c')
}

function headline(report: Report, language: Language): string {
  const days = report.days ?? 30
  const { key, n } = headlineOf(report.counts, report.kind, days)
  return say(words[language][key], {
    n: spaced(n),
    total: spaced(report.counts.total),
    days: String(days),
  })
}

function drawTop(): Markup {
  return html`<header class="page">
    ${trusted(logo)}<span>Everface</span>
    <div class="switches">
      <button type="button" class="button" data-switch="language">
        ${both((language) => words[language].language)}
      </button>
      <button type="button" class="button" data-switch="theme">
        <span class="light-name">${word('light')}</span
        ><span class="dark-name">${word('dark')}</span>
      </button>
    </div>
  </header>`
}

function drawHero(report: Report): Markup {
  const { counts, kind } = report
  const when = new Date(report.at).toISOString()
  const title = word(kind === 'check' ? 'titleCheck' : 'titleForecast')
  return html`<div class="hero page">
    <div>
      <p class="eyebrow">
        ${title} · <b>${foreign(report.name)}</b> ·
        <time datetime="${when}">${when.slice(0, 16).replace('T', ' ')} UTC</time> ·
        ${word('took', { time: duration(report.durationMs) })}
      </p>
      <h1>${both((language) => headline(report, language))}</h1>
      ${kind === 'forecast' ? html`<p class="note">${counts.broken > 0 ? word('brokenAlready', { n: spaced(counts.broken) }) : ''} ${word('forecastNote')}</p>` : ''}
      ${counts.undecided > 0 && kind === 'check' ? html`<p class="note">${word('undecidedNote', { n: spaced(counts.undecided) })}</p>` : ''}
      ${counts.total === 0 ? '' : drawBar(counts.findings, counts.total)}
      <ul class="legend">
        ${occurring(counts.findings).map(
          (finding) =>
            html`<li>
              ${mark(finding)}${both((language) => findingWords[language][finding].label)}<span
                class="n"
                >${spaced(counts.findings[finding])}</span
              ><span class="share">${percent(counts.findings[finding], counts.total)}</span>
            </li>`,
        )}
      </ul>
    </div>
    ${drawWall(counts, report.rows, report.pictures)}
  </div>`
}

function drawSteps({ counts, kind }: Report): Markup {
  const steps = findingsToTell(kind).filter(
    (kind) => counts.findings[kind] > 0 && findingWords.en[kind].advice !== '',
  )
  if (steps.length === 0) return html``
  return html`<section class="page">
    <h2>${word('next')}</h2>
    <ol class="steps">
      ${steps.map(
        (kind) =>
          html`<li>
            ${mark(kind)}
            <p>
              <b
                >${spaced(counts.findings[kind])}
                ${both((language) => findingWords[language][kind].label)}</b
              >
              ${both((language) => findingWords[language][kind].advice)}
              <span class="quiet">${both((language) => findingWords[language][kind].meaning)}</span>
            </p>
          </li>`,
      )}
    </ol>
  </section>`
}

function drawPictures(report: Report): Markup {
  const { rows, counts, completeFile } = report
  const whole = rows.length === counts.total
  const complete = whole
    ? ''
    : completeFile === null
      ? word('completeNone')
      : both((language) => {
          const [before = '', after = ''] = words[language].completeIn.split('{file}')
          return html`${before}<b>${harmless(completeFile)}</b>${after}`
        })
  const told = html`<p class="quiet">
    ${word(whole ? 'sampleWhole' : 'sampleNote', { n: spaced(rows.length), total: spaced(counts.total) })}
    ${complete}
  </p>`
  return html`<section class="page" id="pictures" tabindex="-1">
    <h2>${word('pictures')}</h2>
    ${told} ${drawFilters(rows)}
    <ul class="cards">
      ${rows.map((row) => drawCard(row, report.pictures))}
    </ul>
    <p class="nothing" hidden>${word('nothing')}</p>
    <button type="button" class="button more" hidden>${word('more')}</button>
  </section>`
}

function drawFoot({ notes = [] }: Report): Markup {
  return html`<footer class="page">
    ${
      notes.length === 0
        ? ''
        : html`<p>${word('notes')}</p>
            <ul>
              ${notes.map((note) => html`<li>${foreign(note)}</li>`)}
            </ul>`
    }
    <p>${word('made')}</p>
  </footer>`
}
