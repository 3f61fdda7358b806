// The policy in force, in sentences, and what its budget buys on the people there are.
import { setImmediate as letOthers } from 'node:timers/promises'
import type { Avatar } from '../../core/avatar.ts'
import type { Clock, Limits } from '../../core/clock.ts'
import { type Policy, defaultPolicy } from '../../core/policy.ts'
import { type PolicySentence, policyWords } from '../../core/policy-words.ts'
import type { Mode } from '../../core/schedule.ts'
import type { Store } from '../../store/store.ts'
import type { Settings } from '../settings.ts'
import { type Outlook, forecast } from './forecast.ts'
import { type Markup, foreign, html } from './markup.ts'
import type { Speech } from './speech.ts'
import type { WordKey } from './words-en.ts'

/** What budgets buy at one provider. */
export interface ProviderOutlook {
  readonly provider: string
  readonly live: number
  readonly sample: number
  readonly outlooks: readonly Outlook[]
}

const dayMs = 86_400_000
/** Subjects are numbers, words, hashes, or all of these behind a prefix: a sample is taken behind each of these … */
const sampleBehind = ['', '2', '4', '6', '8', 'C', 'L', 'U', 'c', 'l', 'u']
/** … after the beginning, of so many letters at the most, that the first subjects share, and after ever less of it. */
const mostShared = 16
const sampleEach = 50
const mostSampled = 300
/** No subject comes after it. */
const behindAll = '\uffff'

/** The policy by which the service works: what the settings say stands above the standard policy. */
export function policyInForce(settings: Settings): Policy {
  return {
    ...defaultPolicy,
    show: { mode: settings.mode, fallback: settings.fallback },
    keep: { historyMs: settings.historyMs, unseenCopiesMs: settings.copiesMs },
  }
}

/** Outlooks on a sample of each provider's people. */
export async function readOutlooks(
  store: Pick<Store, 'avatars'>,
  clocks: readonly Clock[],
  { limits, mode, now }: { limits: Limits; mode: Mode; now: number },
): Promise<readonly ProviderOutlook[]> {
  const told: ProviderOutlook[] = []
  for (const clock of clocks) {
    const { provider, live } = clock
    const sample = live === 0 ? [] : await readSample(store, provider)
    // Each takes some hundredths of a second of which nothing else would be done.
    await letOthers()
    const outlooks = forecast(sample, clock, { limits, mode, live, now })
    if (outlooks.length > 0) told.push({ provider, live, sample: sample.length, outlooks })
  }
  return told.sort((a, b) => b.live - a.live)
}

async function readSample(
  store: Pick<Store, 'avatars'>,
  provider: string,
): Promise<readonly Avatar[]> {
  const found = new Map<string, Avatar>()
  /** Where nobody is: behind the first text and before the second. */
  const gaps: (readonly [cursor: string, first: string])[] = []
  const page = async (cursor: string): Promise<readonly string[]> => {
    const from = cursor === '' ? {} : { cursor }
    const { items } = await store.avatars({ provider, limit: sampleEach, ...from })
    for (const avatar of items) if (avatar.swept) found.set(avatar.subject, avatar)
    gaps.push([cursor, items[0]?.subject ?? behindAll])
    return items.map(({ subject }) => subject)
  }
  const shared = sharedBeginning(await page('')).slice(0, mostShared)
  for (let { length } = shared; length >= 0; length--) {
    for (const one of sampleBehind) {
      const cursor = shared.slice(0, length) + one
      // What would be read there has been read.
      if (gaps.some(([behind, before]) => behind <= cursor && cursor < before)) continue
      if (found.size < mostSampled) await page(cursor)
    }
  }
  return [...found.values()]
}

function sharedBeginning(subjects: readonly string[]): string {
  const [first = '', ...rest] = subjects
  let length = first.length
  for (const one of rest) while (!one.startsWith(first.slice(0, length))) length--
  return first.slice(0, length)
}

/** The page. */
export function drawPolicy(
  policy: Policy,
  outlooks: readonly ProviderOutlook[],
  { limits, policyFile: file }: Pick<Settings, 'limits' | 'policyFile'>,
  speech: Speech,
): Markup {
  const sentences = policyWords(policy)
  return html`<div class="head">
      <h1>${speech.say('policy')}</h1>
      <p class="quiet">
        ${speech.say('policyNote')}
        ${file === null ? speech.tell('policyStandard', { variable: html`<code>EVERFACE_POLICY</code>` }) : speech.tell('policyFrom', { file: html`<code>${foreign(file)}</code>` })}
      </p>
    </div>
    <div class="topics">
      ${(['show', 'refresh', 'ask', 'keep'] as const).map((topic) => drawTopic(topic, sentences, speech))}
    </div>
    <section aria-labelledby="forecast">
      <h2 id="forecast">${speech.say('forecast')}</h2>
      <p class="quiet">${speech.say('forecastNote', { budget: speech.decimal(limits.budget) })}</p>
      ${outlooks.length === 0 ? html`<p class="blank">${speech.say('forecastEmpty')}</p>` : outlooks.map((one) => drawOutlook(one, limits, speech))}
    </section>`
}

function drawTopic(
  topic: PolicySentence['topic'],
  sentences: readonly PolicySentence[],
  speech: Speech,
): Markup {
  const key: WordKey = `topic-${topic}`
  return html`<section aria-labelledby="topic-${topic}">
    <h2 id="topic-${topic}">${speech.say(key)}</h2>
    <ul class="sentences">
      ${sentences.filter((one) => one.topic === topic).map((one) => html`<li>${one[speech.language]}</li>`)}
    </ul>
  </section>`
}

function drawOutlook(
  { provider, live, sample, outlooks }: ProviderOutlook,
  limits: Limits,
  speech: Speech,
): Markup {
  const label = speech.say('forecastOf', { provider: speech.provider(provider), n: live })
  return html`<h3>${label}</h3>
    <p class="quiet">${speech.say('sampleNote', { n: sample })}</p>
    <div
      class="scroll"
      tabindex="0"
      role="region"
      aria-label="${speech.say('tableOf', { name: label })}"
    >
      <table>
        <thead>
          <tr>
            <th scope="col">${speech.say('budgetEach')}</th>
            <th scope="col">${speech.say('looksADay')}</th>
            <th scope="col">${speech.say('medianInterval')}</th>
            <th scope="col">${speech.say('longInterval')}</th>
            <th scope="col">${speech.say('staleViews')}</th>
          </tr>
        </thead>
        <tbody>
          ${outlooks.map(
            (one) =>
              html`<tr ${one.budget === limits.budget && 'class=now'}>
                <th scope="row">
                  ${speech.decimal(one.budget)}${one.budget === limits.budget && html` <span class="tag">${speech.say('inForce')}</span>`}
                </th>
                <td>${speech.decimal(one.looksADay)}</td>
                <td>${speech.span(one.medianDays * dayMs)}</td>
                <td>${speech.span(one.longDays * dayMs)}</td>
                <td>${speech.percent(one.staleViews, 1)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`
}
