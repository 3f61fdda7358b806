// One avatar: its picture, what we believe of it, where it comes from, what happened to it, and what can be done.
import type { Avatar } from '../../core/avatar.ts'
import { changeProbability, changeRate } from '../../core/belief.ts'
import { type Clock, dueAt } from '../../core/clock.ts'
import { viewsADay } from '../../core/importance.ts'
import type { NewCopy, Page, Store, StoryEntry } from '../../store/store.ts'
import { findingWords } from '../../look/words.ts'
import { urgencyWords } from './event-words.ts'
import { drawFaceTile, drawPicture } from './face-tile.ts'
import { drawBadge, drawToken } from './frame.ts'
import { type Markup, foreign, html, shortened } from './markup.ts'
import type { Speech } from './speech.ts'
import { drawStory } from './story.ts'
import type { Visit } from './visit.ts'

/** Everything that the page tells. */
export interface FaceStory {
  readonly avatar: Avatar
  readonly clock: Clock
  readonly sources: Awaited<ReturnType<Store['sources']>>
  readonly copies: readonly NewCopy[]
  readonly story: Page<StoryEntry>
}

const dayMs = 86_400_000
const perPage = 60

/** Reads all of it; null when nobody knows the subject. */
export async function readFace(
  store: Pick<Store, 'avatar' | 'sources' | 'copies' | 'story'>,
  subject: string,
  cursor: string | null,
  clockOf: (provider: string) => Promise<Clock>,
): Promise<FaceStory | null> {
  const avatar = await store.avatar(subject)
  if (avatar === null) return null
  const [clock, sources, copies, story] = await Promise.all([
    clockOf(avatar.provider),
    store.sources(subject),
    store.copies(subject),
    store.story(subject, { limit: perPage, ...(cursor === null ? {} : { cursor }) }),
  ])
  return { avatar, clock, sources, copies, story: story ?? { items: [], next: null } }
}

/** The page. */
export function drawFace(visit: Visit, told: FaceStory): Markup {
  const { speech } = visit
  const { avatar, story } = told
  const { subject, name } = avatar
  const path = `/faces/${encodeURIComponent(subject)}`
  return html`<nav class="crumbs" aria-label="${speech.say('crumbs')}">
      <a href="/faces">${speech.say('faces')}</a> / ${foreign(subject)}
    </nav>
    <div class="portrait">
      <div class="large">${drawFaceTile(avatar, 264, speech.say('storedOf', { subject }))}</div>
      <div>
        <h1>${foreign(name ?? subject)}</h1>
        <div id="live-face">${drawState(told, speech)}</div>
        ${drawActions(visit, avatar, path)}
      </div>
    </div>
    <div class="pair">
      <section aria-labelledby="belief">
        <h2 id="belief">${speech.say('belief')}</h2>
        <div id="live-belief">${drawBelief(told, speech)}</div>
      </section>
      <section aria-labelledby="sources">
        <h2 id="sources">${speech.say('sources')}</h2>
        ${drawSources(told, speech)}
      </section>
    </div>
    ${
      told.copies.length > 0 &&
      html`<section aria-labelledby="copies">
        <h2 id="copies">${speech.say('copiesShown')}</h2>
        ${drawCopies(told, speech)}
      </section>`
    }
    <section aria-labelledby="story">
      <h2 id="story">${speech.say('story')}</h2>
      <div id="live-story">${drawStory(story.items, speech)}</div>
      ${story.next !== null && html`<p class="paging"><a class="button" href="${path}?before=${encodeURIComponent(story.next)}">${speech.say('older')}</a></p>`}
    </section>
    ${drawForget(visit, path)}`
}

/** What changes by itself. */
export function faceRegions(told: FaceStory, speech: Speech): ReadonlyMap<string, Markup> {
  return new Map([
    ['live-face', drawState(told, speech)],
    ['live-belief', drawBelief(told, speech)],
    ['live-story', drawStory(told.story.items, speech)],
  ])
}

function drawState({ avatar, clock }: FaceStory, speech: Speech): Markup {
  const next = nextLook(avatar, clock, speech.now)
  const views = speech.decimal(viewsADay(avatar.importance, speech.now))
  return html`<p class="standing">
      ${drawBadge(avatar.standing, speech)}
      <span>${speech.tell('since', { when: speech.date(avatar.standingAt) })}</span>
    </p>
    <dl class="facts">
      <div>
        <dt>${speech.say('subject')}</dt>
        <dd>${foreign(avatar.subject)}</dd>
      </div>
      <div>
        <dt>${speech.say('provider')}</dt>
        <dd>
          ${avatar.provider === 'upload' ? speech.say('noSource') : speech.provider(avatar.provider)}
        </dd>
      </div>
      <div>
        <dt>${speech.say('registered')}</dt>
        <dd>${speech.date(avatar.createdAt)}</dd>
      </div>
      <div>
        <dt>${speech.say('nextLook')}</dt>
        <dd>${next === null ? speech.say('noLook') : drawNext(next, avatar, speech)}</dd>
      </div>
      ${
        avatar.expiresAt !== null &&
        html`<div>
          <dt>${speech.say('expires')}</dt>
          <dd>${speech.date(avatar.expiresAt)}</dd>
        </div>`
      }
      <div>
        <dt>${speech.say('views')}</dt>
        <dd>${speech.say('viewsADay', { n: views === '1' ? 1 : views })}</dd>
      </div>
    </dl>`
}

