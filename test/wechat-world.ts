// People and apps of the simulated WeChat beside a keeper's world: the client over the network, grants sealed in the real
// store, the background side in as many workers as a test wants.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { App, Simulator } from '../simulator/simulator.ts'
import { type Policy, defaultPolicy } from '../src/core/policy.ts'
import { createPeople } from '../src/jobs/create-people.ts'
import type { Keeper } from '../src/jobs/keeper.ts'
import type { Attending, People } from '../src/jobs/people.ts'
import { readConnectTo } from '../src/probe/edges.ts'
import { createSealer } from '../src/store/seal.ts'
import type { Store } from '../src/store/store.ts'
import { type Ask, createAsker } from '../src/wechat/ask.ts'
import { type Unsettled, type WechatClient, createWechatClient } from '../src/wechat/client.ts'
import { temporaryFolder } from './everface.ts'

/** The secret under which these worlds seal. */
export const sealSecret = 'the secret that seals in tests, of no other use'

/** What of a keeper's world people stand beside. */
export interface Beside {
  readonly simulator: Simulator
  readonly store: Store
  readonly jobs: { readonly keeper: Keeper }
  now(): number
}

/** How people are set up. */
export interface WechatOptions {
  readonly policy?: Policy
  readonly keeper?: Keeper
  /** Another connection to the world's store, or another store. */
  readonly store?: Store
  readonly secret?: string
  readonly oldSecrets?: readonly string[]
  /** The client's clock, ahead of or behind the world's. */
  readonly clientSkewMs?: number
}

/** One process: its own client, its own leases. */
export interface Worker {
  readonly people: People
  readonly attending: Attending
  readonly client: WechatClient
}

/** People and apps. */
export interface WechatWorld {
  readonly official: App
  readonly website: App
  readonly mini: App
  readonly apps: readonly App[]
  /** The first process. */
  readonly worker: Worker
  /** Another process on the same store. */
  another(options?: WechatOptions): Worker
  /** Calls that brought nothing, as an operator would read of them. */
  readonly unsettled: readonly (Unsettled & { readonly appid: string; readonly call: string })[]
  readonly troubles: readonly unknown[]
  /** Attends to everybody who is due; how many that were. */
  attendAll(worker?: Worker): Promise<number>
  close(): void
}

/** Adds people and apps to a world. `domain` is where the service is reached. */
export async function createWechatWorld(
  world: Beside,
  { domain = 'faces.test', ...options }: WechatOptions & { readonly domain?: string } = {},
): Promise<WechatWorld> {
  const { simulator } = world
  const { control } = simulator
  const official = control.makeApp({ kind: 'official', domain, platform: 'acme' })
  const website = control.makeApp({ kind: 'website', domain, platform: 'acme' })
  const mini = control.makeApp({ kind: 'mini', platform: 'acme' })
  const apps = [official, website, mini]
  const folder = temporaryFolder()
  const file = join(folder.path, 'ca.pem')
  await simulator.writeCa(file)
  const asker = createAsker({
    connectTo: simulator.connectTo.map((line) => readConnectTo(line)),
    ca: [readFileSync(file, 'utf8')],
  })
  const unsettled: (Unsettled & { appid: string; call: string })[] = []
  const troubles: unknown[] = []
  let workers = 0
  let seed = 7

  function another(more: WechatOptions = {}): Worker {
    const {
      policy = defaultPolicy,
      clientSkewMs = 0,
      secret = sealSecret,
      oldSecrets = [],
    } = {
      ...options,
      ...more,
    }
    const ask: Ask = asker.ask
    const client = createWechatClient({ apps, ask, now: () => world.now() + clientSkewMs })
    const { people, attending } = createPeople({
      store: more.store ?? options.store ?? world.store,
      keeper: more.keeper ?? options.keeper ?? world.jobs.keeper,
      policy,
      client,
      apps,
      asks: 'web',
      seal: createSealer({ secret, oldSecrets }),
      now: () => world.now(),
      random: () => {
        seed = (seed * 48_271) % 2_147_483_647
        return seed / 2_147_483_647
      },
      owner: `people-${++workers}`,
      batch: 50,
      onUnsettled: (appid, call, why) => unsettled.push({ ...why, appid, call }),
      onTrouble: (error) => troubles.push(error),
      onChanged: () => {},
      onWork: () => {},
    })
    return { people, attending, client }
  }

  const worker = another()
  return {
    official,
    website,
    mini,
    apps,
    worker,
    another,
    unsettled,
    troubles,
    async attendAll(one = worker) {
      let attended = 0
      for (let round = 0; round < 10_000; round++) {
        await one.attending.actOnPushed()
        const now = await one.attending.attend()
        attended += now
        if (now === 0) return attended
      }
      throw new Error('attending does not come to an end')
    },
    close() {
      asker.close()
      folder[Symbol.dispose]()
    },
  }
}
