// What there is to tell while the demo runs: how the app's stored links fare, what Everface knows and did. The first comes from
// the simulator, the second from the service's own interface and its webhooks; nothing is made up.
import type { Everface, WebhookEvent } from '../../client/client.ts'
import { type Reader, viewer } from './cast.ts'
import type { Director } from './director.ts'
import type { Chapter } from './story.ts'

/** What happened, counted. */
export interface Progress {
  readonly elapsedMs: number
  readonly chapter: Chapter
  /** Stored links that no edge knows any more, and those that show a picture of before. */
  readonly dead: number
  readonly old: number
  /** Faces that Everface has a copy of. */
  readonly kept: number
  /** Whose link is gone, and is shown from our copy all the same. */
  readonly rescued: number
  readonly refreshed: number
  readonly changed: number
  /** People that only a prompt can help, as the app was told. */
  readonly toAsk: number
}

/** Something that happened, for those who watch. */
export interface Told {
  readonly at: number
  readonly type: string
  readonly subject: string
}

/** Keeps count. */
export interface Ledger {
  /** Asks platform and service anew. One at a time; failures are left to the next time. */
  read(): Promise<void>
  /** A webhook came in; the same one again counts once. */
  hear(event: WebhookEvent): void
  progress(): Progress
  /** The last things that happened, newest first. */
  told(): readonly Told[]
  /** What may have changed for somebody since another call: link at the platform, face in Everface. */
  revisions(): readonly (readonly [subject: string, raw: string, ours: string])[]
  /** How whoever looks at the page stands: as at the start, with a dead link, or with a new picture. */
  viewer(): 'calm' | 'gone' | 'new'
  close(): Promise<void>
}

const mostTold = 12
const mostIds = 20_000

export function createLedger(parts: {
  readonly readers: readonly Reader[]
  readonly director: Pick<Director, 'linkOf' | 'elapsedMs' | 'chapter'>
  readonly everface: Pick<Everface, 'avatars'>
}): Ledger {
  const { readers, director, everface } = parts
  const known = new Set(readers.map(({ subject }) => subject))
  const seen = new Set<string>()
  const counts = new Map<string, number>()
  const asked = new Set<string>()
  const ours = new Map<string, string>()
  const closing = new AbortController()
  let told: Told[] = []
  let raw = new Map<string, string>()
  let figures = { dead: 0, old: 0, kept: 0, rescued: 0 }
  let firstFace: string | null = null
  let reading: Promise<void> | null = null

  async function readAll(): Promise<void> {
    const links = new Map(readers.map((reader) => [reader.subject, director.linkOf(reader)]))
    raw = new Map([...links].map(([subject, { revision }]) => [subject, revision]))
    let kept = 0
    let rescued = 0
    for await (const avatar of everface.avatars({ pageSize: 500 }, { signal: closing.signal })) {
      if (!known.has(avatar.subject)) continue
      ours.set(avatar.subject, `${avatar.standing} ${avatar.copy?.sha256 ?? ''}`)
      if (avatar.copy === null) continue
      if (avatar.subject === viewer) firstFace ??= avatar.copy.sha256
      kept++
      if (links.get(avatar.subject)?.isDead === true) rescued++
    }
    const all = [...links.values()]
    figures = {
      dead: all.filter(({ isDead }) => isDead).length,
      old: all.filter(({ isOld }) => isOld).length,
      kept,
      rescued,
    }
  }

  return {
    read() {
      reading ??= readAll()
        .catch(() => {})
        .finally(() => (reading = null))
      return reading
    },
    hear({ id, type, at, subject }) {
      if (seen.has(id) || !known.has(subject)) return
      seen.add(id)
      if (seen.size > mostIds) seen.delete(seen.keys().next().value ?? '')
      counts.set(type, (counts.get(type) ?? 0) + 1)
      if (type === 'avatar.ask') asked.add(subject)
      if (type === 'avatar.refreshed') asked.delete(subject)
      told = [{ at, type, subject }, ...told].slice(0, mostTold)
    },
    progress: () => ({
      elapsedMs: director.elapsedMs(),
      chapter: director.chapter(),
      ...figures,
      refreshed: counts.get('avatar.refreshed') ?? 0,
      changed: counts.get('avatar.changed') ?? 0,
      toAsk: asked.size,
    }),
    told: () => told,
    revisions: () =>
      readers.map(({ subject }) => [subject, raw.get(subject) ?? '', ours.get(subject) ?? '']),
    viewer() {
      const [standing = '', sha256 = ''] = (ours.get(viewer) ?? '').split(' ')
      if (standing === 'gone' || standing === 'dying') return 'gone'
      return firstFace === null || firstFace === sha256 ? 'calm' : 'new'
    },
    async close() {
      closing.abort()
      await reading
    },
  }
}
