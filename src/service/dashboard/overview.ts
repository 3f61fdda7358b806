// The first page: how many faces are safe, what needs a person, how it went, what just happened.
import { type Avatar, type Standing, standings } from '../../core/avatar.ts'
import type { Clock, Limits } from '../../core/clock.ts'
import { meanIntervalDays } from '../../core/clock.ts'
import type { DayFigures } from '../../store/figures.ts'
import type { EventType, Stats, StoredEvent } from '../../store/store.ts'
import { drawChart } from './chart.ts'
import { drawMark } from './frame.ts'
import { drawWall } from './wall.ts'
import { type Markup, foreign, html, shortened } from './markup.ts'
import type { Speech } from './speech.ts'

/** What the page is drawn from. */
export interface OverviewFigures {
  readonly stats: Stats
  readonly clocks: readonly Clock[]
  readonly days: readonly DayFigures[]
  readonly events: readonly StoredEvent[]
  readonly pending: readonly string[]
  readonly limits: Limits
}

const dayMs = 86_400_000
/** A provider that said "slow down" so lately is told of. */
const slowedMs = 3_600_000
/** Work out of turn that waits so long is told of. */
const overdueMs = 900_000
const shownEvents = 12
const exampleCall = (base: string): string =>
  [
    'everface key create --name app --scope write',
    'curl -X PUT -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\',
    `  -d '{"url":"https://thirdwx.qlogo.cn/mmopen/vi_32/…/132"}' \\`,
    `  ${base}/v1/avatars/42`,
  ].join('\n')
const monthDays = 30

/** The page. @param faces for the wall @param base where the service is reached */
export function drawOverview(
  figures: OverviewFigures,
  faces: readonly Avatar[],
  base: string,
  speech: Speech,
): Markup {
  const { stats } = figures
  if (stats.avatars === 0) return drawEmpty(base, speech)
  return html`<div class="hero">
      <div id="live-standings">${drawStandings(figures, speech)}</div>
      ${drawWall(stats, faces, speech)}
    </div>
    <div class="pair">
      <div class="stack">
        <section aria-labelledby="needs">
          <h2 id="needs">${speech.say('needs')}</h2>
          <div id="live-needs">${drawNeeds(figures, speech)}</div>
        </section>
        <section aria-labelledby="budget">
          <h2 id="budget">${speech.say('budget')}</h2>
          <p class="quiet">
            ${speech.say('budgetNote', { budget: speech.decimal(figures.limits.budget) })}
          </p>
          <div id="live-budget">${drawBudget(figures, speech)}</div>
        </section>
      </div>
      <section aria-labelledby="happened">
        <h2 id="happened">${speech.say('happened')}</h2>
        <div id="live-happened">${drawHappened(figures.events, speech)}</div>
      </section>
    </div>
    <section aria-labelledby="curve">
      <h2 id="curve">${speech.say('curve')}</h2>
      <p class="quiet">${speech.say('curveNote')}</p>
      ${drawChart(figures.days, speech)}
    </section>`
}

/** What changes by itself, by the id of its place. */
export function overviewRegions(
  figures: OverviewFigures,
  speech: Speech,
): ReadonlyMap<string, Markup> {
  if (figures.stats.avatars === 0) return new Map()
  return new Map([
    ['live-standings', drawStandings(figures, speech)],
    ['live-needs', drawNeeds(figures, speech)],
    ['live-happened', drawHappened(figures.events, speech)],
    ['live-budget', drawBudget(figures, speech)],
  ])
}

/** What changes where there was nobody: the first have come. */
export function beginningRegions({ avatars }: Stats, speech: Speech): ReadonlyMap<string, Markup> {
  const come = html`<p class="notice">
    ${speech.say('firstCome', { n: avatars })} <a href="/">${speech.say('firstShow')}</a>
  </p>`
  return new Map([['live-begun', avatars === 0 ? html`` : come]])
}

