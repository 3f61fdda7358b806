// Opens what the service needs for people: the policy in force, the client of WeChat, and the seal for what was granted.
import { type Policy, defaultPolicy, memoryMs } from '../core/policy.ts'
import { nearest } from '../audit/sources/nearest.ts'
import { createPeople } from '../jobs/create-people.ts'
import type { Keeper } from '../jobs/keeper.ts'
import type { Attending, People } from '../jobs/people.ts'
import { loadPolicy } from '../policy/read-policy.ts'
import { readConnectTo } from '../probe/edges.ts'
import type { Log } from '../service/log.ts'
import type { Secrets, Settings } from '../service/settings.ts'
import { type Sealer, createSealer } from '../store/seal.ts'
import type { Store } from '../store/store.ts'
import { createAsker } from '../wechat/ask.ts'
import { createWechatClient } from '../wechat/client.ts'

/** What is opened. */
export interface PeopleSide {
  readonly people: People
  readonly attending: Attending
  /** Ends the connections to the platform. */
  close(): void
}

/** People attended to at once; a refresh is two or three calls. */
const batch = 32

/**
 * The policy in force: the file's, and where it says nothing what the settings say.
 * Throws `policy-unreadable`, `policy-invalid`.
 */
export async function openPolicy(
  settings: Pick<Settings, 'policyFile' | 'mode' | 'fallback' | 'historyMs' | 'copiesMs'>,
): Promise<Policy> {
  const { policyFile, mode, fallback, historyMs, copiesMs } = settings
  const standard: Policy = {
    ...defaultPolicy,
    show: { mode, fallback },
    keep: { historyMs, unseenCopiesMs: copiesMs },
  }
  if (policyFile !== null) return await loadPolicy(policyFile, { standard, nearest })
  // A prompt that is forgotten cannot be counted: what a person did is kept as long as the policy must remember it.
  const leastMs = memoryMs(standard.ask)
  return { ...standard, keep: { ...standard.keep, historyMs: Math.max(historyMs, leastMs) } }
}

/** The settings with what the policy says of the same things. */
export function governed(settings: Settings, { show, keep }: Policy): Settings {
  return Object.freeze({
    ...settings,
    mode: show.mode,
    fallback: show.fallback,
    historyMs: keep.historyMs,
    copiesMs: keep.unseenCopiesMs,
  })
}

/** Made when it is first needed: an import has no secret, and nothing to seal. */
function sealUnder({ secret, oldSecrets }: Secrets): Sealer {
  let made: Sealer | null = null
  const sealer = (): Sealer => (made ??= createSealer({ secret, oldSecrets }))
  return {
    seal: (plain, context) => sealer().seal(plain, context),
    open: (sealed, context) => sealer().open(sealed, context),
    isOld: (sealed) => sealer().isOld(sealed),
  }
}

/** Opens the side of people. Throws `config-invalid` for apps that cannot be. */
export function openPeople(options: {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly policy: Policy
  readonly store: Store
  readonly keeper: Keeper
  readonly ca: readonly string[] | undefined
  readonly log: Log
  readonly owner: string
  readonly now: () => number
  readonly random: () => number
  readonly onChanged: (subject: string) => void
  readonly onWork: () => void
}): PeopleSide {
  const { settings, secrets, ca, log, now } = options
  const asker = createAsker({ connectTo: settings.connectTo.map(readConnectTo), ca })
  const apps = settings.wechatApps.map(({ kind, appid }) => ({
    kind,
    appid,
    secret: secrets.wechatSecrets[appid] ?? '-',
  }))
  const client = createWechatClient({ apps, ask: asker.ask, now })
  const onlyMini = apps.length > 0 && apps.every(({ kind }) => kind === 'mini')
  const sides = createPeople({
    ...options,
    client,
    apps,
    asks: onlyMini ? 'mini-program' : 'web',
    seal: sealUnder(secrets),
    batch,
    onUnsettled(appid, call, { kind, errcode, detail, rid }) {
      const line = { appid, call, kind, errcode, detail, rid }
      if (kind === 'configuration') log.error(line, 'WeChat refuses this app')
      else if (kind === 'over' || kind === 'spent') log.debug(line, 'a grant has ended')
      else log.warn(line, 'WeChat told nothing')
    },
    onTrouble: (err) => log.error({ err }, 'somebody could not be attended to; it is tried again'),
  })
  return { ...sides, close: () => asker.close() }
}
