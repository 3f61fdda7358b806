// The page on which one signs in with an admin key, and nothing else: it tells nothing of what is inside.
import { logo } from '../../look/marks.ts'
import { drawToken } from './frame.ts'
import { type Markup, html, trusted } from './markup.ts'
import type { Visit } from './visit.ts'
import type { WordKey } from './words-en.ts'

/** @param to where to go afterwards @param wrong why it did not work the last time */
export function drawSignIn(visit: Visit, to: string, wrong: WordKey | null): Markup {
  const { speech } = visit
  return html`<section class="sign-in">
    ${trusted(logo)}
    <h1>${speech.say('signInTitle')}</h1>
    <p class="quiet">${speech.say('signInNote')}</p>
    <form method="post" action="/sign-in">
      ${drawToken(visit)}<input type="hidden" name="to" value="${to}" />
      <input name="username" value="everface" autocomplete="username" hidden />
      <label for="key">${speech.say('adminKey')}</label>
      <input
        id="key"
        name="key"
        type="password"
        required
        autocomplete="current-password"
        autocapitalize="off"
        spellcheck="false"
        maxlength="200"
        placeholder="ef_…"
        autofocus
        ${wrong !== null && trusted('aria-invalid="true" aria-describedby="wrong"')}
      />
      ${wrong !== null && html`<p class="wrong" id="wrong" role="alert">${speech.say(wrong)}</p>`}
      <button class="button main">${speech.say('signIn')}</button>
    </form>
    <p class="quiet how">
      ${speech.say('signInHow')}<br /><code>everface key create --name me --scope admin</code>
    </p>
  </section>`
}
