// The service itself: what waits, what is stored, webhooks that failed, keys, versions, settings in force.
import type { ApiKey, Delivery, Stats } from '../../store/store.ts'
import { drawMark, drawToken } from './frame.ts'
import { type Markup, foreign, html, shortened } from './markup.ts'
import { drawSubject } from './overview.ts'
import { type ToldSetting, withoutSecrets } from './settings-told.ts'
import type { Speech } from './speech.ts'
import type { Visit } from './visit.ts'

/** What the page is drawn from. */
export interface SystemFigures {
  readonly stats: Stats
  readonly failed: readonly Delivery[]
  readonly keys: readonly ApiKey[]
  readonly pending: readonly string[]
  readonly settings: readonly ToldSetting[]
  /** Webhooks that are set. */
  readonly hooks: number
  /** Names of the store, and versions by name. */
  readonly store: string
  readonly versions: readonly (readonly [name: string, version: string])[]
}

/** Failed deliveries that are shown; the newest. */
export const mostFailed = 50

/** The page. */
export function drawSystem(visit: Visit, figures: SystemFigures): Markup {
  const { speech } = visit
  return html`<div class="head"><h1>${speech.say('system')}</h1></div>
    <div id="live-system">${drawQueue(figures, speech)}</div>
    <section aria-labelledby="webhooks">
      <h2 id="webhooks">${speech.say('webhooks')}</h2>
      ${drawWebhooks(visit, figures)}
    </section>
    <section aria-labelledby="keys">
      <h2 id="keys">${speech.say('keys')}</h2>
      <p class="quiet">${speech.tell('keysNote', { command: html`<code>everface key</code>` })}</p>
      ${drawKeys(figures, speech)}
    </section>
    <section aria-labelledby="versions">
      <h2 id="versions">${speech.say('versions')}</h2>
      ${drawVersions(figures, speech)}
    </section>
    <section aria-labelledby="settings">
      <h2 id="settings">${speech.say('settings')}</h2>
      <p class="quiet">${speech.say('settingsNote')}</p>
      ${drawSettings(figures, speech)}
    </section>`
}

/** What changes by itself. */
export function systemRegions(
  figures: Pick<SystemFigures, 'stats'>,
  speech: Speech,
): ReadonlyMap<string, Markup> {
  return new Map([['live-system', drawQueue(figures, speech)]])
}

function drawQueue({ stats }: Pick<SystemFigures, 'stats'>, speech: Speech): Markup {
  const { overdue, oldestOverdueAt, deliveries, pictures, pictureBytes, copies } = stats
  return html`<dl class="meters">
    <div>
      <dt>${speech.say('queue')}</dt>
      <dd>
        <b>${speech.number(overdue)}</b>
        ${oldestOverdueAt === null ? speech.say('queueNone') : speech.tell('queueSince', { ago: speech.time(oldestOverdueAt) })}
      </dd>
    </div>
    <div>
      <dt>${speech.say('toldPending')}</dt>
      <dd><b>${speech.number(deliveries.pending)}</b> ${speech.say('toldPendingNote')}</dd>
    </div>
    <div>
      <dt>${speech.say('toldFailed')}</dt>
      <dd><b>${speech.number(deliveries.failed)}</b> ${speech.say('toldFailedNote')}</dd>
    </div>
    <div>
      <dt>${speech.say('pictures')}</dt>
      <dd>
        <b>${speech.number(pictures)}</b>
        ${speech.say('picturesNote', { size: speech.bytes(pictureBytes), n: copies })}
      </dd>
    </div>
  </dl>`
}

