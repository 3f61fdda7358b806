// The faces: a grid to look at, each with what is stored beside what its source said last.
import { type Avatar, type Standing, isSubject, standings } from '../../core/avatar.ts'
import type { FindingKind } from '../../core/verdict.ts'
import type { Seen, Stats, Store } from '../../store/store.ts'
import { drawBareTile, drawFaceTile } from './face-tile.ts'
import { drawBadge, drawMark, drawToken } from './frame.ts'
import { type Markup, foreign, html, shortened, trusted } from './markup.ts'
import type { Visit } from './visit.ts'

/** Which faces are looked at. */
export interface FacesQuery {
  readonly standing: Standing | null
  readonly provider: string | null
  /** The subject begins with this; empty for all. */
  readonly prefix: string
  /** The subject that the page before ended with. */
  readonly after: string | null
}

/** A face with the last looks at its source. */
export interface FaceSeen {
  readonly avatar: Avatar
  /** What the edges said at the last look; empty when nobody has looked. */
  readonly seen: readonly Seen[]
}

/** A page of faces. */
export interface FacesPage {
  readonly faces: readonly FaceSeen[]
  /** The subject that the next page begins after. */
  readonly next: string | null
}

const perPage = 24
/** Edges that one look asks, at the most; and events between them. */
const lastEntries = 12
/** Observations of one look lie no further apart. */
const oneLookMs = 120_000

/** Reads the query of the page; what makes no sense is left out. */
export function readFacesQuery(search: URLSearchParams): FacesQuery {
  const provider = search.get('provider') ?? ''
  const after = search.get('after') ?? ''
  return {
    standing: standings.find((one) => one === search.get('standing')) ?? null,
    provider: /^[a-z0-9-]{1,40}$/.test(provider) ? provider : null,
    prefix: (search.get('q') ?? '').trim().slice(0, 200),
    after: isSubject(after) ? after : null,
  }
}

/** One page, in the order of subjects: by key, however many there are. */
export async function readFaces(
  store: Pick<Store, 'avatar' | 'avatars' | 'story'>,
  { standing, provider, prefix, after }: FacesQuery,
): Promise<FacesPage> {
  if (prefix !== '' && !isSubject(prefix)) return { faces: [], next: null }
  const items: Avatar[] = []
  if (prefix !== '' && after === null) {
    // The key goes on behind the prefix, so that the subject which is just that must be asked for.
    const exact = await store.avatar(prefix)
    const fits =
      exact !== null &&
      (standing === null || exact.standing === standing) &&
      (provider === null || exact.provider === provider)
    if (fits) items.push(exact)
  }
  const cursor = after ?? (prefix === '' ? null : prefix)
  const page = await store.avatars({
    ...(standing === null ? {} : { standing }),
    ...(provider === null ? {} : { provider }),
    ...(cursor === null ? {} : { cursor }),
    limit: perPage - items.length,
  })
  items.push(...page.items.filter(({ subject }) => subject.startsWith(prefix)))
  const whole = page.items.every(({ subject }) => subject.startsWith(prefix))
  const next = whole && page.next !== null ? (items.at(-1)?.subject ?? null) : null
  return { faces: await Promise.all(items.map((avatar) => see(store, avatar))), next }
}

/** A face with the last looks at its source. */
export async function see(store: Pick<Store, 'story'>, avatar: Avatar): Promise<FaceSeen> {
  const story = await store.story(avatar.subject, { limit: lastEntries })
  const seen = (story?.items ?? []).filter((entry) => entry.kind === 'observation')
  return { avatar, seen: firstLook(seen) }
}

/** Of observations, newest first, those of the newest look. */
function firstLook(seen: readonly Seen[]): readonly Seen[] {
  const look: Seen[] = []
  for (const one of seen) {
    if (look.length > 0 && !isSameLook(look, one)) break
    look.push(one)
  }
  return look
}

/** Whether an observation, the next older one, belongs to this look: none asks the same of the same edge twice. */
export function isSameLook(look: readonly Seen[], { at, edge, url, method }: Seen): boolean {
  const newest = look[0]?.at ?? at
  return (
    newest - at <= oneLookMs &&
    !look.some((one) => one.edge === edge && one.url === url && one.method === method)
  )
}

