// The faces of a report: the wall, where each tile stands for a per cent of the list, and the cards of sampled rows.
// A row without a fetched picture gets a drawn tile. Everything in a row comes from strangers.
import { findingKinds, type FindingKind } from '../../core/verdict.ts'
import type { Counts } from '../tally.ts'
import { shortenEnd, shortenMiddle } from '../terminal-text.ts'
import { harmless } from '../../look/text.ts'
import { badge, both, foreign, html, mark, named, switched, word, type Markup } from './markup.ts'
import type { SampleRow } from './sample.ts'
import { words } from './words.ts'
import { findingWords, providerName, type Language } from '../../look/words.ts'

/** Pictures by the `key` of their row, as `data:` URIs. */
export type Pictures = ReadonlyMap<string, string>

const wallTiles = 100
const pictureForm =
  /^data:image\/(?:avif|bmp|gif|jpeg|png|webp|x-icon);base64,[A-Za-z0-9+/]+={0,2}$/
const maxPicture = 131_072
const maxLink = 2048
const maxShown = 110
const withFace = new Set<FindingKind>(['dying', 'refused', 'throttled', 'unknown', 'alive'])

/** The picture of a row when it is one that a page may carry: a raster image of modest size, nothing else. */
function pictureOf(pictures: Pictures, key: string): string | null {
  const picture = pictures.get(key)
  return picture !== undefined && picture.length <= maxPicture && pictureForm.test(picture)
    ? picture
    : null
}

