// People over a real store and the simulated WeChat: what is granted is used when it is time, by one worker at a time; what
// is taken back is gone; nobody is asked more than the policy says.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type KeeperWorld, createKeeperWorld } from '../../test/keeper-world.ts'
import { type WechatWorld, createWechatWorld } from '../../test/wechat-world.ts'
import type { Standing } from '../core/avatar.ts'
import type { Person } from '../store/persons.ts'
import type { Store } from '../store/store.ts'
import type { Question } from './people.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

let world: KeeperWorld
let wechat: WechatWorld
beforeEach(async () => {
  world = await createKeeperWorld()
  wechat = await createWechatWorld(world)
})
afterEach(async () => {
  wechat.close()
  await world.close()
})

const tap: Question = { scene: 'profile', occasion: 'tap', client: 'web' }

/** Somebody new, who has authorized the official account; their own tokens as the platform knows them. */
async function newcomer(subject = 'a') {
  const { control } = world.simulator
  const id = control.makePeople({ count: 1, scheme: 'https' }).first
  const { code } = control.authorize(id, wechat.official.appid)
  const journey = { appid: wechat.official.appid, subject }
  const authorized = await wechat.worker.people.authorized(journey, code)
  assert.equal(authorized.kind, 'authorized', JSON.stringify(authorized))
  await world.drain()
  return id
}

async function personOf(subject = 'a'): Promise<Person> {
  const person = await world.store.person(subject, 0)
  assert.ok(person !== null)
  return person
}

function callsTo(path: string): number {
  const { last } = world.simulator.control.requests()
  return last.filter(({ target }) => target.startsWith(path)).length
}

async function setStanding(standing: Standing, subject = 'a'): Promise<void> {
  await world.store.change([subject], world.now(), () => ({
    patch: { standing, urgentAt: null, urgency: null },
    attendAt: world.now(),
  }))
}

async function typesOf(subject = 'a'): Promise<readonly string[]> {
  const story = await world.store.story(subject, { limit: 500 })
  return (story?.items ?? [])
    .flatMap((one) => (one.kind === 'event' ? [one.type] : []))
    .toReversed()
}

describe('authorized', () => {
  it('registers the profile, keeps the grant sealed, and is told of in the story', async () => {
    const id = await newcomer()
    const { avatar, grants } = await personOf()
    const account = world.simulator.control.account(id)
    assert.equal(avatar.url, account.profile.headimgurl)
    assert.equal(avatar.standing, 'alive')
    assert.notEqual(avatar.copy, null)
    const [theirs] = world.simulator.control.grants()
    assert.deepEqual(
      grants.map(({ appid, openid, unionid, scope, over }) => [
        appid,
        openid,
        unionid,
        scope,
        over,
      ]),
      [[wechat.official.appid, theirs?.openid, theirs?.unionid, 'snsapi_userinfo', false]],
    )
    assert.equal(avatar.tokenExpiresAt, world.now() + 30 * dayMs)
    assert.match(grants[0]?.refreshToken ?? '', /^ef1\./)
    assert.doesNotMatch(JSON.stringify(grants), new RegExp(theirs?.refreshToken ?? '-'))
    assert.ok((await typesOf()).includes('person.prompt-accepted'))
  })

  it('keeps nothing of a snapshot visitor, also when the platform tells of it late', async () => {
    const { control } = world.simulator
    const { appid } = wechat.official
    for (const snapshotFlag of ['late', 'always'] as const) {
      control.setPlatform({ snapshotFlag })
      const person = control.makePeople({ count: 1 }).first
      const { code } = control.authorize(person, appid, { snapshot: true })
      assert.deepEqual(await wechat.worker.people.authorized({ appid, subject: 's' }, code), {
        kind: 'failed',
        reason: 'snapshot-profile',
      })
      assert.equal(await world.store.avatar('s'), null)
    }
    await newcomer()
    const { code } = control.authorize('p0', appid, { snapshot: true })
    await wechat.worker.people.authorized({ appid, subject: 'a' }, code)
    await setStanding('gone')
    const decided = await wechat.worker.people.decide('a', tap)
    assert.equal(decided.kind === 'decided' && decided.decision.reason, 'snapshot')
    await wechat.worker.people.register([
      { subject: 'a', url: (await personOf()).avatar.url ?? '' },
    ])
    const again = await wechat.worker.people.decide('a', tap)
    assert.notEqual(again.kind === 'decided' && again.decision.reason, 'snapshot')
  })

  it('says in a word why there is nothing, and changes nothing', async () => {
    const { control } = world.simulator
    const { appid } = wechat.official
    const journey = { appid, subject: 'x' }
    const fail = async (code: string) => await wechat.worker.people.authorized(journey, code)
    const { first } = control.makePeople({ count: 1 })
    const newCode = () => control.authorize(first, appid).code
    const used = newCode()
    await wechat.worker.client.exchangeCode(appid, used)
    assert.deepEqual(await fail(used), { kind: 'failed', reason: 'code-spent' })
    assert.deepEqual(await fail('never-one'), { kind: 'failed', reason: 'code-spent' })
    control.setAccount(first, { picture: 'empty' })
    assert.deepEqual(await fail(newCode()), { kind: 'failed', reason: 'no-picture' })
    control.setAccount(first, { picture: 'own', standing: 'frozen' })
    assert.deepEqual(await fail(newCode()), { kind: 'failed', reason: 'platform-refused' })
    control.setAccount(first, { standing: 'good' })
    control.setFault({ kind: 'errcode', errcode: -1, path: '/sns/userinfo' })
    assert.deepEqual(await fail(newCode()), { kind: 'failed', reason: 'platform-busy' })
    assert.equal(await world.store.avatar('x'), null)
    const told = JSON.stringify(wechat.unsettled)
    for (const secret of [used, wechat.official.secret]) assert.ok(!told.includes(secret))
  })
})

