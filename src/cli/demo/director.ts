// Carries the story out on the simulated platform, act by act, and knows what became of the links that the app has stored.
import type { Simulator } from '../../../simulator/simulator.ts'
import type { Reader } from './cast.ts'
import { type Act, type Chapter, chapterAt, tellStory } from './story.ts'

/** The links of the app's table, as they are now. */
export interface LinkState {
  /** Changes whenever the link may show something else. */
  readonly revision: string
  /** All edges have lost it. */
  readonly isDead: boolean
  /** It shows, on some edge, a picture that the person has replaced. */
  readonly isOld: boolean
}

/** Carries out what is due. */
export interface Director {
  /** Begins; before, nothing happens. */
  begin(): void
  /** Does what is due by now. */
  step(): void
  chapter(): Chapter
  /** Milliseconds of the story. */
  elapsedMs(): number
  /** The link that the app stored for somebody when they signed up. */
  linkOf(reader: Reader): LinkState
}

/** Ways of an edge to misbehave, in the story. */
const throttle = { kind: 'throttle', perSecond: 1, status: 429, retryAfter: 1 } as const
const outage = { kind: 'status', status: 503 } as const

/**
 * @param edges those that the service asks: throttle and outage strike there, browsers go elsewhere
 * @param visible how many of the first are seen at once
 * @param speed how many times faster than told the story goes
 */
export function createDirector(options: {
  readonly simulator: Pick<Simulator, 'control' | 'hosts'>
  readonly edges: readonly string[]
  readonly people: number
  readonly visible: number
  readonly seed: number
  readonly speed: number
  readonly now: () => number
}): Director {
  const { simulator, edges, people, visible, seed, speed, now } = options
  const { control } = simulator
  const pictureHosts = simulator.hosts.filter((host) => host.endsWith('qlogo.cn'))
  const story = tellStory(people, seed, visible)
  let next = story.next().value
  let begunAt: number | null = null
  let troubles: { readonly endMs: number; readonly faults: readonly number[] }[] = []

  const elapsedMs = () => (begunAt === null ? 0 : (now() - begunAt) * speed)

  function carryOut(act: Act): void {
    switch (act.kind) {
      case 'throttle':
      case 'outage': {
        const wish = act.kind === 'throttle' ? throttle : outage
        const faults = edges.flatMap((edge) =>
          pictureHosts.map((host) => control.setFault({ ...wish, edge, host }).id),
        )
        troubles.push({ endMs: act.atMs + act.forMs, faults })
        break
      }
      case 'change':
        control.changePicture(`p${act.who}`, { over: act.overMs / speed })
        break
      case 'kill':
        // The grey default is everybody's and cannot be taken away.
        if (control.person(`p${act.who}`).truth !== 'placeholder') control.kill(`p${act.who}`)
    }
  }

  return {
    begin: () => void (begunAt ??= now()),
    elapsedMs,
    chapter: () => chapterAt(elapsedMs()),
    step() {
      const elapsed = elapsedMs()
      for (; begunAt !== null && next.atMs <= elapsed; next = story.next().value) carryOut(next)
      for (const { faults } of troubles.filter(({ endMs }) => endMs <= elapsed)) {
        for (const id of faults) control.clearFaults(id)
      }
      troubles = troubles.filter(({ endMs }) => endMs > elapsed)
    },
    linkOf({ person }) {
      const { links, truth, currentUrl } = control.person(person)
      const [first] = links
      return {
        revision: `${links.length} ${first?.deadOn.length ?? 0} ${truth} ${currentUrl}`,
        isDead: truth === 'gone',
        isOld: links.length > 1 && truth !== 'gone',
      }
    },
  }
}
