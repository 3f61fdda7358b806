// The client and the service together: every call over a real port, with a simulated platform behind; and the client's
// types held to the service's own by the compiler.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { z } from '@hono/zod-openapi'
import {
  type Avatar,
  type AvatarItem,
  type Decision,
  type EntryResult,
  type Everface,
  type EverfaceOptions,
  type Probed,
  type Receipt,
  type Stats,
  type StoryEntry,
  EverfaceClientError,
  createEverface,
} from '../src/client/client.ts'
import { type HttpWorld, createHttpWorld, picture } from '../src/service/http/harness.ts'
import { urls } from '../src/service/http/routes.ts'
import { type Listener, listen } from '../src/service/http/server.ts'
import { readPageToken } from '../src/service/page-token.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

type AnswerOf<Row extends keyof typeof urls> = (typeof urls)[Row]['answers'] extends {
  readonly 200: { readonly body: infer Body extends z.ZodType }
}
  ? z.output<Body>
  : never

/** Compiles only while what the service answers is what the client promises. */
const promised: {
  avatar: (told: AnswerOf<'GET /v1/avatars/{subject}'>) => Avatar
  page: (told: AnswerOf<'GET /v1/avatars'>) => { readonly items: readonly AvatarItem[] }
  story: (told: AnswerOf<'GET /v1/avatars/{subject}/history'>) => {
    readonly items: readonly StoryEntry[]
  }
  probed: (told: AnswerOf<'POST /v1/avatars/{subject}/probe'>) => Probed
  receipt: (told: AnswerOf<'DELETE /v1/avatars/{subject}'>) => Receipt
  stats: (told: AnswerOf<'GET /v1/stats'>) => Stats
  decision: (told: AnswerOf<'GET /v1/avatars/{subject}/decision'>) => Decision
} = {
  avatar: (told) => told,
  page: (told) => told,
  story: (told) => told,
  probed: (told) => told,
  receipt: (told) => told,
  stats: (told) => told,
  decision: (told) => told,
}

