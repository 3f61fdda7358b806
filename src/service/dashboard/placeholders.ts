// Bytes that many unrelated people have: suspects to be judged, then what was judged.
import type { Suspect } from '../../store/store.ts'
import { drawPicture } from './face-tile.ts'
import { drawBadge, drawToken, outline } from './frame.ts'
import { type Markup, html } from './markup.ts'
import type { Visit } from './visit.ts'

/** Judged ones that are shown. */
const mostJudged = 120

/** The page. */
export function drawPlaceholders(visit: Visit, all: readonly Suspect[], suspectAt: number): Markup {
  const { speech } = visit
  const suspects = all.filter(({ mark }) => mark === 'suspected')
  const judged = all.filter(({ mark }) => mark !== 'suspected')
  return html`<div class="head">
      <h1>${speech.say('placeholders')}</h1>
      <p class="quiet">${speech.say('placeholdersNote')}</p>
    </div>
    <section aria-labelledby="suspects">
      <h2 id="suspects">${speech.say('suspects')}</h2>
      ${
        suspects.length === 0
          ? html`<p class="blank">
              ${speech.say('suspectsNone')}
              ${suspectAt > 0 && speech.say('suspectsWhen', { n: suspectAt })}
            </p>`
          : html`<ul class="suspects">
              ${suspects.map((one) => drawSuspect(visit, one))}
            </ul>`
      }
    </section>
    ${
      judged.length > 0 &&
      html`<section aria-labelledby="judged">
        <h2 id="judged">${speech.say('judged')}</h2>
        <ul class="suspects small">
          ${judged.slice(0, mostJudged).map((one) => drawSuspect(visit, one))}
        </ul>
      </section>`
    }`
}

function drawSuspect(
  visit: Visit,
  { rawSha256, sha256, mark, markedAt, subjects }: Suspect,
): Markup {
  const { speech } = visit
  const choice = (to: 'placeholder' | 'face', main: boolean) =>
    html`<button
      class="button ${main && 'main'}"
      name="mark"
      value="${to}"
      ${mark === to && 'disabled'}
    >
      ${speech.say(to === 'face' ? 'isFace' : 'isPlaceholder')}
    </button>`
  return html`<li class="suspect">
    ${
      sha256 === null
        ? html`<span class="tile bare is-placeholder">${outline}</span>`
        : html`<span class="tile shows is-alive"
            >${drawPicture(sha256, 132, speech.say('suspectPicture', { n: subjects }))}</span
          >`
    }
    <div>
      <h3>${speech.say('suspectOf', { n: subjects })}</h3>
      <p class="standing">
        ${mark === 'suspected' ? html`<span>${speech.say('suspected')}</span>` : drawBadge(mark === 'face' ? 'alive' : 'placeholder', speech)}
        ${speech.time(markedAt)}
      </p>
      <p class="hash"><code title="${rawSha256}">${rawSha256.slice(0, 16)}…</code></p>
      <form method="post" action="/placeholders/${rawSha256}">
        ${drawToken(visit)}${choice('placeholder', mark === 'suspected')}${choice('face', false)}
      </form>
    </div>
  </li>`
}
