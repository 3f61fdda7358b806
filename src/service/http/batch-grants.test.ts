// Grants in the lines of a batch: taken and refused as a single registration takes and refuses them, sealed, never said again.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type WechatWorld, createWechatWorld } from '../../../test/wechat-world.ts'
import { EverfaceError } from '../../errors.ts'
import type { People } from '../../jobs/people.ts'
import { type Harness, type HttpWorld, createHttpWorld } from './harness.ts'

/** Stands out wherever it appears. */
const refreshToken = 'REFRESH_which_nobody_may_see'

let world: HttpWorld
let wechat: WechatWorld
let http: Harness
before(async () => {
  world = await createHttpWorld()
  wechat = await createWechatWorld(world)
  http = open()
})
after(async () => {
  wechat.close()
  await world.close()
})

function open(change: Partial<People> = {}): Harness {
  return world.open({ people: { ...wechat.worker.people, ...change } })
}

interface Result {
  readonly line: number
  readonly outcome: string
  readonly problem?: { readonly code: string; readonly detail: string }
}

function entry(subject: string, grant: object, more: object = {}): object {
  const url = `https://thirdwx.qlogo.cn/mmopen/vi_32/${subject}/132`
  return { subject, url, grant, ...more }
}

function granted(openid: string, more: object = {}): object {
  const { appid } = wechat.official
  return { appid, openid, refreshToken, scope: 'snsapi_userinfo', ...more }
}

async function send(
  lines: readonly (object | string)[],
  on: Harness = http,
): Promise<{ results: Result[]; text: string }> {
  const told = await on.ask('POST /v1/avatars:batch', {
    as: 'write',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n'),
  })
  assert.equal(told.status, 200, told.text)
  const results = told.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Result)
  return { results, text: told.text }
}

async function grantsOf(subject: string) {
  return (await world.store.person(subject, 0))?.grants ?? []
}