/** An address that may stand behind a link: http or https, whole, without characters that hide what it is. */
function linkOf(url: string): string | null {
  if (url.length > maxLink || !/^https?:\/\//i.test(url) || harmless(url) !== url) return null
  return URL.canParse(url) ? url : null
}

/** How many of `tiles` tiles each finding gets: in proportion, but whatever occurs is seen. */
function tilesOf(counts: Counts, tiles: number): FindingKind[] {
  const whole = Math.max(1, counts.total)
  const seen = findingKinds.filter((kind) => counts.findings[kind] > 0)
  const sizes = new Map(
    seen.map((kind) => [kind, Math.max(1, Math.round((counts.findings[kind] / whole) * tiles))]),
  )
  const used = () => [...sizes.values()].reduce((sum, size) => sum + size, 0)
  const largest = seen.toSorted((a, b) => counts.findings[b] - counts.findings[a])[0]
  if (largest !== undefined) sizes.set(largest, (sizes.get(largest) ?? 0) + tiles - used())
  const inOrder = [...sizes].flatMap(([kind, size]) =>
    Array.from({ length: Math.max(0, size) }, () => kind),
  )
  // Scattered evenly, as broken faces are in a real list; 37 and any number of tiles up to 100 (but 37, 74) share no factor.
  const step = inOrder.length % 37 === 0 ? 41 : 37
  return inOrder.map((_, index) => inOrder[(index * step) % inOrder.length] ?? 'unknown')
}

/** The wall: a hundred tiles for the whole list. Faces are copied in from the cards by the script. */
export function drawWall(counts: Counts, rows: readonly SampleRow[], pictures: Pictures): Markup {
  const faces = new Map<FindingKind, string[]>()
  for (const { key, result } of rows) {
    if (pictureOf(pictures, key) === null || !withFace.has(result.verdict)) continue
    faces.set(result.verdict, [...(faces.get(result.verdict) ?? []), key])
  }
  if (counts.total === 0) return html``
  const used = new Map<FindingKind, number>()
  const tiles = tilesOf(counts, Math.min(wallTiles, counts.total)).map((kind) => {
    const keys = faces.get(kind) ?? []
    const turn = used.get(kind) ?? 0
    used.set(kind, turn + 1)
    const key = keys[turn % Math.max(1, keys.length)]
    const picture = key === undefined ? '' : html`<img alt="" data-from="${key}" hidden />`
    const sign = kind === 'alive' ? '' : mark(kind)
    return html`<i class="tile is-${kind}"
      ><svg class="outline"><use href="#face" /></svg>${picture}${sign}</i
    >`
  })
  return html`<div
    class="wall wall-${Math.ceil(Math.sqrt(tiles.length))}"
    role="img"
    aria-label="${words.en.wallLabel}"
    ${switched((language) => words[language].wallLabel)}
    data-into="aria-label"
  >
    ${tiles}
  </div>`
}

function drawFace(kind: FindingKind, picture: string | null): Markup {
  if (picture !== null) {
    return html`<div class="face is-${kind}"><img src="${picture}" alt="" decoding="async" /></div>`
  }
  return html`<div class="face none is-${kind}">
    <svg class="outline" aria-hidden="true"><use href="#face" /></svg>${mark(kind)}
    <span class="absent">${word('noPicture')}</span>
  </div>`
}

function drawLink(url: string): Markup {
  const shown = shortenMiddle(harmless(url), maxShown)
  const link = linkOf(url)
  if (link === null) {
    return html`<p class="url" dir="ltr">
      ${shown === '' ? '' : html`<bdi>${shown}</bdi> · `}<span class="quiet"
        >${word('noLink')}</span
      >
    </p>`
  }
  return html`<p class="url" dir="ltr">
    <a
      href="${link}"
      target="_blank"
      rel="noopener noreferrer nofollow"
      title="${words.en.opens}"
      ${switched((language) => words[language].opens)}
      data-into="title"
      >${shown}</a
    >
  </p>`
}

/** One row of the sample. */
export function drawCard({ key, result }: SampleRow, pictures: Pictures): Markup {
  return html`<li
    class="card"
    id="${key}"
    data-finding="${result.verdict}"
    data-provider="${harmless(result.provider)}"
  >
    ${drawFace(result.verdict, pictureOf(pictures, key))}
    <div class="told">
      <h3>${foreign(shortenEnd(result.id, 120))}</h3>
      <p class="standing">${badge(result.verdict)} <span>${named(result.provider)}</span></p>
      <p class="meaning zh" lang="zh-CN">${findingWords.zh[result.verdict].meaning}</p>
      <p class="why">${foreign(shortenEnd(result.detail, 400))}</p>
      ${drawLink(result.url)}
    </div>
  </li>`
}

/** The controls above the cards: verdict, provider, search, download. They work with script and are hidden without. */
export function drawFilters(rows: readonly SampleRow[]): Markup {
  const count = (kind: FindingKind) => rows.filter(({ result }) => result.verdict === kind).length
  const kinds = [...new Set(rows.map(({ result }) => result.verdict))]
  const providers = [...new Set(rows.map(({ result }) => harmless(result.provider)))].toSorted()
  const chip = (value: string, label: Markup, n: number) =>
    html`<button
      type="button"
      class="chip"
      data-verdict="${value}"
      aria-pressed="${String(value === '')}"
    >
      ${label} <span class="n">${n}</span>
    </button>`
  const all = (language: Language) => words[language].allProviders
  return html`<form class="filters" role="search">
    <div class="chips">
      ${chip('', word('all'), rows.length)}
      ${kinds.map((kind) =>
        chip(
          kind,
          html`${mark(kind)}${both((language) => findingWords[language][kind].label)}`,
          count(kind),
        ),
      )}
    </div>
    <div class="fields">
      <input
        type="search"
        name="search"
        maxlength="500"
        spellcheck="false"
        placeholder="${words.en.search}"
        aria-label="${words.en.search}"
        ${switched((language) => words[language].search)}
        data-into="placeholder aria-label"
      />
      <select
        name="provider"
        aria-label="${words.en.provider}"
        ${switched((language) => words[language].provider)}
        data-into="aria-label"
      >
        <option value="" ${switched(all)}>${all('en')}</option>
        ${providers.map(
          (provider) =>
            html`<option
              value="${provider}"
              ${switched((language) => providerName(provider, language))}
            >
              ${providerName(provider, 'en')}
            </option>`,
        )}
      </select>
      <button type="button" class="button" data-download>${word('download')}</button>
    </div>
    <p class="shown quiet" role="status">
      <span ${switched((language) => words[language].shown)}>${words.en.shown}</span>
    </p>
  </form>`
}
