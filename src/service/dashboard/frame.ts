// What stands around every page: head, navigation, switches, notice, foot.
import { icon, logo, symbolSheet } from '../../look/marks.ts'
import type { Standing } from '../../core/avatar.ts'
import type { FindingKind } from '../../core/verdict.ts'
import { harmless } from '../../look/text.ts'
import { themes } from './language.ts'
import { type Markup, type Piece, html, trusted } from './markup.ts'
import type { Speech } from './speech.ts'
import type { Visit } from './visit.ts'
import type { WordKey } from './words-en.ts'

/** A stream of a page's changes. */
export type LivePath = `/live/${string}`

/** A page before its frame is around it. */
export interface PageParts {
  readonly title: string
  readonly body: Piece
  /** Where the navigation stands; null on pages that are none of its. */
  readonly at: (typeof places)[number]['path'] | null
  /** The path of the stream that keeps the page up to date. */
  readonly live?: LivePath
  /** Draws charts. */
  readonly charts?: boolean
}

const places = [
  { path: '/', key: 'overview', count: null },
  { path: '/faces', key: 'faces', count: null },
  { path: '/placeholders', key: 'placeholders', count: 'suspects' },
  { path: '/policy', key: 'policy', count: null },
  { path: '/providers', key: 'providers', count: null },
  { path: '/system', key: 'system', count: 'failed' },
] as const

/** Without `unsafe-eval`, and with no style of its own: the security policy allows neither. */
const htmxConfig = JSON.stringify({
  includeIndicatorCSS: false,
  defaultSwap: 'outerMorph',
  defaultTimeout: 60_000,
  history: 'reload',
  extensions: 'sse',
})

/** The whole page. */
export function drawPage(visit: Visit, page: PageParts): Markup {
  const { speech, theme, assets, waiting } = visit
  const style = (name: Parameters<typeof assets.pathOf>[0]) =>
    html`<link rel="stylesheet" href="${assets.pathOf(name)}" />`
  const script = (name: Parameters<typeof assets.pathOf>[0]) =>
    html`<script src="${assets.pathOf(name)}" defer></script>`
  return html`<!doctype html>
    <html lang="${speech.tag}" ${theme === 'system' ? null : html`data-theme="${theme}"`}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <meta name="htmx-config" content="${htmxConfig}" />
        <title>${harmless(page.title)} · Everface</title>
        <link rel="icon" href="${icon}" />
        ${page.charts === true && style('uplot.css')} ${style('everface.css')}
        ${waiting !== null && [script('everface.js'), script('htmx.js'), page.charts === true && script('uplot.js')]}
      </head>
      <body>
        ${trusted(symbolSheet)}
        <a class="skip" href="#main">${speech.say('skip')}</a>
        ${drawTop(visit, page)}
        <main class="page" id="main" tabindex="-1">
          <div
            id="trouble"
            role="alert"
            data-unanswered="${waiting !== null && speech.say('unanswered')}"
          ></div>
          ${drawNotice(visit)} ${page.body}
        </main>
        ${drawFoot(visit, page)}
      </body>
    </html>`
}

function drawTop(visit: Visit, { at, live }: PageParts): Markup {
  const { speech, waiting } = visit
  return html`<header class="top page">
    <a class="home" href="/">${trusted(logo)}<span>Everface</span></a>
    ${
      waiting !== null &&
      html`<nav aria-label="${speech.say('pages')}">
          <ul>
            ${places.map(
              ({ path, key, count }) =>
                html`<li>
                  <a href="${path}" ${at === path && trusted('aria-current="page"')}
                    >${speech.say(key)}${
                      count !== null &&
                      html`<span id="waiting-${count}"
                        >${drawWaiting(count, waiting[count], speech)}</span
                      >`
                    }</a
                  >
                </li>`,
            )}
          </ul>
        </nav>
        ${
          live !== undefined &&
          html`<p class="live" role="status">
              <span class="live-on">${speech.say('live')}</span
              ><span class="live-off">${speech.say('notLive')}</span>
            </p>
            <div hx-sse:connect="${live}" hx-swap="none" hidden></div>`
        }
        <form class="out" method="post" action="/sign-out">
          ${drawToken(visit)}<button class="button">${speech.say('signOut')}</button>
        </form>`
    }
  </header>`
}

/** How many things wait on a page, as it stands in the navigation. */
export function drawWaiting(count: 'suspects' | 'failed', number: number, speech: Speech): Markup {
  if (number === 0) return html``
  const label = speech.say(count === 'suspects' ? 'waitingSuspects' : 'waitingFailed', {
    n: number,
  })
  return html`<span class="count" title="${label}">${speech.number(number)}</span>`
}

/** The field that every form carries. */
export function drawToken({ token }: Pick<Visit, 'token'>): Markup {
  return html`<input type="hidden" name="token" value="${token}" />`
}

function drawNotice({ told, speech }: Visit): Markup {
  return html`<div id="notice" role="status">${told !== null && drawTold(told, speech)}</div>`
}

/** One sentence on what was just done. */
export function drawTold(told: WordKey, speech: Speech, bad = false): Markup {
  return html`<p class="notice ${bad && 'bad'}">${speech.say(told)}</p>`
}

/** A part of a page that finds its place by itself; htmx knows the end of it only in exactly this form. */
export function drawPart(place: string, swap: 'innerHTML' | 'innerMorph', text: string): Markup {
  return trusted(`<hx-partial hx-target="#${place}" hx-swap="${swap}">${text}</hx-partial>`)
}

function drawFoot(visit: Visit, { at }: PageParts): Markup {
  const { speech, theme, here } = visit
  const other = speech.language === 'en' ? 'zh' : 'en'
  return html`<footer class="page">
    <p class="quiet">
      Everface${at !== null && html` · <a href="/docs">${speech.say('reference')}</a> · ${speech.say('utc')}`}
    </p>
    <form class="preferences" method="post" action="/preferences">
      <input type="hidden" name="to" value="${here}" />
      <button
        class="button"
        name="language"
        value="${other}"
        lang="${other === 'zh' ? 'zh-CN' : 'en'}"
      >
        ${speech.say('otherLanguage')}
      </button>
      <fieldset>
        <legend>${speech.say('light')}</legend>
        ${themes.map(
          (one) =>
            html`<button
              class="button"
              name="theme"
              value="${one}"
              aria-pressed="${String(one === theme)}"
            >
              ${speech.say(`theme-${one}`)}
            </button>`,
        )}
      </fieldset>
    </form>
  </footer>`
}

/** The mark of a standing or a finding; a name stands beside it always, so it is hidden from readers of the screen. */
export function drawMark(kind: Standing | FindingKind): Markup {
  return html`<svg class="mark is-${kind}" aria-hidden="true"><use href="#mark-${kind}" /></svg>`
}

/** Mark and name of a standing or a finding. */
export function drawBadge(kind: Standing | FindingKind, speech: Speech): Markup {
  return html`<span class="badge is-${kind}">${drawMark(kind)}${speech.standing(kind)}</span>`
}

/** The outline of a face, where there is no picture. */
export const outline: Markup = trusted(
  '<svg class="outline" aria-hidden="true"><use href="#face" /></svg>',
)
