// Pages that keep themselves up to date: one stream a page, of the parts that have changed. What many look at is drawn
// once; nobody looking costs nothing.

import { drawPart } from './frame.ts'

/** What somebody watches; equal names are drawn once for all. */
export interface Watch {
  /** Page, language and subject. */
  readonly name: string
  /** Draws the parts of the page by the id of their place. */
  draw(): Promise<ReadonlyMap<string, string>>
  /** Whether the watcher is still signed in. */
  allowed(): Promise<boolean>
}

/** Streams to watchers. */
export interface Live {
  /** A stream that sends what changes; null when there are too many, or after the end. */
  open(watch: Watch): ReadableStream<Uint8Array> | null
  /** One round: draws what is watched and sends what has changed. Rounds do not overlap. */
  tick(): Promise<void>
  watchers(): number
  /** Ends all streams. */
  close(): void
}

interface Watcher {
  readonly watch: Watch
  readonly controller: ReadableStreamDefaultController<Uint8Array>
  /** What was sent last, by place. */
  readonly sent: Map<string, string>
  quietSince: number
}

/** Proxies and our own listener end what is silent for a minute. */
const beatMs = 15_000
/** Bytes that may wait for a slow reader before it is let go; it comes back by itself. */
const mostWaiting = 1_048_576

/**
 * @param options `every` repeats a function until told to stop; `notice` is what is told while drawing fails, by place;
 *   `most` bounds the streams
 */
export function createLive(options: {
  readonly every: (work: () => void) => () => void
  readonly onTrouble: (error: unknown) => void
  readonly notice: (watch: Watch, failed: boolean) => ReadonlyMap<string, string>
  readonly now: () => number
  readonly most?: number
}): Live {
  const { every, onTrouble, notice, now, most = 200 } = options
  const watchers = new Set<Watcher>()
  let stop: (() => void) | null = null
  let running: Promise<void> | null = null
  let closed = false

  function leave(watcher: Watcher, byUs: boolean): void {
    if (!watchers.delete(watcher)) return
    if (byUs) watcher.controller.close()
    if (watchers.size === 0) {
      stop?.()
      stop = null
    }
  }

  function send(watcher: Watcher, text: string): void {
    if (!watchers.has(watcher)) return
    if ((watcher.controller.desiredSize ?? 0) < -mostWaiting) return leave(watcher, true)
    watcher.controller.enqueue(Buffer.from(text))
    watcher.quietSince = now()
  }

  function sendChanged(watcher: Watcher, parts: ReadonlyMap<string, string>): void {
    const changed = [...parts].filter(([place, html]) => watcher.sent.get(place) !== html)
    for (const [place, html] of changed) watcher.sent.set(place, html)
    if (changed.length > 0) send(watcher, messageOf(changed))
    else if (now() - watcher.quietSince >= beatMs) send(watcher, ': beat\n\n')
  }

  async function round(): Promise<void> {
    const names = new Map<string, Watcher[]>()
    for (const watcher of watchers) {
      const same = names.get(watcher.watch.name) ?? []
      names.set(watcher.watch.name, [...same, watcher])
    }
    for (const same of names.values()) {
      const [first] = same
      if (first === undefined) continue
      try {
        const parts = await first.watch.draw()
        for (const watcher of same) {
          if (await watcher.watch.allowed()) {
            sendChanged(watcher, new Map([...parts, ...notice(watcher.watch, false)]))
          } else leave(watcher, true)
        }
      } catch (error) {
        onTrouble(error)
        for (const watcher of same) sendChanged(watcher, notice(watcher.watch, true))
      }
    }
  }

  function tick(): Promise<void> {
    running ??= round().finally(() => {
      running = null
    })
    return running
  }

  return {
    open(watch) {
      if (closed || watchers.size >= most) return null
      let mine: Watcher | null = null
      return new ReadableStream<Uint8Array>(
        {
          start(controller) {
            mine = { watch, controller, sent: new Map(notice(watch, false)), quietSince: now() }
            watchers.add(mine)
            // The head of the answer goes out with the first bytes.
            send(mine, 'retry: 2000\n\n')
            stop ??= every(() => void tick())
          },
          cancel() {
            if (mine !== null) leave(mine, false)
          },
        },
        new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
      )
    },
    tick,
    watchers: () => watchers.size,
    close() {
      closed = true
      for (const watcher of watchers) leave(watcher, true)
    },
  }
}

/** One event: the parts, each told where it belongs. */
function messageOf(parts: readonly (readonly [place: string, html: string])[]): string {
  const text = parts
    .map(([place, html]) => drawPart(place, 'innerMorph', html).toString())
    .join('\n')
  return `${text
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}`)
    .join('\n')}\n\n`
}