describe('a batch with grants', () => {
  it('keeps each with its person, sealed', async () => {
    const ago = (ms: number) => new Date(world.now() - ms).toISOString()
    const { results } = await send([
      entry('g1', granted('open1')),
      entry('g2', granted('open2'), { imported: true }),
      entry('g3', granted('open3a', { grantedAt: ago(2_000) })),
      entry('g3', granted('open3b', { grantedAt: ago(1_000), refreshToken: 'REFRESH_another' })),
    ])
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['created', 'created', 'created', 'renewed'],
    )
    for (const [subject, openid] of [
      ['g1', 'open1'],
      ['g2', 'open2'],
      ['g3', 'open3b'],
    ] as const) {
      const [kept, ...others] = await grantsOf(subject)
      assert.equal(kept?.openid, openid)
      assert.deepEqual(others, [])
      assert.ok(kept?.refreshToken != null && !kept.refreshToken.includes('REFRESH_'))
    }
    const avatar = await world.store.avatar('g1')
    assert.ok((avatar?.tokenExpiresAt ?? 0) > world.now())
  })

  it('refuses what a single registration refuses, by the same codes, and does nothing by halves', async () => {
    const future = new Date(world.now() + 3_600_000).toISOString()
    const cases: readonly (readonly [subject: string, sent: object])[] = [
      ['r1', entry('r1', granted('o', { appid: 'wx-none' }))],
      ['r2', entry('r2', granted('o', { grantedAt: future }))],
      ['r3', entry('r3', granted('o', { refreshToken: `${refreshToken} with space` }))],
      ['r4', entry('r4', granted('o', { refreshToken: [refreshToken] }))],
      ['r5', entry('r5', granted('no id!'))],
      ['r6', entry('r6', granted('o', { more: refreshToken }))],
      ['r7', entry('r7', granted('o'), { snapshot: true })],
      ['r8', entry('r8', granted('o'), { provider: 'qq' })],
      ['r9', entry('r9', granted('o'), { url: 'nonsense' })],
    ]
    const { results } = await send(cases.map(([, sent]) => sent))
    const single = []
    for (const [subject, sent] of cases) {
      const json = Object.fromEntries(Object.entries(sent).filter(([name]) => name !== 'subject'))
      single.push((await http.ask(`PUT /v1/avatars/${subject}`, { json })).json.code)
    }
    assert.deepEqual(
      results.map(({ problem }) => problem?.code),
      single,
    )
    assert.deepEqual(single, [
      'grant-app-unknown',
      'observed-in-future',
      'body-invalid',
      'body-invalid',
      'body-invalid',
      'body-invalid',
      'snapshot-profile',
      'provider-mismatch',
      'url-invalid',
    ])
    for (const [subject] of cases) assert.equal(await world.store.avatar(subject), null, subject)
  })

  it('never says a token again, whatever is wrong with the line, nor logs it', async () => {
    const heard = open()
    const whole = JSON.stringify(entry('t1', granted('o')))
    const { results, text } = await send(
      [
        whole,
        whole.slice(0, -1),
        `${whole} ${refreshToken}`,
        entry('t2', granted('o', { scope: refreshToken })),
        entry('t3', granted('o', { refreshToken: `${refreshToken}\u00e9` })),
        entry('t4', granted('o', { openid: `${refreshToken}!` })),
        entry('t5', granted('o', { appid: refreshToken })),
        { subject: 't6', url: 'https://thirdwx.qlogo.cn/mmopen/vi_32/t6/132', grant: refreshToken },
        entry('t7', granted('o'), { snapshot: refreshToken }),
        entry('t8', granted('o'), { observedAt: refreshToken }),
        entry('t9', granted('o', { grantedAt: refreshToken })),
        entry('t10', granted('o'), { name: 'x'.repeat(40_000) }),
      ],
      heard,
    )
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['created', ...Array.from({ length: 11 }, () => 'denied')],
    )
    assert.ok(!text.includes(refreshToken), text)
    assert.ok(!JSON.stringify(heard.lines).includes(refreshToken))
  })

  it('says that a line was denied when its person was forgotten before the grant was kept', async () => {
    const forgetful = open({
      async grant(subject, given) {
        await world.jobs.keeper.forget(subject)
        return wechat.worker.people.grant(subject, given)
      },
    })
    const { results } = await send([entry('f1', granted('o'))], forgetful)
    assert.equal(results[0]?.problem?.code, 'subject-unknown')
    assert.deepEqual(await grantsOf('f1'), [])
  })

  it('stops where a grant cannot be kept; the same lines again make up for it', async () => {
    let calls = 0
    const failing = open({
      grant(subject, given) {
        if (++calls > 1) return Promise.reject(new EverfaceError('store-unreachable', 'away'))
        return wechat.worker.people.grant(subject, given)
      },
    })
    const lines = [entry('h1', granted('o1')), entry('h2', granted('o2'))]
    const { results } = await send(lines, failing)
    assert.deepEqual(
      results.map(({ outcome, line, problem }) => [outcome, line, problem?.code]),
      [['stopped', 0, 'store-unreachable']],
    )
    const again = await send(lines)
    assert.deepEqual(
      again.results.map(({ outcome }) => outcome),
      ['renewed', 'renewed'],
    )
    assert.equal((await grantsOf('h2'))[0]?.openid, 'o2')
  })

  it('ends what is known of a snapshot by a login, not by a list of unknown age', async () => {
    const url = 'https://thirdwx.qlogo.cn/mmopen/vi_32/snap/132'
    const isSnapshot = async () =>
      (await world.store.person('n1', 0))?.events.some(({ type }) => type === 'person.snapshot')
    await send([{ subject: 'n1', url }])
    await send([{ subject: 'n1', url, snapshot: true }])
    assert.equal(await isSnapshot(), true)
    await send([{ subject: 'n1', url, imported: true }])
    assert.equal(await isSnapshot(), true)
    await send([{ subject: 'n1', url }])
    assert.equal(await isSnapshot(), false)
  })
})
