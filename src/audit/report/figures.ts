// The figures of a report: by provider, by age, death dates, what decided. Each drawing has its key, and the same
// figures as a table for whom a drawing tells nothing.
import {
  brokenFindings,
  findingsToTell,
  horizonDays,
  type Bin,
  type Counts,
  type FindingCounts,
} from '../tally.ts'
import { percent, spaced } from '../../look/text.ts'
import { badge, both, foreign, html, mark, named, word, type Markup } from './markup.ts'
import { drawBar, drawColumns, occurring } from './plot.ts'
import { words } from './words.ts'
import { findingWords, type Language } from '../../look/words.ts'

const maxRules = 14
const maxProviders = 12
const monthMs = 31 * 86_400_000

function drawSwitch(): Markup {
  return html`<div class="by">
    <button type="button" data-by="share" aria-pressed="true">${word('shares')}</button
    ><button type="button" data-by="number" aria-pressed="false">${word('numbers')}</button>
  </div>`
}

function drawKey(findings: FindingCounts): Markup {
  return html`<ul class="key">
    ${occurring(findings).map(
      (kind) =>
        html`<li>
          <i class="is-${kind}"></i
          >${mark(kind)}${both((language) => findingWords[language][kind].label)}
        </li>`,
    )}
  </ul>`
}

