// From figures to pages: what each page reads, and what of it changes by itself.
import { type Avatar, isSubject } from '../../core/avatar.ts'
import { type Clock, freshClock } from '../../core/clock.ts'
import type { Policy } from '../../core/policy.ts'
import type { DayFigures } from '../../store/figures.ts'
import type { Stats } from '../../store/store.ts'
import type { AppParts } from '../app.ts'
import type { Settings } from '../settings.ts'
import { createCounted } from './counted.ts'
import { drawFace, faceRegions, readFace } from './face.ts'
import { drawFaces, readFaces, readFacesQuery } from './faces.ts'
import { type Figures, dayOf } from './figures.ts'
import { type LivePath, type PageParts, drawWaiting } from './frame.ts'
import type { Markup } from './markup.ts'
import {
  type OverviewFigures,
  beginningRegions,
  drawOverview,
  overviewRegions,
} from './overview.ts'
import { drawPlaceholders } from './placeholders.ts'
import { drawPolicy, policyInForce, readOutlooks } from './policy-page.ts'
import { drawProviders, providersRegions } from './providers.ts'
import { tellSettings } from './settings-told.ts'
import type { Speech } from './speech.ts'
import { drawSystem, mostFailed, systemRegions } from './system.ts'
import type { Visit } from './visit.ts'
import { wallShares } from './wall.ts'

/** Pages by what they are of. */
export interface Pages {
  overview(visit: Visit): Promise<PageParts>
  faces(visit: Visit, search: URLSearchParams): Promise<PageParts>
  /** Null when nobody knows the subject. */
  face(visit: Visit, subject: string, cursor: string | null): Promise<PageParts | null>
  placeholders(visit: Visit): Promise<PageParts>
  policy(visit: Visit): Promise<PageParts>
  providers(visit: Visit): Promise<PageParts>
  system(visit: Visit): Promise<PageParts>
  /** What changes on a page, by place; `page` is what follows `/live/`. */
  changes(page: string, speech: Speech): Promise<ReadonlyMap<string, string>>
}

/** What pages are made from. */
export type PageSource = Pick<AppParts, 'settings' | 'secrets' | 'store' | 'now'> & {
  readonly figures: Figures
  readonly version: string
  readonly policy?: Policy
}

const wallMs = 30_000
const outlookMs = 60_000

/** Days are counted once a minute; how things stand today is known better. */
function upToNow(
  days: readonly DayFigures[],
  { standings, copies }: Stats,
  now: number,
): readonly DayFigures[] {
  if (days.length === 0) return days
  const day = dayOf(now)
  const counted = days.find((one) => one.day === day) ?? { looks: 0, events: {} }
  return [...days.filter((one) => one.day < day), { ...counted, day, standings, copies }]
}

/** Where people reach the service, as far as it knows. */
function reachedAt({ publicUrl, listen: { host, port } }: Settings): string {
  if (publicUrl !== null) return publicUrl.replace(/\/$/, '')
  const own = ['0.0.0.0', '::', '::1', 'localhost'].includes(host) ? '127.0.0.1' : host
  return `http://${own.includes(':') ? `[${own}]` : own}:${port}`
}

