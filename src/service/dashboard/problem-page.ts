// The pages that say that something is not there or does not work.
import { type Markup, html } from './markup.ts'
import { outline } from './frame.ts'
import type { Visit } from './visit.ts'
import type { WordKey } from './words-en.ts'

/** @param requestId leads to the log; left out where there is nothing in it */
export function drawProblem(
  { speech }: Pick<Visit, 'speech'>,
  { title, note, requestId }: { title: WordKey; note: WordKey; requestId?: string },
): Markup {
  return html`<section class="problem">
    <span class="tile is-unknown"
      >${outline}<svg class="mark is-unknown" aria-hidden="true"><use href="#mark-unknown" /></svg
    ></span>
    <h1>${speech.say(title)}</h1>
    <p>${speech.say(note)}</p>
    ${requestId !== undefined && html`<p class="quiet">${speech.tell('requestId', { id: html`<code>${requestId}</code>` })}</p>`}
    <p><a class="button" href="/">${speech.say('toOverview')}</a></p>
  </section>`
}
