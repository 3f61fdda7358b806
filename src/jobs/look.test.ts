import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dayMs, face, madeAvatar, now, url } from '../../test/made/avatars.ts'
import { freshBelief } from '../core/belief.ts'
import { find } from '../core/find.ts'
import type { Body } from '../core/observation.ts'
import { readUrl } from '../core/read-url.ts'
import type { Verdict, VerdictKind } from '../core/verdict.ts'
import type { Kept, Pictures } from '../pictures/pictures.ts'
import type { Look, LookOptions } from '../probe/prober.ts'
import type { Mark } from '../store/store.ts'
import { lookAt } from './look.ts'

const { siblings } = readUrl(url)
const [twin = '', other = ''] = siblings

/** Somebody new, of a list of unknown age. */
const avatarOf: typeof madeAvatar = (more) =>
  madeAvatar({ standing: 'unknown', belief: freshBelief(now - 180 * dayMs), ...more })

/** What the edges of a URL say, in the order in which they are asked: `stopped` is no verdict. */
type Says = readonly (VerdictKind | 'stopped')[]

/**
 * A look by what all edges of each URL say; URLs that are not named are gone on four edges. Living ones give their URL as bytes,
 * and those in `refused` are none that can be taken.
 */
async function look(
  says: Readonly<Record<string, Says>>,
  {
    avatar = avatarOf(),
    refused = [],
    marks = {},
  }: {
    avatar?: ReturnType<typeof madeAvatar>
    refused?: string[]
    marks?: Record<string, Mark>
  } = {},
) {
  const asked: string[] = []
  const prober = {
    inFlight: 0,
    close() {},
    async look(one: string, reading: ReturnType<typeof readUrl>, options: LookOptions = {}) {
      const every = says[one] ?? ['gone', 'gone', 'gone', 'gone']
      const heard = every[0] === 'alive' ? every.slice(0, 1) : every.slice(0, options.edges ?? 3)
      asked.push(`${siblings.indexOf(one) + 1}:${options.get === true ? heard.length : 'head'}`)
      return lookOf(one, heard, reading)
    },
  }
  const pictures = {
    async take(bytes: Uint8Array) {
      const from = Buffer.from(bytes).toString()
      if (refused.includes(from)) return { kind: 'refused', code: 'no-picture', detail: '' }
      const facts = { sha256: `clean ${from}`, rawSha256: from }
      return { kind: 'taken', facts, clean: bytes } as unknown as Kept
    },
  } as unknown as Pictures
  const store = {
    markOf: async (raws: readonly string[]) =>
      new Map(raws.flatMap((raw) => (marks[raw] === undefined ? [] : [[raw, marks[raw]]]))),
  }
  const brought = await lookAt(avatar, { prober, pictures, store, now: () => now })
  return { brought, asked }
}

function lookOf(one: string, heard: Says, reading: ReturnType<typeof readUrl>): Look {
  const verdicts = heard.map((kind): Verdict => ({
    kind: kind === 'stopped' ? 'unknown' : kind,
    rule: kind,
    detail: '',
  }))
  const living = heard.includes('alive') ? Buffer.from(one) : null
  return {
    finding: find(verdicts, reading),
    verdicts,
    picture: living,
    face: living,
    observations: heard.map((kind, edge) => ({
      url: one,
      finalUrl: one,
      method: 'GET',
      edge: String(edge),
      at: now,
      ms: 1.4,
      seen:
        kind === 'unknown' || kind === 'stopped'
          ? { kind: 'failure', failure: kind === 'stopped' ? 'stopped' : 'timeout', detail: '' }
          : { kind: 'answer', status: 200, headers: {}, bytes: 5, body: bodyOf(kind) },
    })),
  }
}

function bodyOf(kind: VerdictKind): Body | null {
  return kind === 'alive'
    ? { sha256: 'c', mime: 'image/png', width: 1, height: 1, text: null }
    : null
}

const fresh = avatarOf({ belief: freshBelief(now - dayMs) })
const everywhere = ['0:4', ...siblings.map((_, at) => `${at + 1}:4`)]

