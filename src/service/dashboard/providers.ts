// The providers: how each is asked, how it bears it, and what its edges said lately.
import { type Clock, type Limits, meanIntervalDays, price } from '../../core/clock.ts'
import type { VerdictKind } from '../../core/verdict.ts'
import { verdictKinds } from '../../core/verdict.ts'
import type { EdgeFigures, Lately } from '../../store/figures.ts'
import type { Stats } from '../../store/store.ts'
import { drawBadge, drawMark } from './frame.ts'
import { type Markup, foreign, html } from './markup.ts'
import { allowedADay, drawMeter, drawStandingsBar } from './overview.ts'
import type { Speech } from './speech.ts'

/** What the page is drawn from. */
export interface ProvidersFigures {
  readonly stats: Stats
  readonly clocks: readonly Clock[]
  readonly lately: Lately
  readonly limits: Limits
}

const dayMs = 86_400_000
const slowedMs = 3_600_000
const mostEdges = 40
const mostRules = 12

/** The page. */
export function drawProviders(figures: ProvidersFigures, speech: Speech): Markup {
  return html`<div class="head">
      <h1>${speech.say('providers')}</h1>
      <p class="quiet">${speech.say('providersNote')}</p>
    </div>
    <div id="live-providers">${drawAll(figures, speech)}</div>`
}

/** What changes by itself. */
export function providersRegions(
  figures: ProvidersFigures,
  speech: Speech,
): ReadonlyMap<string, Markup> {
  return new Map([['live-providers', drawAll(figures, speech)]])
}

function drawAll({ stats, clocks, lately, limits }: ProvidersFigures, speech: Speech): Markup {
  const known = new Map(clocks.map((clock) => [clock.provider, clock]))
  const all = stats.providers
    .filter(({ provider }) => known.has(provider))
    .toSorted((a, b) => b.avatars - a.avatars)
  if (all.length === 0) {
    return html`<p class="blank">
      ${speech.say('providersNone')} <a href="/">${speech.say('howToBegin')}</a>
    </p>`
  }
  return html`${all.map(({ provider, avatars, standings }) => {
    const clock = known.get(provider)
    const edges = lately.edges.filter((one) => one.provider === provider)
    return html`<section aria-labelledby="of-${provider}" id="provider-${provider}">
      <h2 id="of-${provider}">${speech.provider(provider)}</h2>
      <p class="quiet">${speech.say('avatarsOf', { n: avatars })}</p>
      ${drawStandingsBar(standings, speech)}
      ${clock !== undefined && drawClock(clock, limits, speech)} ${drawEdges(edges, lately, speech)}
    </section>`
  })}`
}

function drawClock(clock: Clock, limits: Limits, speech: Speech): Markup {
  const slowed = clock.slowedAt > 0 && speech.now - clock.slowedAt < slowedMs
  const pace = Math.min(clock.pace, limits.pace)
  return html`<dl class="meters">
    <div>
      <dt>${speech.say('pace')}</dt>
      <dd>
        <b>${speech.decimal(pace)}</b>
        ${speech.say('ofASecond', { most: speech.decimal(limits.pace) })}${drawMeter(pace / limits.pace)}
        ${slowed && html`<p class="is-throttled slowed">${drawMark('throttled')} ${speech.tell('slowed', { ago: speech.time(clock.slowedAt) })}</p>`}
        ${!slowed && clock.slowedAt > 0 && html`<p class="quiet">${speech.tell('slowedBefore', { ago: speech.time(clock.slowedAt) })}</p>`}
      </dd>
    </div>
    <div>
      <dt>${speech.say('swept')}</dt>
      <dd>
        <b>${speech.number(clock.live)}</b>
        ${speech.say('looksADayOf', { n: speech.decimal(allowedADay(clock, limits)) })}
      </dd>
    </div>
    <div>
      <dt>${speech.say('meanInterval')}</dt>
      <dd>
        <b>${clock.live === 0 ? '–' : speech.span(meanIntervalDays(clock, limits) * dayMs)}</b>
      </dd>
    </div>
    <div>
      <dt>${speech.say('price')}</dt>
      <dd><b>${speech.decimal(price(clock))}</b> ${speech.say('priceNote')}</dd>
    </div>
    <div>
      <dt>${speech.say('death')}</dt>
      <dd><b>${speech.span(clock.deathDays * dayMs)}</b> ${speech.say('deathNote')}</dd>
    </div>
    <div>
      <dt>${speech.say('spurious')}</dt>
      <dd><b>${speech.percent(clock.spurious, 1)}</b> ${speech.say('spuriousNote')}</dd>
    </div>
  </dl>`
}