describe('grant', () => {
  const given = { openid: 'o1', refreshToken: '10_made-up' }

  it('needs an app that is ours, a person who is known, and a time that has been', async () => {
    const { people } = wechat.worker
    const code = async (more: object) => {
      const answer = await people.grant('a', { ...given, ...more })
      return answer.kind === 'denied' ? answer.code : answer.kind
    }
    assert.equal(await code({}), 'grant-app-unknown', 'there are three')
    assert.equal(await code({ appid: 'wx-none' }), 'grant-app-unknown')
    const { appid } = wechat.website
    assert.equal(await code({ appid }), 'subject-unknown')
    assert.equal(await code({ appid, grantedAt: world.now() + hourMs }), 'observed-in-future')
    await newcomer()
    assert.equal(await code({ appid }), 'granted')
    assert.equal((await personOf()).grants.length, 2)
  })

  it('lets an older word be, and takes the same token for no news', async () => {
    await newcomer()
    const { people } = wechat.worker
    const { appid } = wechat.website
    const grant = async (refreshToken: string, grantedAt: number) => {
      await people.grant('a', { appid, openid: 'o1', refreshToken, grantedAt })
      return (await personOf()).grants.find((one) => one.appid === appid)
    }
    const first = await grant('10_one', world.now() - dayMs)
    assert.equal(first?.refreshUntil, world.now() + 29 * dayMs)
    assert.deepEqual(await grant('10_older', world.now() - 2 * dayMs), first)
    assert.deepEqual(await grant('10_one', world.now()), first, 'the token is no younger for it')
    const next = await grant('10_two', world.now())
    assert.equal(next?.refreshUntil, world.now() + 30 * dayMs)
  })

  it('may come from a clock five minutes ahead, and is then taken for now', async () => {
    await newcomer()
    const { people } = wechat.worker
    const { appid } = wechat.website
    const ahead = { ...given, appid, grantedAt: world.now() + 4 * 60_000 }
    assert.equal((await people.grant('a', ahead)).kind, 'granted')
    const grant = (await personOf()).grants.find((one) => one.appid === appid)
    assert.deepEqual(
      [grant?.grantedAt, grant?.refreshUntil],
      [world.now(), world.now() + 30 * dayMs],
      'it ends no later than the platform lets it',
    )
  })

  it('of a mini program makes nothing renewable, but a withdrawal finds the person', async () => {
    const id = world.simulator.control.makePeople({ count: 1, scheme: 'https' }).first
    const { appid } = wechat.mini
    const { openid } = world.simulator.control.loginCode(id, appid)
    const url = world.simulator.control.account(id).profile.headimgurl
    await wechat.worker.people.register([{ subject: 'm', url }])
    await wechat.worker.people.grant('m', { appid, openid, refreshToken: 'x' })
    assert.equal((await personOf('m')).avatar.tokenExpiresAt, null)
    const at = world.now()
    await wechat.worker.people.takePushed('k', {
      kind: 'account-cancelled',
      appid,
      openid,
      unionid: null,
      at,
    })
    await wechat.attendAll()
    assert.equal(await world.store.avatar('m'), null)
  })
})

