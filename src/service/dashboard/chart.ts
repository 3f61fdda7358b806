// The curve: standings day by day. uPlot draws it where there is script; the same figures stand below as a table.
import { type Standing, standings } from '../../core/avatar.ts'
import type { DayFigures } from '../../store/figures.ts'
import { type Markup, html } from './markup.ts'
import type { Speech } from './speech.ts'

/** Bad news at the base line, where it compares best. */
const order: readonly Standing[] = ['gone', 'placeholder', 'dying', 'unknown', 'uploaded', 'alive']
const tableDays = 31

/** What the script draws from. */
interface Points {
  /** Seconds UTC. */
  readonly days: readonly number[]
  readonly series: readonly {
    readonly kind: Standing
    readonly label: string
    readonly values: readonly number[]
  }[]
  readonly locale: string
  /** What the days are called. */
  readonly day: string
}

/** The curve, or a sentence while there is less than two days of it. */
export function drawChart(days: readonly DayFigures[], speech: Speech): Markup {
  const occurring = order.filter((one) => days.some((day) => day.standings[one] > 0))
  if (days.length === 0) return html`<p class="blank">${speech.say('curveEmpty')}</p>`
  const points: Points = {
    days: days.map(({ day }) => Date.parse(`${day}T00:00:00Z`) / 1000),
    series: occurring.map((kind) => ({
      kind,
      label: speech.standing(kind),
      values: days.map((day) => day.standings[kind]),
    })),
    locale: speech.language === 'zh' ? 'zh-CN' : 'en-GB',
    day: speech.say('day'),
  }
  const columns = standings.filter((one) => occurring.includes(one))
  return html`<figure>
    ${
      days.length < 2
        ? html`<p class="blank">${speech.say('curveSoon')}</p>`
        : html`<div
            class="chart"
            data-chart="${JSON.stringify(points)}"
            role="img"
            aria-label="${speech.say('curveLabel', { n: days.length })}"
          ></div>`
    }
    <details>
      <summary>${speech.say('asTable')}</summary>
      <div
        class="scroll"
        tabindex="0"
        role="region"
        aria-label="${speech.say('tableOf', { name: speech.say('asTable') })}"
      >
        <table>
          <thead>
            <tr>
              <th scope="col">${speech.say('day')}</th>
              ${columns.map((one) => html`<th scope="col">${speech.standing(one)}</th>`)}
              <th scope="col">${speech.say('copies')}</th>
              <th scope="col">${speech.say('looks')}</th>
              <th scope="col">${speech.say('rescued')}</th>
            </tr>
          </thead>
          <tbody>
            ${days
              .slice(-tableDays)
              .toReversed()
              .map(
                (day) =>
                  html`<tr>
                    <th scope="row"><time datetime="${day.day}">${day.day}</time></th>
                    ${columns.map((one) => html`<td>${speech.number(day.standings[one])}</td>`)}
                    <td>${speech.number(day.copies)}</td>
                    <td>${speech.number(day.looks)}</td>
                    <td>${speech.number(day.events['avatar.rescued'] ?? 0)}</td>
                  </tr>`,
              )}
          </tbody>
        </table>
      </div>
    </details>
  </figure>`
}