function drawEdges(edges: readonly EdgeFigures[], { since }: Lately, speech: Speech): Markup {
  if (edges.length === 0) return html`<p class="quiet">${speech.say('edgesNone')}</p>`
  const byEdge = new Map<string, EdgeFigures[]>()
  for (const one of edges) byEdge.set(one.edge, [...(byEdge.get(one.edge) ?? []), one])
  const kinds = verdictKinds.filter((kind) => edges.some(({ verdict }) => verdict === kind))
  const rows = [...byEdge].map(([edge, said]) => {
    const looks = said.reduce((sum, one) => sum + one.looks, 0)
    return {
      edge,
      looks,
      counts: countsOf(said),
      meanMs: said.reduce((sum, one) => sum + one.meanMs * one.looks, 0) / looks,
      lastAt: Math.max(...said.map(({ lastAt }) => lastAt)),
    }
  })
  const shown = rows.sort((a, b) => b.looks - a.looks).slice(0, mostEdges)
  return html`<h3>${speech.say('edges')}</h3>
    <p class="quiet">
      ${speech.tell('edgesNote', { n: rows.reduce((sum, { looks }) => sum + looks, 0), since: speech.time(since) })}
    </p>
    <div
      class="scroll"
      tabindex="0"
      role="region"
      aria-label="${speech.say('tableOf', { name: speech.say('edges') })}"
    >
      <table>
        <thead>
          <tr>
            <th scope="col">${speech.say('edge')}</th>
            <th scope="col">${speech.say('looks')}</th>
            ${kinds.map((kind) => html`<th scope="col">${speech.standing(kind)}</th>`)}
            <th scope="col">${speech.say('meanTook')}</th>
            <th scope="col">${speech.say('last')}</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            ({ edge, looks, counts, meanMs, lastAt }) =>
              html`<tr>
                <th scope="row">${foreign(edge)}</th>
                <td>${speech.number(looks)}</td>
                ${kinds.map((kind) => html`<td ${(counts.get(kind) ?? 0) === 0 && 'class=zero'}>${speech.number(counts.get(kind) ?? 0)}</td>`)}
                <td>${speech.number(meanMs)} ms</td>
                <td>${speech.time(lastAt)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${drawRules(edges, speech)}`
}

/** What was said that is no good news, by the rule that said it. */
function drawRules(edges: readonly EdgeFigures[], speech: Speech): Markup {
  const rules = new Map<string, { verdict: VerdictKind; looks: number }>()
  for (const { verdict, rule, looks } of edges) {
    if (verdict === 'alive') continue
    rules.set(rule, { verdict, looks: looks + (rules.get(rule)?.looks ?? 0) })
  }
  if (rules.size === 0) return html``
  const shown = [...rules].sort(([, a], [, b]) => b.looks - a.looks).slice(0, mostRules)
  return html`<h3>${speech.say('badNews')}</h3>
    <ul class="rules">
      ${shown.map(([rule, { verdict, looks }]) => html`<li><span class="n">${speech.number(looks)}</span> ${drawBadge(verdict, speech)} <code>${foreign(rule)}</code></li>`)}
    </ul>`
}

function countsOf(said: readonly EdgeFigures[]): ReadonlyMap<VerdictKind, number> {
  const counts = new Map<VerdictKind, number>()
  for (const { verdict, looks } of said) counts.set(verdict, looks + (counts.get(verdict) ?? 0))
  return counts
}
