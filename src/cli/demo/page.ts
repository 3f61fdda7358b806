// The comparison page: the comment list of a made app under an article, the same people on both sides.
import { icon, logo, symbolSheet } from '../../look/marks.ts'
import type { Language } from '../../look/words.ts'
import { type Markup, foreign, html, trusted } from '../../service/dashboard/markup.ts'
import type { Comment, Reader } from './cast.ts'
import { viewer } from './cast.ts'
import { type Say, type WordKey, sayIn } from './page-words.ts'

/** What is on the page. */
export interface PageContent {
  readonly language: Language
  readonly readers: readonly Reader[]
  readonly comments: readonly Comment[]
  /** How the browser reaches Everface and the platform. */
  readonly base: string
  readonly doorUrl: string
  rawOf(reader: Reader): string
  oursOf(reader: Reader): string
  /** A page token of the viewer. */
  readonly token: string
  readonly sweepSeconds: number
  readonly everyMs: number
}

/** Words that the script puts in: attributes of the body. */
const scripted: readonly WordKey[] = [
  'old',
  'kept',
  'renewed',
  'drawn',
  'calm',
  'rot',
  'throttle',
  'outage',
  'on',
  'youCalm',
  'youDead',
  'youDone',
  'youRefused',
  'youFailed',
]

export function drawPage(content: PageContent): Markup {
  const { language, readers, comments, base, doorUrl, sweepSeconds, everyMs } = content
  const say = sayIn(language)
  const written = new Set(comments.map(({ reader }) => reader.subject))
  const others = readers.filter(({ subject }) => !written.has(subject))
  const data = scripted.map((key) => html` data-${trusted(dashed(key))}="${say(key)}"`)
  return html`<!doctype html>
    <html lang="${say('tag')}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${say('title')} · Everface</title>
        <link rel="icon" href="${icon}" />
        <link rel="stylesheet" href="/page.css" />
        <script type="module" src="${base}/everface.js"></script>
        <script src="/page.js" defer></script>
      </head>
      <body data-every="${everyMs}" ${data}>
        ${trusted(symbolSheet)}
        <header class="page">
          ${trusted(logo)}<span>Everface</span>
          <nav class="switches">
            <a
              class="button"
              href="/?lang=${language === 'en' ? 'zh' : 'en'}"
              lang="${say('otherTag')}"
              >${say('other')}</a
            >
            <a class="button" href="${base}/">${say('dashboard')}</a>
          </nav>
        </header>
        <main>
          <div class="page intro">
            <p class="eyebrow crumb">${say('eyebrow')}</p>
            <h1>${say('title')}</h1>
            <p class="lead">${say('lead')}</p>
            <p class="chapter"><time>00:00</time><span>${say('calm')}</span></p>
            <noscript><p>${say('noscript')}</p></noscript>
          </div>
          <div class="scores">
            <div class="page both">
              <section class="score raw">
                <h2>${say('raw')}</h2>
                <p class="big"><b>0</b> <span>${say('broken', { n: readers.length })}</span></p>
                <ul>
                  <li class="old">${say('old', { n: 0 })}</li>
                </ul>
              </section>
              <section class="score ours">
                <h2>${trusted(logo)}${say('ours')}</h2>
                <p class="big"><b>0</b> <span>${say('broken', { n: readers.length })}</span></p>
                <ul>
                  <li class="kept">${say('kept', { n: 0 })}</li>
                  <li class="renewed">${say('renewed', { n: 0, asked: 0 })}</li>
                  <li class="drawn">${say('drawn', { n: 0 })}</li>
                </ul>
              </section>
            </div>
          </div>
          <div class="page">
            <article class="paper">
              <div class="story">
                <h2>${say('article')}</h2>
                <p class="quiet">${say('by')}</p>
                <p>${say('text')}</p>
              </div>
              <h3>${say('comments')}</h3>
              <ul class="pairs">
                ${comments.map((comment) => drawPair(content, comment, say))}
              </ul>
            </article>
            <section class="crowd">
              <h2>${say('everybody')}</h2>
              <div class="both">
                ${(['raw', 'ours'] as const).map(
                  (side) =>
                    html`<div class="faces">
                      ${others.map((reader) => drawFace(content, reader, side, say))}
                    </div>`,
                )}
              </div>
            </section>
          </div>
        </main>
        <footer class="page foot">
          <h2>${say('how')}</h2>
          <ul>
            <li>${say('how1')}</li>
            <li>${say('how2', { door: doorUrl })}</li>
            <li>${say('how3')}</li>
            <li>${say('how4', { s: sweepSeconds })}</li>
          </ul>
        </footer>
      </body>
    </html>`
}

function drawPair(content: PageContent, comment: Comment, say: Say): Markup {
  const isViewer = comment.reader.subject === viewer
  return html`<li${isViewer && trusted(' class="you"')}>
    ${(['raw', 'ours'] as const).map((side) => drawComment(content, comment, side, say))}
    ${isViewer && html`<p class="note" role="status">${say('youCalm')}</p>`}
  </li>`
}

function drawComment(
  content: PageContent,
  { reader, text, language, minutes, likes }: Comment,
  side: 'raw' | 'ours',
  say: Say,
): Markup {
  const since =
    minutes < 60 ? say('minutes', { n: minutes }) : say('hours', { n: Math.floor(minutes / 60) })
  return html`<div class="comment ${side}">
    ${drawFace(content, reader, side, say)}
    <p class="who">
      <b>${foreign(reader.name)}</b>
      ${reader.subject === viewer && html`<span class="you-tag">${say('you')}</span>`}
      <span>${since}</span> <span class="likes" aria-hidden="true">♡ ${likes}</span>
    </p>
    <p class="said" lang="${language}">${text}</p>
  </div>`
}

/** On the right the viewer's own face is the element: it alone may ask, and only after a tap. */
function drawFace(content: PageContent, reader: Reader, side: 'raw' | 'ours', say: Say): Markup {
  const url = side === 'raw' ? content.rawOf(reader) : content.oursOf(reader)
  const alt = say('faceOf', { name: reader.name })
  const element = side === 'ours' && reader.subject === viewer
  const picture = html`<img
    src="${url}"
    alt="${alt}"
    width="44"
    height="44"
    loading="lazy"
    referrerpolicy="no-referrer"
  />`
  return html`<span
    class="face"
    data-side="${side}"
    data-subject="${reader.subject}"
    data-url="${url}"
    >${
      element
        ? html`<ever-avatar
            subject="${viewer}"
            name="${reader.name}"
            size="44"
            base="${content.base}"
            token="${content.token}"
            scene="profile"
            >${picture}</ever-avatar
          >`
        : picture
    }</span
  >`
}

function dashed(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
