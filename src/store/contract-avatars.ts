// Of the store's promises: avatars are changed as a whole and read as they were written.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Avatar } from '../core/avatar.ts'
import { type WithStore, copyOf, make, now, seenAt, urlOf } from './contract.ts'
import type { Store } from './store.ts'

async function pagesOf(store: Store, query: Parameters<Store['avatars']>[0]): Promise<string[]> {
  const subjects: string[] = []
  let cursor: string | null = null
  do {
    const page = await store.avatars({ ...query, ...(cursor === null ? {} : { cursor }) })
    subjects.push(...page.items.map(({ subject }) => subject))
    cursor = page.next
  } while (cursor !== null)
  return subjects
}

export function testAvatars(withStore: WithStore): void {
  describe('change', () => {
    it(
      'makes an avatar, and reads it as it was written',
      withStore(async ({ store }) => {
        const patch = {
          name: `O'Neil "王小明" 👩‍👩‍👧 \\ %_ \r\n\t é e\u0301 \u202e \uFFFD`,
          provider: 'wechat',
          url: urlOf(`42?a='b"&c=%00`),
          standing: 'alive' as const,
          swept: true,
          belief: {
            alpha: 0.1 + 0.2,
            beta: 1e-7,
            confirmedAt: now - 1,
            suspect: -2.5,
            unknownStreak: 3,
          },
          importance: { views: 1 / 3, viewsAt: now, logins: 2, opens: 7, firstSeenAt: now - 9 },
          nextCheckAt: 12_345.678_901_234_567,
          urgentAt: now + 5,
          urgency: 'hint' as const,
          expiresAt: now + 6,
          tokenExpiresAt: now + 7,
        }
        const copy = copyOf('42')
        const [made] = await store.change(['42'], now, (avatar) => {
          assert.equal(avatar, null)
          return { patch, copy }
        })
        const expected: Omit<Avatar, 'id'> = {
          subject: '42',
          ...patch,
          standingAt: now,
          copy: {
            sha256: copy.sha256,
            rawSha256: copy.rawSha256,
            phash: copy.phash,
            url: copy.url,
            takenAt: now,
          },
          revision: 1,
          createdAt: now,
        }
        assert.deepEqual({ ...made, id: 0 }, { ...expected, id: 0 })
        assert.deepEqual(await store.avatar('42'), made)
        assert.deepEqual(await store.face('42'), {
          subject: '42',
          name: patch.name,
          standing: 'alive',
          url: patch.url,
          sha256: copy.sha256,
          suspect: -2.5,
        })
        assert.equal(await store.avatar('nobody'), null)
        assert.equal(await store.face('nobody'), null)
      }),
    )

    it(
      'keeps any double as it is',
      withStore(async ({ store }) => {
        const doubles = [Math.PI * 1e200, 5e-324, -0.1, 1 / 3, 123_456_789.123_456_79, 2 ** -40]
        await make(
          store,
          doubles.map((_, at) => `d${at}`),
          (_, at) => ({ patch: { nextCheckAt: doubles[at] ?? 0 } }),
        )
        for (const [at, value] of doubles.entries()) {
          assert.equal((await store.avatar(`d${at}`))?.nextCheckAt, value)
        }
      }),
    )

    it(
      'keeps no half characters and no U+0000, on any engine alike',
      withStore(async ({ store }) => {
        await make(store, ['1'], () => ({
          patch: { name: 'a\0b\uD800c' },
          seen: [seenAt(now, 'x\0\uDC00y')],
          events: [{ type: 'avatar.ask', data: { 'k\0': ['\uD83D', { deep: '\0' }] } }],
        }))
        assert.equal((await store.avatar('1'))?.name, 'a\uFFFDb\uFFFDc')
        const story = await store.story('1', { limit: 5 })
        const [event, seen] = story?.items ?? []
        assert.deepEqual(event?.kind === 'event' && event.data, {
          'k\uFFFD': ['\uFFFD', { deep: '\uFFFD' }],
        })
        assert.equal(seen?.kind === 'observation' && seen.detail, 'x\uFFFD\uFFFDy')
        await store.setNote('n', 'a\0')
        assert.equal(await store.note('n'), 'a\uFFFD')
      }),
    )

    it(
      'lets absent fields stay and sets null ones',
      withStore(async ({ store }) => {
        await make(store, ['1'], () => ({
          patch: { name: 'n', urgentAt: now, urgency: 'first', expiresAt: now },
        }))
        const before = await store.avatar('1')
        await store.change(['1'], now + 1, () => ({ patch: { urgentAt: null, name: null } }))
        assert.deepEqual(await store.avatar('1'), {
          ...before,
          name: null,
          urgentAt: null,
          urgency: null,
        })
      }),
    )

    it(
      'dates a standing by when it changed, not by when it was confirmed',
      withStore(async ({ store }) => {
        await make(store, ['1'], () => ({ patch: { standing: 'alive' } }))
        await store.change(['1'], now + 5, () => ({ patch: { standing: 'alive' } }))
        assert.equal((await store.avatar('1'))?.standingAt, now)
        await store.change(['1'], now + 6, () => ({ patch: { standing: 'gone' } }))
        assert.equal((await store.avatar('1'))?.standingAt, now + 6)
      }),
    )

    it(
      'decides twice upon a subject that is named twice',
      withStore(async ({ store }) => {
        const seen: (string | null)[] = []
        const changed = await store.change(['1', '2', '1', 'none'], now, (avatar, index) => {
          seen.push(avatar?.name ?? null)
          if (index === 3) return null
          return { patch: { provider: 'wechat', url: urlOf(String(index)), name: `n${index}` } }
        })
        assert.deepEqual(seen, [null, null, 'n0', null])
        assert.deepEqual(
          changed.map((avatar) => avatar?.name),
          ['n2', 'n1', 'n2', undefined],
        )
        assert.equal(changed[0]?.id, changed[2]?.id)
        assert.deepEqual(await store.avatar('1'), changed[0])
        assert.deepEqual(
          (await store.sources('1')).map(({ url }) => url),
          [urlOf('2'), urlOf('0')],
        )
      }),
    )

    it(
      'writes nothing of a batch when one decision throws',
      withStore(async ({ store, dump }) => {
        await make(store, ['old'])
        const before = await dump()
        const failing = store.change(['old', 'new', 'bad'], now, (_, index) => {
          if (index === 2) throw new Error('no decision')
          return {
            patch: { provider: 'qq', url: urlOf('x'), name: 'changed' },
            copy: copyOf('x'),
            seen: [seenAt(now)],
            events: [{ type: 'avatar.changed', data: {} }],
          }
        })
        await assert.rejects(failing, /no decision/)
        await assert.rejects(
          store.change(['new'], now, () => ({ patch: { name: 'without source' } })),
          /provider/,
        )
        assert.equal(await dump(), before)
      }),
    )

    it(
      'knows the clock of any provider',
      withStore(async ({ store }) => {
        await store.turnClock('wechat', (clock) => ({ ...clock, v: 17.5 }))
        await store.change(['1'], now, (_, _index, clockOf) => {
          assert.equal(clockOf('wechat').v, 17.5)
          assert.equal(clockOf('qq').v, 0)
          assert.equal(clockOf('qq').provider, 'qq')
          return null
        })
      }),
    )

    it(
      'loses no update when many change the same subjects at once',
      withStore(async ({ store, again }) => {
        const other = await again()
        const subjects = ['a', 'b', 'c']
        await Promise.all(
          Array.from({ length: 30 }, (_, turn) =>
            (turn % 2 === 0 ? store : other).change(
              turn % 3 === 0 ? subjects.toReversed() : subjects,
              now,
              (avatar) => ({
                patch: {
                  provider: 'wechat',
                  url: urlOf('same'),
                  importance: {
                    views: 0,
                    viewsAt: now,
                    logins: (avatar?.importance.logins ?? 0) + 1,
                    opens: 0,
                    firstSeenAt: now,
                  },
                },
              }),
            ),
          ),
        )
        for (const subject of subjects) {
          assert.equal((await other.avatar(subject))?.importance.logins, 30)
        }
      }),
    )

    it(
      'takes ten thousand at once',
      withStore(async ({ store }) => {
        const subjects = Array.from({ length: 10_000 }, (_, at) => `s${at}`)
        await make(store, subjects, (subject) => ({ copy: copyOf(subject), seen: [seenAt(now)] }))
        const changed = await store.change(subjects, now, (avatar, index) => ({
          patch: { name: `${avatar?.subject} ${index}` },
        }))
        assert.ok(changed.every((avatar, at) => avatar?.name === `s${at} ${at}`))
        const { avatars, copies } = await store.stats(now)
        assert.deepEqual([avatars, copies], [10_000, 10_000])
      }),
    )
  })

  describe('addViews', () => {
    it(
      'adds what was counted and leaves the rest alone',
      withStore(async ({ store }) => {
        await make(store, ['1', '2'])
        const before = await store.avatar('2')
        await store.addViews(
          [
            ['1', 2],
            ['nobody', 5],
            ['1', 3],
          ],
          now,
        )
        assert.equal((await store.avatar('1'))?.importance.views, 5)
        assert.deepEqual(await store.avatar('2'), before)
        await store.addViews([], now)
      }),
    )
  })

  describe('sources', () => {
    it(
      'tells the current source and those before it, each with its time',
      withStore(async ({ store }) => {
        await make(store, ['1'])
        await store.change(['1'], now + 10, () => ({ patch: { url: 'https://b' } }))
        await store.change(['1'], now + 20, () => ({ patch: { url: 'https://b' } }))
        await store.change(['1'], now + 30, () => ({ patch: { url: null, provider: 'upload' } }))
        await store.change(['1'], now + 40, () => ({ patch: { url: 'https://c' } }))
        assert.deepEqual(await store.sources('1'), [
          { url: 'https://c', from: now + 40, until: null },
          { url: 'https://b', from: now + 10, until: now + 30 },
          { url: urlOf('1'), from: now, until: now + 10 },
        ])
        assert.deepEqual(await store.sources('nobody'), [])
      }),
    )
  })

  describe('avatars', () => {
    it(
      'lists by subject, in pages, by standing and provider',
      withStore(async ({ store }) => {
        const subjects = ['a', 'B', '10', '9', '_', 'a.b', 'z']
        await make(store, subjects, (_, at) => ({
          patch: { provider: at % 2 === 0 ? 'wechat' : 'qq', standing: at < 4 ? 'alive' : 'gone' },
        }))
        const sorted = ['10', '9', 'B', '_', 'a', 'a.b', 'z']
        for (const limit of [1, 2, 3, 7, 100]) {
          assert.deepEqual(await pagesOf(store, { limit }), sorted)
          assert.deepEqual(await pagesOf(store, { limit, provider: 'wechat' }), [
            '10',
            '_',
            'a',
            'z',
          ])
          assert.deepEqual(await pagesOf(store, { limit, standing: 'gone' }), ['_', 'a.b', 'z'])
          const both = { limit, standing: 'alive', provider: 'qq' } as const
          assert.deepEqual(await pagesOf(store, both), ['9', 'B'])
        }
        const strange = `x' OR 'x' = 'x` as 'alive'
        for (const query of [{ standing: strange }, { standing: strange, provider: 'qq' }]) {
          assert.deepEqual((await store.avatars({ limit: 5, ...query })).items, [])
        }
        assert.deepEqual(await store.avatars({ limit: 5, cursor: `z'; --` }), {
          items: [],
          next: null,
        })
      }),
    )

    it(
      'goes on where it was although others come in between',
      withStore(async ({ store }) => {
        await make(store, ['b', 'd', 'f', 'h'])
        const first = await store.avatars({ limit: 2 })
        await make(store, ['a', 'c', 'e', 'z'])
        const second = await store.avatars({ limit: 9, cursor: first.next ?? '' })
        assert.deepEqual(
          [...first.items, ...second.items].map(({ subject }) => subject),
          ['b', 'd', 'e', 'f', 'h', 'z'],
        )
      }),
    )
  })

  describe('story', () => {
    it(
      'tells what was seen and what became of it, newest first, in pages',
      withStore(async ({ store }) => {
        await make(store, ['1', '2'], (subject) => ({
          seen: [seenAt(now - 2, `${subject} early`), seenAt(now, `${subject} late`)],
          events: [{ type: 'avatar.registered', data: { of: subject } }],
        }))
        await store.change(['1'], now + 1, () => ({
          patch: {},
          events: [
            { type: 'avatar.gone', data: {} },
            { type: 'avatar.ask', data: {} },
          ],
        }))
        const whole = await store.story('1', { limit: 50 })
        const told = whole?.items.map((entry) =>
          entry.kind === 'event' ? entry.type : entry.detail,
        )
        const expected = ['avatar.ask', 'avatar.gone', 'avatar.registered', '1 late', '1 early']
        assert.deepEqual(told, expected)
        const { key, kind, ...seen } = whole?.items[3] ?? {}
        assert.deepEqual([kind, seen], ['observation', seenAt(now, '1 late')])
        assert.equal(typeof key, 'string')
        for (const limit of [1, 2, 3]) {
          const items = []
          let cursor: string | undefined
          do {
            const page = await store.story('1', {
              limit,
              ...(cursor === undefined ? {} : { cursor }),
            })
            items.push(...(page?.items ?? []))
            cursor = page?.next ?? undefined
            // Something new does not move the page that follows.
            await store.change(['1'], now + 2, () => ({ patch: {}, seen: [seenAt(now + 2)] }))
          } while (cursor !== undefined)
          assert.deepEqual(items.slice(-expected.length), whole?.items)
        }
        assert.equal(await store.story('nobody', { limit: 1 }), null)
        const strange = await store.story('1', { limit: 1, cursor: `1 OR 1=1` })
        assert.deepEqual(strange, { items: [], next: null })
      }),
    )
  })
}