/** The page. */
export function drawFaces(
  visit: Visit,
  query: FacesQuery,
  { faces, next }: FacesPage,
  stats: Stats,
): Markup {
  const { speech } = visit
  const counts = stats.standings
  const chip = (standing: Standing | null, count: number) =>
    html`<a
      class="chip"
      href="${linkOf({ ...query, standing, after: null })}"
      ${query.standing === standing && trusted('aria-current="true"')}
      >${standing !== null && drawMark(standing)}${standing === null ? speech.say('all') : speech.standing(standing)}
      <span class="n">${speech.number(count)}</span></a
    >`
  return html`<div class="head">
      <h1>${speech.say('faces')}</h1>
      <p class="quiet">${speech.say('facesNote')}</p>
    </div>
    <form
      class="filters"
      role="search"
      method="get"
      action="/faces"
      hx-get="/faces"
      hx-trigger="input changed delay:300ms from:#q, change from:#provider, submit"
      hx-target="#results"
      hx-select="#results"
      hx-swap="outerHTML"
      hx-replace-url="true"
      hx-sync="this:replace"
    >
      <div class="field">
        <label for="q">${speech.say('searchFaces')}</label
        ><input
          type="search"
          id="q"
          name="q"
          value="${query.prefix}"
          maxlength="128"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          placeholder="${speech.say('searchExample')}"
        />
      </div>
      <div class="field">
        <label for="provider">${speech.say('provider')}</label
        ><select id="provider" name="provider">
          <option value="">${speech.say('allProviders')}</option>
          ${stats.providers.map(({ provider }) => html`<option value="${provider}" ${provider === query.provider && trusted('selected')}>${speech.provider(provider)}</option>`)}
        </select>
      </div>
      ${query.standing !== null && html`<input type="hidden" name="standing" value="${query.standing}" />`}
      <button class="button">${speech.say('show')}</button>
      <span class="busy quiet" role="status">${speech.say('searching')}</span>
    </form>
    <div id="results">
      <div class="chips">
        ${chip(null, stats.avatars)}${standings.filter((one) => counts[one] > 0 || one === query.standing).map((one) => chip(one, counts[one]))}
      </div>
      ${faces.length === 0 ? drawNone(visit, query, stats) : drawGrid(visit, query, faces, next)}
    </div>`
}

function drawNone({ speech }: Visit, query: FacesQuery, stats: Stats): Markup {
  const any = query.prefix !== '' || query.standing !== null || query.provider !== null
  return html`<div class="none">
    <p>${speech.say(stats.avatars === 0 ? 'headEmpty' : 'facesNone')}</p>
    ${stats.avatars === 0 && html`<p><a class="button main" href="/">${speech.say('howToBegin')}</a></p>`}
    ${any && stats.avatars > 0 && html`<p><a class="button" href="/faces">${speech.say('showAll')}</a></p>`}
  </div>`
}

function drawGrid(
  visit: Visit,
  query: FacesQuery,
  faces: readonly FaceSeen[],
  next: string | null,
): Markup {
  const { speech, here } = visit
  return html`<form
      class="bulk"
      method="post"
      action="/faces"
      hx-post="/faces"
      hx-target="#grid"
      hx-swap="outerMorph"
      hx-disable="find button"
    >
      ${drawToken(visit)}<input type="hidden" name="to" value="${here}" />
      ${faces.map(({ avatar }) => html`<input type="hidden" name="subject" value="${avatar.subject}" />`)}
      <button class="button">${speech.say('lookAtPage', { n: faces.length })}</button
      ><span class="busy quiet" role="status">${speech.say('looking')}</span>
    </form>
    ${drawCards(visit, faces)}
    <nav class="paging" aria-label="${speech.say('paging')}">
      ${query.after !== null && html`<a class="button" rel="first" href="${linkOf({ ...query, after: null })}">${speech.say('firstPage')}</a>`}
      ${next !== null && html`<a class="button" rel="next" href="${linkOf({ ...query, after: next })}">${speech.say('nextPage')}</a>`}
    </nav>`
}