describe('attend', () => {
  it('polls a grant over its life, the last time twelve hours before its end, and no more', async () => {
    await newcomer()
    const times: number[] = []
    for (let hour = 0; hour < 31 * 24; hour++) {
      world.advance(hourMs)
      const before = (await personOf()).grants[0]?.lastRefreshAt
      await wechat.attendAll()
      const after = (await personOf()).grants[0]?.lastRefreshAt
      if (after !== before) times.push(hour + 1)
    }
    assert.equal(times.length, 4)
    assert.equal(times.at(-1), 30 * 24 - 12)
    const { avatar } = await personOf()
    assert.equal(avatar.importance.logins, 0, 'a poll is no login')
    assert.ok(avatar.belief.beta > 110, 'polls that show the same are evidence')
    assert.deepEqual(wechat.troubles, [])
  })

  it('renews a changed picture although the platform is a day behind, and tells of it', async () => {
    const id = await newcomer()
    const old = (await personOf()).avatar.copy?.sha256
    world.simulator.control.changePicture(id)
    world.simulator.control.changeNickname(id, '新名字')
    world.advance(hourMs)
    await world.jobs.keeper.probe('a')
    assert.equal((await personOf()).avatar.standing, 'gone')
    for (let hour = 0; hour < 40 && (await personOf()).avatar.standing === 'gone'; hour++) {
      await wechat.attendAll()
      world.advance(hourMs)
    }
    await world.drain()
    const { avatar, grants } = await personOf()
    assert.equal(avatar.standing, 'alive')
    assert.equal(avatar.name, '新名字')
    assert.notEqual(avatar.copy?.sha256, old)
    assert.equal(grants[0]?.unchangedRefreshes, 0)
    const types = await typesOf()
    assert.equal(
      types.filter((type) => type === 'avatar.refreshed').length,
      2,
      'name, then picture',
    )
    assert.ok(types.indexOf('avatar.gone') < types.lastIndexOf('avatar.refreshed'))
    assert.ok(!types.includes('avatar.ask'), 'nobody had to be asked')
  })

  it('tries three times again in vain, and then says once that only the person can help', async () => {
    const id = await newcomer()
    world.simulator.control.setPlatform({ lag: 400 * dayMs })
    world.simulator.control.changePicture(id)
    await setStanding('gone')
    const tries: number[] = []
    for (let hour = 0; hour < 7 * 24; hour++) {
      const before = (await personOf()).grants[0]?.lastRefreshAt
      await wechat.attendAll()
      if ((await personOf()).grants[0]?.lastRefreshAt !== before) tries.push(hour)
      world.advance(hourMs)
    }
    assert.deepEqual(
      tries,
      [1, 7, 31, 103],
      'an hour after the login, then 6, 24 and 72 hours later',
    )
    const asks = (await typesOf()).filter((type) => type === 'avatar.ask')
    assert.equal(asks.length, 1)
    const decided = await wechat.worker.people.decide('a', tap)
    assert.equal(decided.kind === 'decided' && decided.decision.kind, 'ask')
  })

  it('ends a grant that the platform has ended, and asks it no more', async () => {
    const id = await newcomer()
    world.simulator.control.changePassword(id)
    world.advance(8 * dayMs)
    await wechat.attendAll()
    const { avatar, grants } = await personOf()
    assert.deepEqual(
      [grants[0]?.over, grants[0]?.refreshToken, avatar.tokenExpiresAt],
      [true, null, null],
    )
    assert.equal(avatar.standing, 'alive')
    world.simulator.control.clearRequests()
    world.advance(20 * dayMs)
    assert.equal(await wechat.attendAll(), 0)
    assert.equal(callsTo('/sns/'), 0)
  })

  it('ends a grant that is taken back between the refresh and the profile', async () => {
    await newcomer()
    world.advance(8 * dayMs)
    const { control } = world.simulator
    control.setFault({ kind: 'errcode', errcode: 42007, path: '/sns/userinfo' })
    control.clearRequests()
    await wechat.attendAll()
    assert.deepEqual([callsTo('/sns/oauth2/refresh_token'), callsTo('/sns/userinfo')], [1, 1])
    const { avatar, grants } = await personOf()
    assert.deepEqual(
      [grants[0]?.over, grants[0]?.refreshToken, avatar.tokenExpiresAt],
      [true, null, null],
    )
    assert.equal(avatar.standing, 'alive')
    control.clearFaults()
    world.advance(20 * dayMs)
    assert.equal(await wechat.attendAll(), 0)
  })

  it('leaves alone what was granted anew while the platform ended the old one', async () => {
    const id = await newcomer()
    world.advance(8 * dayMs)
    world.simulator.control.changePassword(id)
    const { appid } = wechat.official
    let anew = false
    const store: Store = {
      ...world.store,
      async changePerson(...given) {
        if (!anew) {
          anew = true
          const { code } = world.simulator.control.authorize(id, appid)
          await wechat.worker.people.authorized({ appid, subject: 'a' }, code)
        }
        return await world.store.changePerson(...given)
      },
    }
    await wechat.another({ store }).attending.attend()
    assert.ok(anew)
    const [grant] = (await personOf()).grants
    assert.deepEqual([grant?.over, grant?.refreshToken === null], [false, false])
    assert.equal(grant?.refreshUntil, world.now() + 30 * dayMs)
  })

  it('waits while the platform fails, for everybody alike, and then goes on', async () => {
    for (const subject of ['a', 'b', 'c']) await newcomer(subject)
    const { control } = world.simulator
    control.setFault({ kind: 'errcode', errcode: -1, path: '/sns/oauth2/refresh_token' })
    world.advance(8 * dayMs)
    control.clearRequests()
    for (let minute = 0; minute < 30; minute++) {
      await wechat.attendAll()
      world.advance(60_000)
    }
    const calls = callsTo('/sns/oauth2/refresh_token')
    assert.ok(calls > 2 && calls < 20, `${calls} calls in half an hour`)
    assert.ok((await personOf()).grants.every(({ over }) => !over))
    control.clearFaults()
    // One finds out that it is over; the others follow.
    for (let minute = 0; minute < 10; minute++) {
      world.advance(60_000)
      await wechat.attendAll()
    }
    for (const subject of ['a', 'b', 'c']) {
      const [grant] = (await personOf(subject)).grants
      assert.ok((grant?.lastRefreshAt ?? 0) > world.now() - 2 * hourMs, subject)
    }
  })

  it('takes a wrong answer, a dead network and a banned app for no end of a grant', async () => {
    await newcomer()
    const { control } = world.simulator
    world.advance(8 * dayMs)
    for (const fault of [
      { kind: 'malformed', sample: 'html', path: '/sns/userinfo' },
      { kind: 'reset', when: 'before-headers', path: '/sns/oauth2/refresh_token' },
      { kind: 'errcode', errcode: 40013, path: '/sns/oauth2/refresh_token' },
      { kind: 'errcode', errcode: 50002, path: '/sns/oauth2/refresh_token' },
    ] as const) {
      control.setFault(fault)
      await wechat.attendAll()
      control.clearFaults()
      const [grant] = (await personOf()).grants
      assert.deepEqual([grant?.over, grant?.refreshToken === null], [false, false], fault.kind)
      world.advance(8 * hourMs)
    }
    assert.equal((await personOf()).grants[0]?.unchangedRefreshes, 1, 'refused, which is in vain')
    world.advance(8 * dayMs)
    await wechat.attendAll()
    assert.equal((await personOf()).grants[0]?.unchangedRefreshes, 0)
  })

  it('refreshes one account by one worker at a time, however many there are', async () => {
    for (const subject of ['a', 'b', 'c', 'd']) await newcomer(subject)
    world.advance(8 * dayMs)
    world.simulator.control.clearRequests()
    const workers = [wechat.worker, wechat.another(), wechat.another()]
    await Promise.all(workers.map((worker) => worker.attending.attend()))
    assert.equal(callsTo('/sns/oauth2/refresh_token'), 4)
  })

  it('opens what a former secret sealed, and seals it anew', async () => {
    await newcomer()
    const before = (await personOf()).grants[0]?.refreshToken
    const secret = 'a secret that came after, long enough'
    const next = wechat.another({
      secret,
      oldSecrets: ['the secret that seals in tests, of no other use'],
    })
    world.advance(8 * dayMs)
    await wechat.attendAll(next)
    const after = (await personOf()).grants[0]?.refreshToken
    assert.notEqual(after?.split('.')[1], before?.split('.')[1])
    world.advance(8 * dayMs)
    await wechat.attendAll(wechat.another({ secret: 'a secret that never was in force, not once' }))
    assert.match(String(wechat.troubles), /cannot be opened/)
    assert.equal((await personOf()).grants[0]?.over, false)
  })

  it('does not bring back whoever was forgotten while the platform was asked', async () => {
    await newcomer()
    world.simulator.control.changePicture('p0')
    world.advance(8 * dayMs)
    const held = wechat.another({
      keeper: {
        ...world.jobs.keeper,
        async register(entries) {
          await world.store.forget('a', world.now())
          return await world.jobs.keeper.register(entries)
        },
      },
    })
    await wechat.attendAll(held)
    assert.equal(await world.store.avatar('a'), null)
  })
})