/** Makes the pages. */
export function createPages(parts: PageSource): Pages {
  const { settings, secrets, store, figures, version, now } = parts
  const { limits } = settings
  const { policy = policyInForce(settings) } = parts
  const mode = settings.mode === 'copy' ? 'copy' : 'redirect'
  const wall = createCounted(readWall, wallMs, now)
  const outlooks = createCounted(
    async () => readOutlooks(store, await figures.clocks(), { limits, mode, now: now() }),
    outlookMs,
    now,
  )

  async function readWall(): Promise<readonly Avatar[]> {
    const shares = wallShares(await figures.stats())
    const pages = await Promise.all(
      [...shares].map(([standing, limit]) => store.avatars({ standing, limit })),
    )
    return pages.flatMap(({ items }) => items)
  }

  /** Faces of the wall are remembered for a while; a picture may be gone since. */
  async function stillKept(faces: readonly Avatar[]): Promise<readonly Avatar[]> {
    const names = faces.flatMap(({ copy }) => (copy === null ? [] : [copy.sha256]))
    const known = await store.known(names)
    return faces.filter(({ copy }) => copy !== null && known.has(copy.sha256))
  }

  async function overviewFigures(): Promise<OverviewFigures> {
    const [stats, clocks, days, events, pending] = await Promise.all([
      figures.stats(),
      figures.clocks(),
      figures.days(),
      figures.newestEvents(),
      figures.pending(),
    ])
    return { stats, clocks, days: upToNow(days, stats, now()), events, pending, limits }
  }

  async function clockOf(provider: string): Promise<Clock> {
    const clocks = await figures.clocks()
    return clocks.find((one) => one.provider === provider) ?? freshClock(provider, now(), limits)
  }

  async function regionsOf(page: string, speech: Speech): Promise<ReadonlyMap<string, Markup>> {
    if (page === 'beginning') return beginningRegions(await figures.stats(), speech)
    if (page === 'overview') return overviewRegions(await overviewFigures(), speech)
    if (page === 'providers') {
      const [stats, clocks, lately] = await Promise.all([
        figures.stats(),
        figures.clocks(),
        figures.lately(),
      ])
      return providersRegions({ stats, clocks, lately, limits }, speech)
    }
    if (page === 'system') return systemRegions({ stats: await figures.stats() }, speech)
    const subject = /^faces\/(.+)$/.exec(page)?.[1]
    if (subject === undefined || !isSubject(subject)) return new Map()
    const told = await readFace(store, subject, null, clockOf)
    return told === null ? new Map() : faceRegions(told, speech)
  }

  return {
    async overview({ speech }) {
      const [told, faces] = await Promise.all([overviewFigures(), wall.read()])
      const body = drawOverview(told, await stillKept(faces), reachedAt(settings), speech)
      const live = told.stats.avatars === 0 ? '/live/beginning' : '/live/overview'
      return { title: speech.say('overview'), body, at: '/', live, charts: true }
    },
    async faces(visit, search) {
      const query = readFacesQuery(search)
      const [page, stats] = await Promise.all([readFaces(store, query), figures.stats()])
      const body = drawFaces(visit, query, page, stats)
      return { title: visit.speech.say('faces'), body, at: '/faces', live: '/live/frame' }
    },
    async face(visit, subject, cursor) {
      const told = isSubject(subject) ? await readFace(store, subject, cursor, clockOf) : null
      if (told === null) return null
      // What lies further back does not change.
      const live: LivePath =
        cursor === null ? `/live/faces/${encodeURIComponent(subject)}` : '/live/frame'
      return { title: told.avatar.name ?? subject, body: drawFace(visit, told), at: '/faces', live }
    },
    async placeholders(visit) {
      const body = drawPlaceholders(visit, await figures.suspects(), settings.suspectAt)
      const title = visit.speech.say('placeholders')
      return { title, body, at: '/placeholders', live: '/live/frame' }
    },
    async policy({ speech }) {
      const body = drawPolicy(policy, await outlooks.read(), settings, speech)
      return { title: speech.say('policy'), body, at: '/policy', live: '/live/frame' }
    },
    async providers({ speech }) {
      const [stats, clocks, lately] = await Promise.all([
        figures.stats(),
        figures.clocks(),
        figures.lately(),
      ])
      const body = drawProviders({ stats, clocks, lately, limits }, speech)
      return { title: speech.say('providers'), body, at: '/providers', live: '/live/providers' }
    },
    async system(visit) {
      const [stats, failed, keys, pending] = await Promise.all([
        figures.stats(),
        store.deliveries('failed', mostFailed),
        figures.keys(),
        figures.pending(),
      ])
      const body = drawSystem(visit, {
        stats,
        failed,
        keys,
        pending,
        settings: tellSettings(settings, secrets),
        store: store.name,
        hooks: settings.webhooks.length,
        versions: [
          ['Everface', version],
          ['Node', process.versions.node],
          ['OS', `${process.platform} ${process.arch}`],
        ],
      })
      return { title: visit.speech.say('system'), body, at: '/system', live: '/live/system' }
    },
    async changes(page, speech) {
      const [regions, { suspects, deliveries }] = await Promise.all([
        regionsOf(page, speech),
        figures.stats(),
      ])
      return new Map([
        ...[...regions].map(([place, markup]) => [place, markup.toString()] as const),
        ['waiting-suspects', drawWaiting('suspects', suspects, speech).toString()] as const,
        ['waiting-failed', drawWaiting('failed', deliveries.failed, speech).toString()] as const,
      ])
    },
  }
}
