// The time line of an avatar: looks with what every edge said, and events, newest first.
import type { Seen, StoryEntry, StoredEvent } from '../../store/store.ts'
import { drawBadge } from './frame.ts'
import { findingOf, oneLookMs } from './faces.ts'
import { type Markup, foreign, html, shortened } from './markup.ts'
import { markOf } from './overview.ts'
import type { Speech } from './speech.ts'

type Step =
  | { readonly kind: 'look'; readonly key: string; readonly at: number; readonly seen: Seen[] }
  | { readonly kind: 'event'; readonly key: string; readonly event: StoredEvent }

/** The steps of a story, each as an item of a list. */
export function drawStory(entries: readonly StoryEntry[], speech: Speech): Markup {
  if (entries.length === 0) return html`<p class="blank">${speech.say('storyEmpty')}</p>`
  return html`<ol class="story">
    ${stepsOf(entries).map((step) =>
      step.kind === 'look' ? drawLook(step.seen, speech) : drawEvent(step.event, speech),
    )}
  </ol>`
}

/** Observations that follow one another closely are one look. */
function stepsOf(entries: readonly StoryEntry[]): readonly Step[] {
  const steps: Step[] = []
  for (const entry of entries) {
    const last = steps.at(-1)
    if (entry.kind === 'event') steps.push({ kind: 'event', key: entry.key, event: entry })
    else if (last?.kind === 'look' && last.at - entry.at <= oneLookMs) last.seen.push(entry)
    else steps.push({ kind: 'look', key: entry.key, at: entry.at, seen: [entry] })
  }
  return steps
}

function drawLook(seen: readonly Seen[], speech: Speech): Markup {
  const finding = findingOf(seen)
  const first = seen.find(({ url, verdict }) => url === null && verdict === finding) ?? seen[0]
  if (first === undefined) return html``
  return html`<li class="look is-${finding}">
    <div class="line">
      <h3>${speech.say('looked')}</h3>
      ${drawBadge(finding, speech)}${speech.date(first.at)}
    </div>
    <p class="why">${foreign(first.detail)}</p>
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
            <th scope="col">${speech.say('verdict')}</th>
            <th scope="col">${speech.say('answer')}</th>
            <th scope="col">${speech.say('took')}</th>
            <th scope="col">${speech.say('rule')}</th>
          </tr>
        </thead>
        <tbody>
          ${seen.map(
            (one) =>
              html`<tr>
                <th scope="row">
                  ${foreign(one.edge)}${one.url !== null && html`<br /><small class="quiet">${foreign(shortened(one.url, 60))}</small>`}
                </th>
                <td>${drawBadge(one.verdict, speech)}</td>
                <td>
                  ${one.method}
                  ${one.status ?? '–'}${one.bytes !== null && html` · ${speech.bytes(one.bytes)}`}
                </td>
                <td>${speech.number(one.ms)} ms</td>
                <td><code>${foreign(one.rule)}</code></td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </li>`
}

function drawEvent({ type, at, data }: StoredEvent, speech: Speech): Markup {
  const facts = Object.entries(data).filter(
    ([, value]) => value !== null && typeof value !== 'object',
  )
  return html`<li class="event">
    <div class="line">
      ${markOf(type)}
      <h3>${speech.event(type)}</h3>
      ${speech.date(at)}
    </div>
    ${
      facts.length > 0 &&
      html`<dl class="facts">
        ${facts.map(
          ([name, value]) =>
            html`<div>
              <dt>${foreign(name)}</dt>
              <dd>${foreign(shortened(String(value), 200))}</dd>
            </div>`,
        )}
      </dl>`
    }
  </li>`
}