function drawWebhooks(visit: Visit, { failed, stats, hooks }: SystemFigures): Markup {
  const { speech } = visit
  if (failed.length === 0 && hooks === 0) {
    const variable = html`<code>EVERFACE_WEBHOOKS</code>`
    return html`<p class="blank">${speech.tell('webhooksUnset', { variable })}</p>`
  }
  if (failed.length === 0)
    return html`<p class="well-note">${drawMark('alive')} ${speech.say('webhooksNone')}</p>`
  const rest = stats.deliveries.failed - failed.length
  return html`<form class="bulk" method="post" action="/system/deliveries">
      ${drawToken(visit)}
      ${failed.map(({ id }) => html`<input type="hidden" name="id" value="${id}" />`)}
      <button class="button">${speech.say('resendAll', { n: failed.length })}</button
      >${rest > 0 && html` <span class="quiet">${speech.say('resendRest', { n: rest })}</span>`}
    </form>
    <ul class="deliveries">
      ${failed.map((one) => drawDelivery(visit, one))}
    </ul>`
}

function drawDelivery(
  visit: Visit,
  { id, event, hook, attempts, nextAt, lastStatus, lastError }: Delivery,
): Markup {
  const { speech } = visit
  return html`<li id="delivery-${id}">
    <div>
      <h3>
        ${speech.event(event.type)}${event.subject !== '' && html` · ${drawSubject(event.subject, event.type, 40)}`}
      </h3>
      <p class="quiet">${foreign(shortened(withoutSecrets(hook), 120))}</p>
      <p>
        ${lastStatus === null ? lastError !== null && html`<span lang="en">${foreign(shortened(lastError, 200))}</span>` : speech.say('answeredStatus', { status: String(lastStatus) })}
      </p>
      <p class="quiet">${speech.tell('tried', { n: attempts, when: speech.time(nextAt) })}</p>
    </div>
    <form method="post" action="/system/deliveries">
      ${drawToken(visit)}<input type="hidden" name="id" value="${id}" /><button
        class="button"
        aria-label="${speech.say('resendOf', { subject: event.subject })}"
      >
        ${speech.say('resend')}
      </button>
    </form>
  </li>`
}

function drawKeys({ keys }: SystemFigures, speech: Speech): Markup {
  return html`<div
    class="scroll"
    tabindex="0"
    role="region"
    aria-label="${speech.say('tableOf', { name: speech.say('keys') })}"
  >
    <table class="texts">
      <thead>
        <tr>
          <th scope="col">${speech.say('keyName')}</th>
          <th scope="col">${speech.say('scope')}</th>
          <th scope="col">${speech.say('made')}</th>
          <th scope="col">${speech.say('lastUsed')}</th>
          <th scope="col">${speech.say('state')}</th>
        </tr>
      </thead>
      <tbody>
        ${keys.map(
          ({ name, scope, createdAt, lastUsedAt, revokedAt }) =>
            html`<tr>
              <th scope="row">${foreign(shortened(name, 60))}</th>
              <td>${scope}</td>
              <td>${speech.date(createdAt)}</td>
              <td>${lastUsedAt === null ? speech.say('never') : speech.time(lastUsedAt)}</td>
              <td>${revokedAt === null ? speech.say('inForce') : speech.say('revoked')}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

function drawVersions({ store, versions, pending }: SystemFigures, speech: Speech): Markup {
  return html`<dl class="facts">
    ${versions.map(
      ([name, version]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${version}</dd>
        </div>`,
    )}
    <div>
      <dt>${speech.say('store')}</dt>
      <dd>${foreign(store)}</dd>
    </div>
    <div>
      <dt>${speech.say('migrations')}</dt>
      <dd>
        ${pending.length === 0 ? speech.say('migrationsNone') : html`${speech.say('migrationsPending', { n: pending.length })} <code>${pending.join(', ')}</code>`}
      </dd>
    </div>
  </dl>`
}

function drawSettings({ settings }: SystemFigures, speech: Speech): Markup {
  return html`<dl class="facts settings">
    ${settings.map(
      ({ variable, value, secret }) =>
        html`<div>
          <dt><code>${variable}</code></dt>
          <dd>
            ${
              value === null
                ? html`<span class="quiet">${speech.say('notSet')}</span>`
                : secret
                  ? html`<span class="tag">${speech.say('secretSet')}</span>`
                  : html`<code>${foreign(shortened(value, 300))}</code>`
            }
          </dd>
        </div>`,
    )}
  </dl>`
}