describe('a look at a source without a copy', () => {
  it('fetches the bytes, and asks nobody else when it has them', async () => {
    const { brought, asked } = await look({ [url]: ['alive'] })
    assert.deepEqual(asked, ['0:1'])
    assert.equal(brought?.learnt.picture?.url, url)
    assert.equal(brought?.learnt.rescuedFrom, null)
    assert.equal(brought?.taken?.facts.rawSha256, url)
    assert.equal(brought?.learnt.picture?.rawSha256, url)
    assert.equal(brought?.learnt.bytesTell, false)
  })

  it('notes what each edge said, and counts the votes of those that said something', async () => {
    const { brought } = await look({ [url]: ['unknown', 'alive', 'gone'] })
    const { seen, votes } = brought?.learnt ?? { seen: [] }
    const common = { at: now, url: null, method: 'GET', detail: '', ms: 1 }
    const none = { status: null, sha256: null, bytes: null, mime: null }
    const picture = { status: 200, sha256: 'c', bytes: 5, mime: 'image/png' }
    assert.deepEqual(seen, [
      { ...common, ...none, edge: '0', verdict: 'unknown', rule: 'unknown' },
      { ...common, ...picture, edge: '1', verdict: 'alive', rule: 'alive' },
      { ...common, ...none, status: 200, bytes: 5, edge: '2', verdict: 'gone', rule: 'gone' },
    ])
    assert.deepEqual(votes, ['alive', 'gone'])
  })

  it('only asks for the headers where the bytes are in store', async () => {
    const copy = { ...face, takenAt: now }
    const { asked } = await look({}, { avatar: avatarOf({ copy }) })
    assert.deepEqual(asked, ['0:head'])
  })

  it('asks every edge of every sibling for what was current of late, and notes one word of each', async () => {
    const { brought, asked } = await look({}, { avatar: fresh })
    assert.deepEqual(asked, everywhere)
    assert.deepEqual(brought?.learnt.votes, ['gone', 'gone', 'gone', 'gone'])
    const elsewhere = brought?.learnt.seen.slice(4).map((one) => one.url)
    assert.deepEqual(elsewhere, siblings)
    assert.equal(brought?.learnt.picture, null)
  })

  it('asks as many for what may have been dead for long: something may be left', async () => {
    const { asked } = await look({})
    assert.deepEqual(asked, everywhere)
  })

  it('goes on when something lives, but cannot be taken', async () => {
    const says = { [other]: ['alive'] } as const
    const { asked, brought } = await look(says, { refused: [other] })
    assert.deepEqual(asked, ['0:4', '1:4', '2:1', ...everywhere.slice(3)])
    assert.equal(brought?.learnt.picture, null)
    const dying = await look({ [url]: ['gone', 'alive'] }, { refused: [url] })
    assert.deepEqual(dying.asked.slice(0, 3), ['0:2', '1:4', '2:4'])
  })

  it('takes what any edge of a sibling still has, for the source', async () => {
    const { asked, brought } = await look({ [other]: ['unknown', 'gone', 'alive'] })
    assert.deepEqual(asked, ['0:4', '1:4', '2:3'])
    assert.equal(brought?.learnt.rescuedFrom, other)
    assert.equal(brought?.learnt.picture?.url, url)
    assert.equal(brought?.learnt.seen.at(-1)?.verdict, 'alive')
  })

  it('has no word to note of a sibling that nobody could be asked for', async () => {
    const { brought } = await look({ [other]: [] })
    assert.equal(brought?.learnt.seen.length, 4 + siblings.length - 1)
  })

  it('takes no placeholder for a rescue', async () => {
    const { brought } = await look(
      { [twin]: ['gone', 'alive'], [other]: ['placeholder'] },
      { marks: { [twin]: 'placeholder' } },
    )
    assert.equal(brought?.learnt.picture, null)
    assert.equal(brought?.learnt.mark, null)
    const suspect = await look({ [twin]: ['alive'] }, { marks: { [twin]: 'suspected' } })
    assert.equal(suspect.brought?.learnt.mark, 'suspected')
    assert.equal(suspect.brought?.learnt.rescuedFrom, twin)
  })

  it('looks nowhere else for what nobody heard of, or has been gone for two weeks', async () => {
    assert.deepEqual((await look({ [url]: ['unknown', 'throttled'] })).asked, ['0:2'])
    const gone = (days: number) =>
      avatarOf({ standing: 'gone', standingAt: now - days * dayMs, belief: fresh.belief })
    assert.deepEqual((await look({}, { avatar: gone(14) })).asked, ['0:4'])
    assert.deepEqual((await look({}, { avatar: gone(13) })).asked, everywhere)
  })

  it('teaches nothing when it was called off, wherever it was', async () => {
    assert.equal((await look({ [url]: ['gone', 'stopped'] })).brought, null)
    const { brought, asked } = await look({ [other]: ['stopped'] })
    assert.equal(brought, null)
    assert.equal(asked.at(-1), '2:1')
  })

  it('tells when a host said to slow down, the source’s or a sibling’s', async () => {
    assert.equal((await look({ [url]: ['gone', 'throttled'] })).brought?.throttled, true)
    assert.equal((await look({ [twin]: ['gone', 'throttled'] })).brought?.throttled, true)
    assert.equal((await look({})).brought?.throttled, false)
  })
})
