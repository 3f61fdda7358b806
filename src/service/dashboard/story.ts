// The time line of an avatar: looks with what every edge said, and events, newest first.
import { reasons } from '../../core/reasons.ts'
import type { FindingKind } from '../../core/verdict.ts'
import { findingWords } from '../../look/words.ts'
import type { Seen, StoryEntry, StoredEvent } from '../../store/store.ts'
import { drawBadge } from './frame.ts'
import { findingOf, isSameLook } from './faces.ts'
import { type Markup, foreign, html, shortened } from './markup.ts'
import { markOf } from './overview.ts'
import type { Speech } from './speech.ts'
import type { WordKey } from './words-en.ts'

type Step =
  | { readonly kind: 'look'; readonly seen: Seen[] }
  | { readonly kind: 'event'; readonly event: StoredEvent }

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
    if (entry.kind === 'event') steps.push({ kind: 'event', event: entry })
    else if (last?.kind === 'look' && isSameLook(last.seen, entry)) last.seen.push(entry)
    else steps.push({ kind: 'look', seen: [entry] })
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
    ${drawWhy(finding, first.detail, speech)}
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

/** What was found: of all edges, and in Chinese always, the finding in words; the rule's own sentence is English. */
function drawWhy(finding: FindingKind, detail: string, speech: Speech): Markup {
  const own = html`<span lang="en">${foreign(detail)}</span>`
  if (speech.language === 'en' && finding !== 'dying') return html`<p class="why">${own}</p>`
  return html`<p class="why">
    ${findingWords[speech.language][finding].meaning}${finding !== 'dying' && html`<br /><small class="quiet">${own}</small>`}
  </p>`
}

function drawEvent({ type, at, data }: StoredEvent, speech: Speech): Markup {
  const facts = factsOf(data, speech)
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
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>`
    }
  </li>`
}

/** What an event tells, in words where there are some. Programs write it, but newer ones than this may have. */
function factsOf(data: StoredEvent['data'], speech: Speech): (readonly [Markup, Markup])[] {
  return Object.entries(data).flatMap(([name, value]) => {
    const text = textOf(value)
    if (text === '') return []
    const key = Object.hasOwn(factWords, name) ? factWords[name] : undefined
    const told = key === undefined ? foreign(name) : html`${speech.say(key)}`
    return [[told, drawFact(name, text, speech)] as const]
  })
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(', ')
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

const factWords: Readonly<Record<string, WordKey>> = {
  rule: 'rule',
  detail: 'detail',
  provider: 'provider',
  scene: 'scene',
  scenes: 'scene',
  reason: 'reason',
  changed: 'changed',
  sha256: 'fingerprint',
  rawSha256: 'fingerprint',
  subjects: 'people',
}

function drawFact(name: string, text: string, speech: Speech): Markup {
  if (name === 'provider') return foreign(speech.provider(text))
  if (name === 'rule') return html`<code>${foreign(text)}</code>`
  if (name === 'detail') return html`<span lang="en">${foreign(shortened(text, 200))}</span>`
  if (name === 'reason' && Object.hasOwn(reasons, text)) {
    return html`${reasons[text as keyof typeof reasons][speech.language]}`
  }
  if (/^[0-9a-f]{64}$/.test(text)) return html`<code title="${text}">${text.slice(0, 16)}…</code>`
  return foreign(shortened(text, 200))
}
