// What every store promises, as one suite. Each engine's test file calls it with a way to open fresh stores.
import { describe } from 'node:test'
import { testAvatars } from './contract-avatars.ts'
import { testClaims } from './contract-claims.ts'
import { testClocks } from './contract-clocks.ts'
import { testEvents } from './contract-events.ts'
import { testFigures } from './contract-figures.ts'
import { testForgetting } from './contract-forgetting.ts'
import { testGrants } from './contract-grants.ts'
import { testLinks } from './contract-links.ts'
import { testLooks } from './contract-looks.ts'
import { testPictures } from './contract-pictures.ts'
import { testUpgrade } from './contract-upgrade.ts'
import { testUpkeep } from './contract-upkeep.ts'
import type { StoreOptions } from './create-store.ts'
import type { Change, Claim, LookResult, NewCopy, Seen, Store } from './store.ts'

/** A database of its own for one test. */
export interface Opened {
  /** Migrated, told of one hook, at `now`. */
  readonly store: Store
  /** Another store on the same database. */
  readonly again: (options?: Partial<StoreOptions>) => Promise<Store>
  /** Everything that is in any table, as text. */
  readonly dump: () => Promise<string>
  /** Runs SQL past the store. */
  readonly sql: (text: string) => Promise<void>
  /** Closes all stores and removes the database. */
  readonly close: () => Promise<void>
}

/** Makes a fresh database; `migrated: false` leaves it empty. */
export type Open = (options?: Partial<StoreOptions> & { migrated?: boolean }) => Promise<Opened>

/** Runs a test with a database of its own. */
export type WithStore = (
  work: (opened: Opened) => Promise<void>,
  options?: Parameters<Open>[0],
) => () => Promise<void>

/** Holds a store to its promises. */
export function storeContract(engine: 'sqlite' | 'postgres', open: Open): void {
  const withStore: WithStore = (work, options) => async () => {
    const opened = await open(options)
    try {
      await work(opened)
    } finally {
      await opened.close()
    }
  }
  describe(`the store on ${engine}`, () => {
    testAvatars(withStore)
    testLinks(withStore)
    testClaims(withStore)
    testLooks(withStore)
    testClocks(withStore)
    testEvents(withStore)
    testPictures(withStore)
    testForgetting(withStore)
    testGrants(withStore)
    testUpkeep(withStore)
    testUpgrade(withStore, engine)
    testFigures(withStore)
  })
}

/** The time at which tests happen. */
export const now = Date.UTC(2026, 10, 22, 12)
export const hook = 'https://app.example/hooks/faces'
export const hourMs = 3_600_000
export const limits = { pace: 1_000, budget: 3_000 }

/** A source that nobody has. */
export function urlOf(subject: string): string {
  return `https://thirdwx.qlogo.cn/mmopen/vi_32/made-up-${subject}/132`
}

/** A hash of 64 digits that tells what it is of. */
export function hashOf(word: string): string {
  return Buffer.from(word).toString('hex').padEnd(64, '0').slice(0, 64)
}

/** A picture with these bytes, cleaned to others. */
export function copyOf(word: string): NewCopy {
  return {
    sha256: hashOf(`clean ${word}`),
    rawSha256: hashOf(`raw ${word}`),
    phash: '00ff00ff00ff00ff',
    bytes: 1_234,
    width: 132,
    height: 130,
    rawMime: 'image/jpeg',
    url: urlOf(word),
  }
}

export function seenAt(at: number, detail = 'It is there.'): Seen {
  return {
    at,
    edge: '203.0.113.7',
    url: null,
    method: 'HEAD',
    status: 200,
    verdict: 'alive',
    rule: 'wechat.picture',
    detail,
    sha256: null,
    bytes: 5_093,
    mime: 'image/png',
    ms: 12.25,
  }
}

/** Makes avatars of WeChat that are swept, one after the other by `nextCheckAt`. */
export async function make(
  store: Store,
  subjects: readonly string[],
  change: (subject: string, index: number) => Partial<Change> = () => ({}),
): Promise<void> {
  await store.change(subjects, now, (_, index) => {
    const subject = subjects[index] ?? ''
    const { patch, ...rest } = change(subject, index)
    return {
      patch: {
        provider: 'wechat',
        url: urlOf(subject),
        swept: true,
        nextCheckAt: index,
        ...patch,
      },
      ...rest,
    }
  })
}

/** Gives a provider's clock so many looks to spend. */
export async function fund(
  store: Store,
  tokens: { pace?: number; sweep?: number; event?: number } = {},
  provider = 'wechat',
): Promise<void> {
  await store.turnClock(provider, (clock) => ({
    ...clock,
    refilledAt: now,
    paceTokens: tokens.pace ?? 100_000,
    sweepTokens: tokens.sweep ?? 100_000,
    eventTokens: tokens.event ?? 100_000,
  }))
}

/** Claims as a worker does. */
export async function claim(store: Store, owner: string, max = 100, at = now) {
  return await store.claim({ provider: 'wechat', limits, now: at, max, leaseMs: 30_000, owner })
}

export const subjectsOf = ({ due }: Claim): string[] => due.map(({ avatar }) => avatar.subject)

/** Looks at everybody who was claimed, which all learnt the same. */
export function resultsOf(
  claim: Claim | null,
  change: Partial<LookResult['change']> = {},
): LookResult[] {
  return (claim?.due ?? []).map(({ avatar }) => ({
    avatar,
    change: { patch: { nextCheckAt: avatar.nextCheckAt + 1_000 }, ...change },
  }))
}

/** So many subjects. */
export const many = (count: number): string[] => Array.from({ length: count }, (_, at) => `s${at}`)