describe('everface/client', () => {
  let world: HttpWorld
  let server: Listener
  let client: Everface
  let people: readonly string[] = []

  function clientOf(more: Partial<EverfaceOptions> = {}): Everface {
    const { secrets } = world.open()
    return createEverface({
      url: server.url,
      key: secrets.write,
      secret: 'the secret of tests',
      now: () => world.now(),
      ...more,
    })
  }

  before(async () => {
    world = await createHttpWorld()
    server = await listen(world.open().http, { host: '127.0.0.1', port: 0 }, { log: silent })
    people = world.people(8)
    client = clientOf()
  })
  after(async () => {
    await server.close(0)
    await world.close()
  })

  const urlOf = (at: number): string => people[at] ?? ''

  it('registers, reads, probes and tells the story of somebody', async () => {
    const first = await client.register('42', { url: urlOf(0), name: '王小明' })
    assert.equal(first.created, true)
    const again = await client.register('42', { url: urlOf(0), observedAt: world.now() })
    assert.equal(again.created, false)
    const { finding, avatar, observations } = await client.probe('42')
    assert.equal(finding.kind, 'alive')
    assert.equal(avatar.standing, 'alive')
    assert.ok(observations.length > 0)
    const read = await client.avatar('42')
    assert.equal(read?.name, '王小明')
    assert.equal(read?.copy?.sha256.length, 64)
    assert.equal(await client.avatar('nobody'), null)
    const story: StoryEntry[] = []
    for await (const entry of client.history('42', { pageSize: 1 })) story.push(entry)
    assert.ok(story.some(({ kind }) => kind === 'observation'))
    assert.ok(story.length > 1)
  })

  it('tells what the service refuses, with its code and the field', async () => {
    const grant = {
      appid: 'wx0123456789abcdef',
      openid: 'o6_bmjrPTlm6_2sgVt7hMZOPfL2M',
      unionid: null,
      refreshToken: 'RT',
      scope: 'snsapi_userinfo',
      grantedAt: new Date(world.now()),
    }
    const refused: readonly [() => Promise<unknown>, string][] = [
      [() => client.register('43', { url: 'not a url' }), 'url-invalid'],
      [() => client.register('43', { url: urlOf(1), snapshot: true }), 'snapshot-profile'],
      [() => client.register('43', { url: urlOf(1), provider: 'qq' }), 'provider-mismatch'],
      [
        () => client.register('43', { url: urlOf(1), observedAt: world.now() + 1e9 }),
        'observed-in-future',
      ],
      // Everything of a grant is understood; only that no app of WeChat is set up here.
      [() => client.register('43', { url: urlOf(1), grant }), 'grant-app-unknown'],
      [() => client.probe('nobody'), 'subject-unknown'],
      [() => client.tell('nobody', 'login'), 'subject-unknown'],
      [() => client.upload('43', new Uint8Array([1, 2, 3])), 'picture-format'],
      [() => clientOf({ key: 'ef_unknown' }).stats(), 'key-unknown'],
    ]
    for (const [calling, code] of refused) {
      await assert.rejects(calling(), (error: unknown) => {
        assert.ok(error instanceof EverfaceClientError)
        assert.equal(error.code, code)
        assert.match(error.requestId ?? '', /^[\w.-]+$/)
        return true
      })
    }
    const mistyped = { url: urlOf(1), nmae: 'x' }
    const typo = client.register('43', mistyped)
    await assert.rejects(typo, (error: unknown) => {
      assert.ok(error instanceof EverfaceClientError)
      assert.equal(error.faults[0]?.pointer, '/nmae')
      return true
    })
  })

  it('registers many, more than a batch may have lines in a group', async () => {
    async function* rows() {
      for (let at = 0; at < 2_500; at++) {
        const url = at === 1_700 ? 'no url' : `${urlOf(2)}?n=${at}`
        yield { subject: `many-${at}`, url, imported: true, observedAt: new Date(world.now()) }
      }
    }
    const results: EntryResult[] = []
    for await (const result of client.registerMany(rows())) results.push(result)
    assert.equal(results.length, 2_500)
    assert.ok(results.every(({ index, subject }, at) => index === at && subject === `many-${at}`))
    const denied = results.filter(({ outcome }) => outcome === 'denied')
    assert.deepEqual(
      denied.map(({ index }) => index),
      [1_700],
    )
    assert.equal(results[0]?.outcome, 'created')
  })

  it('lists everybody, page by page', async () => {
    const seen = new Set<string>()
    for await (const { subject } of client.avatars({ provider: 'wechat', pageSize: 500 })) {
      assert.ok(!seen.has(subject))
      seen.add(subject)
    }
    assert.equal(seen.size, 2_500)
    const uploaded = []
    for await (const item of client.avatars({ standing: 'uploaded' })) uploaded.push(item)
    assert.deepEqual(uploaded, [])
  })

  it('uploads bytes, blobs and a name, and forgets for good', async () => {
    const bytes = await picture()
    const forms = [
      bytes,
      bytes.buffer,
      Buffer.from(bytes),
      new Blob([bytes], { type: 'image/jpeg' }),
    ]
    for (const [at, one] of forms.entries()) {
      const { avatar, created } = await client.upload(`up-${at}`, one)
      assert.deepEqual([avatar.standing, created], ['uploaded', true])
    }
    const named = await client.upload('up-0', await picture(64, 90), { name: '李雷' })
    assert.equal(named.avatar.name, '李雷')
    const receipt = await client.forget('up-0')
    assert.equal(receipt?.pictures.removed.length, 1)
    assert.equal(await client.forget('up-0'), null)
  })

  it('tells signals and reads figures', async () => {
    await client.tell('42', 'login')
    await client.tell('42', 'session-expired')
    assert.ok((await client.stats()).avatars > 2_500)
    await client.tell('42', 'consent-withdrawn')
    assert.equal(await client.avatar('42'), null)
  })

  it('asks what to do for somebody', async () => {
    await client.register('45', { url: urlOf(5) })
    const told = await client.decision('45', { scene: 'profile', client: 'web' })
    assert.match(told.reason, /^[a-z-]+$/)
    assert.match(told.shows, /\/a\/45/)
    assert.ok(told.detailZh.length > 0)
    await assert.rejects(client.decision('nobody', { scene: 'profile' }), EverfaceClientError)
  })

  it('makes page tokens that the service takes', async () => {
    await client.register('44', { url: urlOf(4) })
    const send = (token: string, subject: string) =>
      fetch(`${server.url}/v1/beacons`, {
        method: 'POST',
        body: JSON.stringify({ token, subjects: [subject] }),
      })
    assert.equal((await send(await client.pageToken('44'), '44')).status, 204)
    assert.equal((await send(await client.pageToken(null), '44')).status, 204)
    assert.equal((await send(await client.pageToken('45'), '44')).status, 403)
    const stranger = clientOf({ secret: 'another secret' })
    assert.equal((await send(await stranger.pageToken('44'), '44')).status, 401)
    const read = readPageToken(await client.pageToken('44', 60_000), ['the secret of tests'], 0)
    assert.equal(read.kind === 'valid' && read.expiresAt, world.now() + 60_000)
  })

  it('makes picture URLs that the service takes when it demands signatures', async () => {
    const strict = world.open({}, { signing: 'required' })
    const face = async (url: string) => {
      const { status } = await strict.http.fetch(new Request(url))
      return status
    }
    assert.equal(await face(await client.signedPictureUrl('44', { size: 48, dpr: 2 })), 200)
    assert.equal(await face(client.pictureUrl('44', { size: 48 })), 403)
    const other = await client.signedPictureUrl('45')
    assert.equal(await face(other.replace('/a/45', '/a/44')), 403)
    assert.equal(
      await client.signedPictureUrl('44', { size: 48 }),
      await clientOf().signedPictureUrl('44', { size: 48 }),
    )
  })

  it('promises what the service answers', () => {
    // The promise is kept by the compiler; here it is only counted.
    assert.equal(Object.keys(promised).length, 7)
  })
})