/** The cards alone. */
export function drawCards(visit: Visit, faces: readonly FaceSeen[]): Markup {
  return html`<ul class="grid" id="grid">
    ${faces.map((face) => drawCard(visit, face))}
  </ul>`
}

/** One face: stored, and as the source has it. */
export function drawCard(visit: Visit, { avatar, seen }: FaceSeen): Markup {
  const { speech } = visit
  const { subject, name, standing, provider } = avatar
  const path = `/faces/${encodeURIComponent(subject)}`
  const id = cardId(subject)
  return html`<li class="card" id="${id}">
    <div class="two">
      <figure>
        ${drawFaceTile(avatar, 132)}
        <figcaption>${speech.say('stored')}</figcaption>
      </figure>
      <figure>
        ${drawSourceTile(avatar, seen)}
        <figcaption>${speech.say('atSource')}</figcaption>
      </figure>
    </div>
    <h2><a href="${path}">${foreign(name ?? subject)}</a></h2>
    <p class="standing">
      ${drawBadge(standing, speech)}
      <span
        >${name !== null && html`${foreign(shortened(subject, 24))} · `}${provider === 'upload' ? speech.say('noSource') : speech.provider(provider)}</span
      >
    </p>
    <p class="last">${drawLast(visit, seen)}</p>
    ${
      avatar.url !== null &&
      html`<form
        method="post"
        action="${path}/probe"
        hx-post="${path}/probe"
        hx-target="#${id}"
        hx-swap="outerMorph"
        hx-disable="find button"
      >
        ${drawToken(visit)}<input type="hidden" name="to" value="${visit.here}" /><input
          type="hidden"
          name="as"
          value="card"
        />
        <button class="button" aria-label="${speech.say('lookNowAt', { subject })}">
          ${speech.say('lookNow')}</button
        ><span class="busy quiet">${speech.say('looking')}</span>
      </form>`
    }
  </li>`
}

/** An id that a selector can name: subjects have characters that selectors use. */
function cardId(subject: string): string {
  return `face-${Buffer.from(subject).toString('hex')}`
}

/** What the source shows, as the last look saw it: never the source's picture itself, which is another origin's. */
function drawSourceTile(avatar: Avatar, seen: readonly Seen[]): Markup {
  const [last] = atSource(seen)
  if (last === undefined) return drawBareTile('unknown')
  const kind = findingOf(seen)
  const same =
    kind === 'alive' &&
    avatar.copy !== null &&
    avatar.copy.url === avatar.url &&
    (last.sha256 === null || last.sha256 === avatar.copy.rawSha256)
  return same ? drawFaceTile({ ...avatar, standing: 'alive' }, 132) : drawBareTile(kind)
}

function drawLast({ speech }: Visit, seen: readonly Seen[]): Markup {
  const [last] = atSource(seen)
  if (last === undefined) return html`${speech.say('neverLooked')}`
  const kind = findingOf(seen)
  return html`${speech.tell(kind === 'dying' ? 'lastSplit' : 'lastLook', {
    verdict: speech.standing(kind),
    n: new Set(atSource(seen).map(({ edge }) => edge)).size,
    ago: speech.time(last.at),
  })}`
}

/** What was seen of the source itself; other sizes and hosts, which are asked for a last copy, say nothing of it. */
function atSource(seen: readonly Seen[]): readonly Seen[] {
  const own = seen.filter(({ url }) => url === null)
  return own.length > 0 ? own : seen
}

/** What one look found, newest observation first. */
export function findingOf(seen: readonly Seen[]): FindingKind {
  const own = atSource(seen)
  const kinds = new Set(own.map(({ verdict }) => verdict))
  return kinds.has('alive') && kinds.has('gone') ? 'dying' : (own[0]?.verdict ?? 'unknown')
}

/** The page with this query. */
export function linkOf({ standing, provider, prefix, after }: FacesQuery): string {
  const search = new URLSearchParams()
  if (standing !== null) search.set('standing', standing)
  if (provider !== null) search.set('provider', provider)
  if (prefix !== '') search.set('q', prefix)
  if (after !== null) search.set('after', after)
  return search.size === 0 ? '/faces' : `/faces?${search.toString()}`
}