function drawEmpty(base: string, speech: Speech): Markup {
  return html`<section class="empty">
    <div id="live-begun" role="status"></div>
    <h1>${speech.say('headEmpty')}</h1>
    <p>${speech.say('emptyNote')}</p>
    <ol class="ways">
      <li>
        <b>${speech.say('emptyImport')}</b>
        <pre
          tabindex="0"
        ><code>everface import users.csv --id-column id --column headimgurl</code></pre>
      </li>
      <li>
        <b>${speech.say('emptyCall')}</b>
        <pre tabindex="0"><code>${exampleCall(base)}</code></pre>
      </li>
    </ol>
    <p><a href="/docs">${speech.say('reference')}</a></p>
  </section>`
}

function drawStandings({ stats, days }: OverviewFigures, speech: Speech): Markup {
  const month = days.slice(-monthDays)
  const sum = (type: EventType) => month.reduce((total, day) => total + (day.events[type] ?? 0), 0)
  const rescued = sum('avatar.rescued')
  const occurring = standings.filter((one) => stats.standings[one] > 0)
  return html`<h1>${speech.tell('headSafe', { n: stats.copies, total: stats.avatars })}</h1>
    <p class="note">
      ${speech.say('monthNote', {
        gone: sum('avatar.gone'),
        changed: sum('avatar.changed'),
      })}
      ${rescued > 0 && speech.say('monthRescued', { n: rescued })}
    </p>
    ${drawStandingsBar(stats.standings, speech)}
    <ul class="legend">
      ${occurring.map(
        (one) =>
          html`<li>
            ${drawMark(one)}<a href="/faces?standing=${one}">${speech.standing(one)}</a
            ><span class="n">${speech.number(stats.standings[one])}</span
            ><span class="share">${speech.percent(stats.standings[one], stats.avatars)}</span>
          </li>`,
      )}
    </ul>`
}

/** A bar of standings, in proportion. */
export function drawStandingsBar(
  counts: Readonly<Partial<Record<Standing, number>>>,
  speech: Speech,
): Markup {
  const total = standings.reduce((sum, one) => sum + (counts[one] ?? 0), 0)
  let start = 0
  const parts = standings.flatMap((one) => {
    const count = counts[one] ?? 0
    if (count === 0 || total === 0) return []
    const size = (count / total) * 1000
    const part = { one, count, start, size }
    start += size
    return [part]
  })
  const label = parts
    .map(({ one, count }) => `${speech.standing(one)} ${speech.percent(count, total)}`)
    .join(speech.language === 'zh' ? '，' : ', ')
  return html`<svg
    class="bar"
    viewBox="0 0 1000 10"
    preserveAspectRatio="none"
    role="img"
    aria-label="${label === '' ? '–' : label}"
  >
    ${parts.map(({ one, start, size }) => html`<rect class="is-${one}" x="${start.toFixed(2)}" width="${size.toFixed(2)}" height="10" />`)}
  </svg>`
}

function drawNeeds({ stats, clocks, pending }: OverviewFigures, speech: Speech): Markup {
  const { now } = speech
  const slowed = clocks.filter(({ slowedAt }) => slowedAt > 0 && now - slowedAt < slowedMs)
  const late = stats.oldestOverdueAt !== null && now - stats.oldestOverdueAt > overdueMs
  const needs = [
    stats.suspects > 0 && {
      mark: 'placeholder' as const,
      text: speech.say('needSuspects', { n: stats.suspects }),
      href: '/placeholders',
    },
    stats.deliveries.failed > 0 && {
      mark: 'gone' as const,
      text: speech.say('needFailed', { n: stats.deliveries.failed }),
      href: '/system#webhooks',
    },
    slowed.length > 0 && {
      mark: 'throttled' as const,
      text: speech.say('needSlowed', {
        names: slowed
          .map(({ provider }) => speech.provider(provider))
          .join(speech.language === 'zh' ? '、' : ', '),
      }),
      href: '/providers',
    },
    late && {
      mark: 'dying' as const,
      text: speech.say('needOverdue', { n: stats.overdue, ago: speech.ago(stats.oldestOverdueAt) }),
      href: '/system',
    },
    pending.length > 0 && {
      mark: 'unknown' as const,
      text: speech.say('needMigrations', { n: pending.length }),
      href: '/system#versions',
    },
  ].filter((need) => need !== false)
  if (needs.length === 0) {
    return html`<p class="well-note">${drawMark('alive')} ${speech.say('needNothing')}</p>`
  }
  return html`<ul class="needs">
    ${needs.map(
      ({ mark, text, href }) =>
        html`<li>
          <a href="${href}">${drawMark(mark)}<span>${text}</span></a>
        </li>`,
    )}
  </ul>`
}