describe('decide', () => {
  it('hands out a prompt once, also to those who ask at the same moment, and counts it once', async () => {
    await newcomer()
    world.simulator.control.changePassword('p0')
    await setStanding('gone')
    world.advance(2 * hourMs)
    await wechat.attendAll()
    const { people } = wechat.worker
    const asked = await Promise.all([1, 2, 3, 4].map(() => people.decide('a', tap)))
    const kinds = asked.map((one) => (one.kind === 'decided' ? one.decision.kind : one.kind))
    assert.deepEqual(kinds.toSorted(), ['ask', 'keep', 'keep', 'keep'])
    await people.signal('a', 'prompt-shown', 'profile')
    await people.signal('a', 'prompt-declined')
    const shown = (await typesOf()).filter((type) => type === 'person.prompt-shown')
    assert.equal(shown.length, 1, 'that the page shows what it was handed is no second prompt')
    const later = await people.decide('a', tap)
    assert.equal(later.kind === 'decided' && later.decision.reason, 'after-decline')
    world.advance(20 * 60_000)
    await people.signal('a', 'prompt-shown', 'profile')
    assert.equal((await typesOf()).filter((type) => type === 'person.prompt-shown').length, 2)
  })

  it('refreshes at once what can be refreshed, instead of asking', async () => {
    await newcomer()
    world.advance(2 * hourMs)
    await setStanding('gone')
    const decided = await wechat.worker.people.decide('a', tap)
    assert.equal(decided.kind === 'decided' && decided.decision.kind, 'refresh')
    await wechat.attendAll()
    assert.equal((await personOf()).grants[0]?.lastRefreshAt, world.now())
  })

  it('asks nobody at the entry of a page, and nobody whom it does not know', async () => {
    await newcomer()
    world.simulator.control.changePassword('p0')
    await setStanding('gone')
    world.advance(2 * hourMs)
    await wechat.attendAll()
    for (const occasion of ['entry', 'login', 'sweep'] as const) {
      const decided = await wechat.worker.people.decide('a', { ...tap, occasion })
      assert.equal(decided.kind === 'decided' && decided.decision.kind, 'keep', occasion)
    }
    for (const subject of ['nobody', '../a', '']) {
      const denied = await wechat.worker.people.decide(subject, tap)
      assert.equal(denied.kind === 'denied' && denied.code, 'subject-unknown')
    }
  })
})

