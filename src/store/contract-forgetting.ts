// Of the store's promises: who is forgotten is in no table any more, and nobody else loses anything.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type WithStore, claim, copyOf, fund, make, now, seenAt, urlOf } from './contract.ts'

export function testForgetting(withStore: WithStore): void {
  describe('forget', () => {
    it(
      'leaves nothing of the subject or its sources in any table',
      withStore(
        async ({ store, dump }) => {
          const written = (subject: string) => ({
            patch: { name: `name of ${subject}` },
            copy: copyOf(subject),
            seen: [
              seenAt(now, `detail of ${subject}`),
              { ...seenAt(now - 90 * 86_400_000), url: urlOf(`sibling-${subject}`) },
            ],
            events: [{ type: 'avatar.changed' as const, data: { url: urlOf(subject) } }],
          })
          await make(store, ['erased-one', 'kept'], written)
          await store.change(['erased-one', 'kept'], now, (avatar) => ({
            patch: { url: urlOf(`renewed-${avatar?.subject}`) },
            copy: copyOf('shared'),
          }))
          await fund(store)
          assert.equal((await claim(store, 'me')).due.length, 2)
          const answer = (subject: string) => ({
            request: 'r',
            status: 200,
            body: JSON.stringify({ subject, source: urlOf(subject) }),
          })
          await store.remember('k1', answer('erased-one'), now)
          await store.remember('k2', answer('kept'), now)
          await store.remember(
            'k3',
            { ...answer('kept'), body: JSON.stringify([urlOf('renewed-erased-one')]) },
            now,
          )
          assert.match(await dump(), /erased-one/)

          assert.deepEqual(await store.forget('erased-one', now + 1), {
            subject: 'erased-one',
            pictures: [copyOf('erased-one').sha256],
            shared: [copyOf('shared').sha256],
            sources: 2,
            observations: 2,
            events: 1,
          })
          const left = await dump()
          assert.doesNotMatch(left, /erased-one/)
          assert.ok(!left.includes(copyOf('erased-one').sha256))
          assert.equal(await store.avatar('erased-one'), null)
          assert.equal(await store.forget('erased-one', now + 2), null)

          assert.equal((await store.avatar('kept'))?.copy?.sha256, copyOf('shared').sha256)
          assert.equal((await store.copies('kept')).length, 2)
          assert.equal((await store.story('kept', { limit: 9 }))?.items.length, 3)
          assert.notEqual(await store.answered('k2'), null)
          assert.deepEqual(await store.pictureNames(null, 9), [
            ...[copyOf('kept').sha256, copyOf('shared').sha256].sort(),
          ])
        },
        { hooks: [] },
      ),
    )

    it(
      'leaves nothing but the news of it where there are webhooks to tell',
      withStore(async ({ store, dump }) => {
        await make(store, ['erased-one'], () => ({
          events: [{ type: 'avatar.changed', data: { url: urlOf('erased-one') } }],
        }))
        await store.forget('erased-one', now)
        const due = await store.dueDeliveries(now, 9, 1_000)
        assert.deepEqual(
          due.map(({ event }) => event.type),
          ['avatar.forgotten'],
        )
        assert.equal((await dump()).split('erased-one').length, 2)
        await make(store, ['erased-one'])
        assert.deepEqual((await store.story('erased-one', { limit: 9 }))?.items, [])
      }),
    )

    it(
      'does not take a picture that somebody begins to show at the same time',
      withStore(async ({ store, again }) => {
        const other = await again()
        for (let turn = 0; turn < 10; turn++) {
          const word = `p${turn}`
          await make(store, ['leaving', `stays${turn}`], (_, at) =>
            at === 0 ? { copy: copyOf(word) } : {},
          )
          const [forgotten] = await Promise.all([
            store.forget('leaving', now),
            other.change([`stays${turn}`], now, () => ({ patch: {}, copy: copyOf(word) })),
          ])
          assert.ok(forgotten !== null)
          const { sha256 } = copyOf(word)
          assert.equal((await store.avatar(`stays${turn}`))?.copy?.sha256, sha256)
          assert.equal((await store.picture(sha256))?.subjects, 1)
        }
      }),
    )
  })
}