function drawNext(next: number, { urgency }: Avatar, speech: Speech): Markup {
  const when = next <= speech.now ? html`${speech.say('now')}` : speech.time(next)
  if (urgency === null) return when
  return speech.tell('nextLookWhy', { when, why: urgencyWords[speech.language][urgency] })
}

function nextLook(avatar: Avatar, clock: Clock, now: number): number | null {
  if (avatar.url === null) return null
  const due = [
    ...(avatar.urgentAt === null ? [] : [avatar.urgentAt]),
    ...(avatar.swept ? [dueAt(clock, avatar.nextCheckAt, now)] : []),
  ]
  return due.length === 0 ? null : Math.min(...due)
}

function drawBelief({ avatar }: FaceStory, speech: Speech): Markup {
  const { belief, url, standing } = avatar
  if (url === null) return html`<p>${speech.say('beliefUpload')}</p>`
  const odds = 1 / (1 + Math.exp(-belief.suspect))
  return html`<ul class="sentences">
    <li>
      ${
        standing === 'gone' || standing === 'placeholder' || standing === 'dying'
          ? findingWords[speech.language][standing].meaning
          : speech.tell('beliefChanged', {
              p: html`<b>${speech.percent(changeProbability(belief, speech.now), 1)}</b>`,
              when: speech.date(belief.confirmedAt),
            })
      }
    </li>
    <li>${speech.say('beliefRate', { span: speech.span(dayMs / changeRate(belief)) })}</li>
    ${belief.suspect > 0 && html`<li>${speech.say('beliefSuspect', { p: speech.percent(odds, 1) })}</li>`}
    ${belief.unknownStreak > 0 && html`<li>${speech.say('beliefStreak', { n: belief.unknownStreak })}</li>`}
  </ul>`
}

function drawSources({ sources }: FaceStory, speech: Speech): Markup {
  if (sources.length === 0) return html`<p>${speech.say('noSources')}</p>`
  return html`<ol class="sources">
    ${sources.map(
      ({ url, from, until }) =>
        html`<li>
          <code dir="ltr">${foreign(shortened(url, 160))}</code>
          <span class="quiet"
            >${until === null ? speech.tell('sourceNow', { from: speech.date(from) }) : speech.tell('sourcePast', { from: speech.date(from), until: speech.date(until) })}</span
          >
        </li>`,
    )}
  </ol>`
}

function drawCopies({ copies, avatar }: FaceStory, speech: Speech): Markup {
  return html`<ul class="copies">
    ${copies.map((copy) => {
      const shown = copy.sha256 === avatar.copy?.sha256
      return html`<li>
        <span class="tile shows is-alive">${drawPicture(copy.sha256, 132, '')}</span
        ><span
          >${shown ? html`<b>${speech.say('shownNow')}</b>` : speech.say('shownBefore')}<br /><span
            class="quiet"
            >${copy.width} × ${copy.height} · ${speech.bytes(copy.bytes)}</span
          ></span
        >
      </li>`
    })}
  </ul>`
}

function drawActions(visit: Visit, { url }: Avatar, path: string): Markup {
  const { speech } = visit
  return html`<div class="actions">
    ${
      url !== null &&
      html`<form
        method="post"
        action="${path}/probe"
        hx-post="${path}/probe"
        hx-target="#main"
        hx-select="#main"
        hx-swap="outerMorph"
        hx-disable="find button"
      >
        ${drawToken(visit)}<input type="hidden" name="to" value="${path}" />
        <button class="button main">${speech.say('lookNow')}</button
        ><span class="busy quiet">${speech.say('looking')}</span>
      </form>`
    }
    <form class="upload" method="post" action="${path}/picture" enctype="multipart/form-data">
      ${drawToken(visit)}
      <label for="picture">${speech.say('uploadLabel')}</label>
      <input id="picture" type="file" name="picture" accept="image/*" required />
      <button class="button">${speech.say('upload')}</button>
    </form>
  </div>`
}

function drawForget(visit: Visit, path: string): Markup {
  const { speech } = visit
  return html`<section class="danger" aria-labelledby="forget">
    <h2 id="forget">${speech.say('forget')}</h2>
    <details>
      <summary>${speech.say('forgetOpen')}</summary>
      <p>${speech.say('forgetNote')}</p>
      <form method="post" action="${path}/forget">
        ${drawToken(visit)}<button class="button bad">${speech.say('forgetNow')}</button>
      </form>
    </details>
  </section>`
}