const eventMarks: Readonly<Partial<Record<EventType, Parameters<typeof drawMark>[0]>>> = {
  'avatar.alive': 'alive',
  'avatar.changed': 'alive',
  'avatar.rescued': 'alive',
  'avatar.refreshed': 'alive',
  'avatar.dying': 'dying',
  'avatar.gone': 'gone',
  'avatar.placeholder': 'placeholder',
  'picture.suspected': 'placeholder',
  'avatar.uploaded': 'uploaded',
  'avatar.forgotten': 'refused',
}

/** The mark that an event is told with: a grey dot for what is neither good news nor bad. */
export function markOf(type: EventType): Markup {
  const kind = eventMarks[type]
  if (kind !== undefined) return drawMark(kind)
  return html`<svg class="mark is-unknown" aria-hidden="true"><use href="#mark-alive" /></svg>`
}

function drawHappened(events: readonly StoredEvent[], speech: Speech): Markup {
  // When many come at once, that they came is no news beside what became of others.
  const news = events.filter(({ type }) => type !== 'avatar.registered')
  const shown = (news.length === 0 ? events : news).slice(0, shownEvents)
  if (shown.length === 0) return html`<p class="quiet">${speech.say('happenedNothing')}</p>`
  return html`<ol class="feed">
    ${shown.map(
      ({ id, type, subject, at }) =>
        html`<li id="${id}">
          ${markOf(type)}<span>${speech.event(type)}${subject !== '' && html` · ${drawSubject(subject, type)}`}</span>${speech.time(at)}
        </li>`,
    )}
  </ol>`
}

/** A subject as a link to its face, unless it is forgotten. @param most characters that are shown */
export function drawSubject(subject: string, type: EventType, most = 128): Markup {
  const shown = foreign(shortened(subject, most))
  return type === 'avatar.forgotten'
    ? shown
    : html`<a href="/faces/${encodeURIComponent(subject)}">${shown}</a>`
}

function drawBudget({ clocks, days, limits }: OverviewFigures, speech: Speech): Markup {
  const live = clocks.filter((clock) => clock.live > 0)
  const allowed = live.reduce((sum, clock) => sum + allowedADay(clock, limits), 0)
  const today = days.at(-1)
  const month = days.slice(-monthDays)
  const sum = (type: EventType) => month.reduce((total, day) => total + (day.events[type] ?? 0), 0)
  const most = Math.max(1, allowed, today?.looks ?? 0)
  return html`<dl class="meters">
    <div>
      <dt>${speech.say('looksToday')}</dt>
      <dd>
        <b>${speech.number(today?.looks ?? 0)}</b>
        ${speech.say('ofADay', { n: Math.round(allowed) })} ${drawMeter((today?.looks ?? 0) / most)}
      </dd>
    </div>
    <div>
      <dt>${speech.say('meanInterval')}</dt>
      <dd>
        <b
          >${live.length === 0 ? '–' : speech.span(Math.max(...live.map((clock) => meanIntervalDays(clock, limits))) * dayMs)}</b
        >
      </dd>
    </div>
    <div>
      <dt>${speech.say('prompts')}</dt>
      <dd>
        <b>${speech.number(sum('person.prompt-shown'))}</b> ${speech.say('promptsNote', {
          accepted: sum('person.prompt-accepted'),
          declined: sum('person.prompt-declined'),
        })}
      </dd>
    </div>
  </dl>`
}

/** Looks a day that the budget allows a provider. */
export function allowedADay(clock: Clock, limits: Limits): number {
  return clock.live === 0 ? 0 : clock.live / meanIntervalDays(clock, limits)
}

/** A share as a bar; the figure stands beside it. @param share 0 to 1 */
export function drawMeter(share: number): Markup {
  const width = Math.round(Math.min(1, Math.max(0, share)) * 1000)
  return html`<svg
    class="meter"
    viewBox="0 0 1000 10"
    preserveAspectRatio="none"
    aria-hidden="true"
  >
    <rect width="${width}" height="10" />
  </svg>`
}