describe('signal', () => {
  it('of a session that ended refreshes, and of withdrawn consent forgets', async () => {
    await newcomer()
    world.advance(2 * hourMs)
    await wechat.worker.people.signal('a', 'session-expired')
    await wechat.attendAll()
    assert.equal((await personOf()).grants[0]?.lastRefreshAt, world.now())
    assert.deepEqual(await wechat.worker.people.signal('a', 'consent-withdrawn'), { kind: 'taken' })
    assert.equal(await world.store.person('a', 0), null)
    const after = await wechat.worker.people.signal('a', 'session-expired')
    assert.equal(after.kind === 'denied' && after.code, 'subject-unknown')
  })
})

describe('takePushed', () => {
  const event = (more: object) => ({
    appid: wechat.official.appid,
    openid: world.simulator.control.grants()[0]?.openid ?? '',
    unionid: null,
    at: world.now(),
    ...more,
  })

  it('of a revocation forgets the person, once, and not who agreed anew since', async () => {
    await newcomer()
    const revoked = event({
      kind: 'authorization-revoked',
      revokeInfo: '205',
      coversName: true,
      coversPicture: true,
    }) as Parameters<typeof wechat.worker.people.takePushed>[1]
    await wechat.worker.people.takePushed('k1', revoked)
    await wechat.attendAll()
    assert.equal(await world.store.avatar('a'), null)
    world.advance(hourMs)
    const { code } = world.simulator.control.authorize('p0', wechat.official.appid)
    const { appid } = wechat.official
    await wechat.worker.people.authorized({ appid, subject: 'a' }, code)
    await wechat.worker.people.takePushed('k1', revoked)
    await wechat.worker.people.takePushed('k2', revoked)
    await wechat.attendAll()
    assert.notEqual(await world.store.avatar('a'), null)
  })

  it('of a clock ten minutes behind forgets all the same who agreed just before', async () => {
    await newcomer()
    const revoked = {
      ...(event({
        kind: 'authorization-revoked',
        revokeInfo: '205',
        coversName: true,
        coversPicture: true,
      }) as Parameters<typeof wechat.worker.people.takePushed>[1]),
      at: world.now() - 9 * 60_000,
    }
    await wechat.worker.people.takePushed('k1', revoked)
    await wechat.attendAll()
    assert.equal(await world.store.avatar('a'), null)
  })

  it('of a name alone takes the name and the grant', async () => {
    await newcomer()
    await wechat.worker.people.takePushed(
      'k1',
      event({
        kind: 'authorization-revoked',
        revokeInfo: '19',
        coversName: true,
        coversPicture: false,
      }) as Parameters<typeof wechat.worker.people.takePushed>[1],
    )
    await wechat.attendAll()
    const { avatar, grants } = await personOf()
    assert.deepEqual([avatar.name, avatar.tokenExpiresAt, grants[0]?.over], [null, null, true])
    assert.notEqual(avatar.copy, null)
  })

  it('of a cleaned profile shows nothing any more that the platform took away', async () => {
    const id = await newcomer()
    const old = (await personOf()).avatar
    world.simulator.control.cleanProfile(id)
    const modified = event({ kind: 'profile-modified' }) as Parameters<
      typeof wechat.worker.people.takePushed
    >[1]
    await wechat.worker.people.takePushed('k1', modified)
    await wechat.attendAll()
    await world.drain()
    const { avatar } = await personOf()
    assert.notEqual(avatar.url, old.url)
    assert.equal(avatar.copy, null)
    assert.equal(avatar.name, '微信用户')
  })

  it('of a cleaned profile that cannot be read any more takes both away, and fetches nothing back', async () => {
    const id = await newcomer()
    world.simulator.control.changePassword(id)
    const modified = event({ kind: 'profile-modified' }) as Parameters<
      typeof wechat.worker.people.takePushed
    >[1]
    await wechat.worker.people.takePushed('k1', modified)
    await wechat.attendAll()
    await world.drain()
    world.advance(10 * dayMs)
    await wechat.attendAll()
    await world.drain()
    const { avatar } = await personOf()
    assert.deepEqual([avatar.copy, avatar.name, avatar.standing], [null, null, 'gone'])
    assert.equal((await typesOf()).filter((type) => type === 'avatar.gone').length, 1)
  })
})