function drawFigures(
  first: Markup,
  findings: FindingCounts,
  lines: readonly { name: Markup; total: number; findings: FindingCounts }[],
): Markup {
  const kinds = occurring(findings)
  return html`<details>
    <summary>${word('figures')}</summary>
    <div class="scroll" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">${first}</th>
            ${kinds.map((kind) => html`<th scope="col">${both((language) => findingWords[language][kind].label)}</th>`)}
            <th scope="col">${word('total')}</th>
          </tr>
        </thead>
        <tbody>
          ${lines.map(
            (line) =>
              html`<tr>
                <th scope="row">${line.name}</th>
                ${kinds.map((kind) => html`<td>${spaced(line.findings[kind])}</td>`)}
                <td>${spaced(line.total)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`
}

/** A bar for each provider, largest first. */
export function drawProviders(counts: Counts): Markup {
  const shown = counts.providers.slice(0, maxProviders)
  const largest = Math.max(1, ...shown.map(({ total }) => total))
  const broken = (findings: FindingCounts) =>
    brokenFindings.reduce((sum, kind) => sum + findings[kind], 0)
  return html`<section>
    <h2>${word('byProvider')}</h2>
    <figure data-shows="share">
      ${drawSwitch()}
      <ul class="providers">
        ${shown.map(
          ({ provider, total, findings }) =>
            html`<li>
              <p class="name">
                <b>${named(provider)}</b
                ><span
                  >${spaced(broken(findings))} / ${spaced(total)} ${word('broken')} ·
                  ${percent(broken(findings), total)}</span
                >
              </p>
              ${drawBar(findings, total, 'by-share')}${drawBar(findings, largest, 'by-number')}
            </li>`,
        )}
      </ul>
      ${drawKey(counts.findings)}
      ${drawFigures(
        word('provider'),
        counts.findings,
        counts.providers.map((line) => ({ ...line, name: named(line.provider) })),
      )}
    </figure>
  </section>`
}

function monthName(bin: Bin): string {
  const from = new Date(bin.from)
  const year = from.getUTCFullYear()
  const length = bin.to - bin.from
  if (length <= monthMs) return from.toISOString().slice(0, 7)
  if (length <= 3 * monthMs) return `${year} Q${Math.floor(from.getUTCMonth() / 3) + 1}`
  const last = new Date(bin.to - 1).getUTCFullYear()
  return last === year ? String(year) : `${year}–${last}`
}

function placeName(bin: Bin): string {
  return bin.to - bin.from === 1 ? spaced(bin.from) : `${spaced(bin.from)}–${spaced(bin.to - 1)}`
}

/** Columns by age where most rows tell theirs, else by place in the list. */
export function drawAges(counts: Counts): Markup {
  const withTime = counts.ages.reduce((sum, { total }) => sum + total, 0)
  const byAge = counts.ages.length > 1 && withTime * 2 >= counts.total
  const bins = byAge ? counts.ages : counts.places
  if (bins.length === 0) return html``
  const name = (bin: Bin, language: Language) =>
    byAge ? monthName(bin) : `${words[language].row} ${placeName(bin)}`
  const short = (bin: Bin | undefined) =>
    bin === undefined ? '' : byAge ? monthName(bin) : placeName(bin)
  const highest = Math.max(...bins.map(({ total }) => total))
  const axis = (labels: readonly string[], by: string) =>
    html`<div class="axis by-${by}" aria-hidden="true">
      ${labels.map((label) => html`<span>${label}</span>`)}
    </div>`
  const ticks = bins.length < 3 ? bins : [bins[0], bins[Math.floor(bins.length / 2)], bins.at(-1)]
  return html`<section>
    <h2>${word(byAge ? 'byAge' : 'byPlace')}</h2>
    <p class="quiet">${word(byAge ? 'byAgeNote' : 'byPlaceNote')}</p>
    <figure data-shows="share">
      ${drawSwitch()}
      <div class="plot">
        ${axis(['100 %', '50 %', '0'], 'share')}${axis([spaced(highest), spaced(highest / 2), '0'], 'number')}
        <div>${drawColumns(bins, 'share', name)}${drawColumns(bins, 'number', name)}</div>
        <p class="ticks">${ticks.map((bin) => html`<span>${short(bin)}</span>`)}</p>
      </div>
      ${drawKey(counts.findings)}
      ${drawFigures(
        word(byAge ? 'period' : 'row'),
        counts.findings,
        bins.map((bin) => ({ ...bin, name: html`${short(bin)}` })),
      )}
    </figure>
  </section>`
}

/** Death dates by provider and horizon. */
export function drawExpiry(counts: Counts): Markup {
  if (counts.expiry.length === 0) {
    return html`<section class="page">
      <h2>${word('expiry')}</h2>
      <p class="quiet">${word('expiryNone')}</p>
    </section>`
  }
  const day = (days: number) =>
    days === 1 ? word('withinDay') : word('withinDays', { n: String(days) })
  const cell = (count: number, of: number, kind: string) =>
    html`<td class="${count === 0 ? 'zero' : ''}">
      ${spaced(count)}<svg
        class="bar"
        viewBox="0 0 100 10"
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <rect
          class="is-${kind}"
          width="${Math.round((100 * count) / Math.max(1, of))}"
          height="10"
        />
      </svg>
    </td>`
  return html`<section class="page">
    <h2>${word('expiry')}</h2>
    <p class="quiet">${word('expiryNote')}</p>
    <div class="scroll expiry" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">${word('provider')}</th>
            <th scope="col">${word('past')}</th>
            ${horizonDays.map((days) => html`<th scope="col">${day(days)}</th>`)}
            <th scope="col">${word('later')}</th>
          </tr>
        </thead>
        <tbody>
          ${counts.expiry.map(({ provider, past, within, later }) => {
            const of = past + (within.at(-1) ?? 0) + later
            return html`<tr>
              <th scope="row">${named(provider)}</th>
              ${cell(past, of, 'gone')}${within.map((count) => cell(count, of, 'dying'))}${cell(later, of, 'alive')}
            </tr>`
          })}
        </tbody>
      </table>
    </div>
  </section>`
}

/** The rules that brought bad news, with their sentences. */
export function drawRules(counts: Counts, kind: 'check' | 'forecast'): Markup {
  const told = findingsToTell(kind)
  const telling = counts.rules.filter(
    ({ finding }) => finding !== 'alive' && told.includes(finding),
  )
  if (telling.length === 0) return html``
  return html`<section class="page">
    <h2>${word('why')}</h2>
    <ul class="rules">
      ${telling.slice(0, maxRules).map(
        ({ rule, finding, count, detail }) =>
          html`<li>
            <span class="n">${spaced(count)}</span>
            <div>
              ${badge(finding)} <code>${foreign(rule)}</code>
              <p class="zh" lang="zh-CN">${findingWords.zh[finding].meaning}</p>
              <p lang="en">${foreign(detail)}</p>
            </div>
          </li>`,
      )}
    </ul>
  </section>`
}
