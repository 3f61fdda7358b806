import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, describe, it } from 'node:test'

import sharp from 'sharp'

import { createSimulator } from './simulator.ts'
import type { MakePeople, PersonView, Simulator } from './simulator.ts'
import { ask } from './test-client.ts'

const now = Date.UTC(2026, 10, 22)
const hour = 3_600_000

describe('the platform', () => {
  let simulator: Simulator

  before(async () => {
    simulator = await createSimulator({
      seed: 5,
      now: () => now,
      generation: ['imghttp', 'imghttp', 'nws'],
    })
  })
  after(() => simulator.close())

  function make(wish: Omit<MakePeople, 'count'> = {}): PersonView {
    const { first } = simulator.control.makePeople({ count: 1, scheme: 'http', ...wish })
    return simulator.control.person(first)
  }

  it('answers for a dead WeChat picture with exactly the headers of the capture of 2020', async () => {
    const { id, url } = make()
    simulator.control.kill(id)
    for (const method of ['GET', 'HEAD']) {
      // The client asks for the end of the connection, and only then is it announced.
      const { Connection, ...headers } = (await ask(simulator, url, { method })).headers
      assert.equal(Connection, 'close')
      assert.deepEqual(headers, {
        'Cache-Control': 'no-cache',
        'Content-Length': '5093',
        'Content-Type': 'image/png',
        'Last-Modified': 'Mon, 01 Jan 1990 00:00:00 GMT',
        Server: 'ImgHttp3.0.0',
        'X-BCheck': '0_0',
        'X-Cpt': 'filename=0',
        'X-ErrNo': '-6101',
        'X-Info': 'notexist:-6101',
        'X-RtFlag': '0',
      })
    }
  })

  it('says nothing of the connection of a dead picture when it stays open', async () => {
    const { id, url } = make()
    simulator.control.kill(id)
    const { headers } = await ask(simulator, url, { headers: { Connection: 'keep-alive' } })
    assert.equal(headers['Connection'], undefined)
    assert.equal(headers['Date'], undefined)
  })

  it('answers for a living picture with the headers of the capture of 2022', async () => {
    const { url } = make({ forms: ['headimg_dl'] })
    const { headers, body, status } = await ask(simulator, url, {
      headers: { Connection: 'keep-alive' },
    })
    const stamp = Number(headers['X-BCheck']?.split('_')[0])
    assert.equal(status, 200)
    assert.match(headers['X-Delay'] ?? '', /^\d+ us$/)
    assert.deepEqual(headers, {
      Server: 'ImgHttp3.0.0',
      Connection: 'keep-alive',
      Vary: 'Accept,Origin',
      'Content-Type': 'image/jpeg',
      'Content-Length': String(body.length),
      'Last-Modified': new Date((stamp + 8 * 3600) * 1000).toUTCString(),
      'Cache-Control': 'max-age=2592000',
      'X-Delay': headers['X-Delay'],
      'X-Info': 'real data',
      'X-BCheck': `${stamp}_0`,
      'X-Cpt': 'filename=0',
      'User-ReturnCode': '0',
      'X-DataSrc': '2',
      'X-ReqGue': '0',
      Size: String(body.length),
      chid: '0',
      fid: '0',
    })
  })

  it('answers for a size that QQ lacks with the headers of the capture of 2022', async () => {
    const { url } = make({ forms: ['headimg_dl'], mix: { lacks640: 1 } })
    const { headers, body } = await ask(simulator, url, { headers: { Connection: 'keep-alive' } })
    assert.deepEqual(headers, {
      Server: 'ImgHttp3.0.0',
      'Cache-Control': 'no-cache',
      'Content-Type': 'image/jpeg',
      'Content-Length': '1512',
      'Last-Modified': 'Mon, 01 Jan 1990 00:00:00 GMT',
      'X-Info': 'notexist:-109',
      'X-BCheck': '0_0',
      'X-Cpt': 'filename=0',
      'X-FailNo': '-109',
      'X-RtFlag': '1',
    })
    assert.equal(body.length, 1512)
    assert.equal((await sharp(body).metadata()).format, 'jpeg')
    const smaller = await ask(simulator, url.replace('spec=640', 'spec=100'))
    assert.equal(smaller.headers['X-Info'], 'real data')
  })

  it('answers on the other generation of servers without X-Info while a picture lives', async () => {
    const { id, url } = make()
    const alive = await ask(simulator, url, { edge: 2 })
    assert.equal(alive.headers['X-Info'], undefined)
    assert.equal(alive.headers['Vary'], 'Accept')
    assert.equal(alive.headers['X-Cache-Lookup'], 'Hit From Disktank3')
    assert.match(
      alive.headers['X-NWS-LOG-UUID'] ?? '',
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    )
    simulator.control.kill(id)
    const dead = await ask(simulator, url, { edge: 2 })
    assert.equal(dead.headers['X-ErrNo'], '-6101')
    assert.ok(dead.headers['X-NWS-LOG-UUID'])
  })

  it('shows a grey PNG of exactly 5093 bytes for every dead picture', async () => {
    const [one, other] = [make(), make()]
    simulator.control.kill(one.id)
    simulator.control.kill(other.id)
    const { body } = await ask(simulator, one.url)
    assert.equal(body.length, 5093)
    const { format, width } = await sharp(body).metadata()
    assert.deepEqual({ format, width }, { format: 'png', width: 132 })
    const { channels } = await sharp(body).stats()
    const means = channels.slice(0, 3).map((channel) => Math.round(channel.mean))
    assert.equal(new Set(means).size, 1)
    assert.deepEqual((await ask(simulator, other.url)).body, body)
  })

  it('serves real pictures in every size, and nobody the bytes of somebody else', async () => {
    const people = Array.from({ length: 80 }, () => make())
    const bodies = await Promise.all(
      people.map(async ({ url }) => (await ask(simulator, url)).body),
    )
    assert.equal(new Set(bodies.map((body) => body.toString('latin1'))).size, 80)
    const url = people[0]?.url ?? ''
    for (const [size, width] of [
      [0, 640],
      [46, 46],
      [64, 64],
      [96, 96],
      [132, 132],
    ] as const) {
      const { body } = await ask(simulator, url.replace('/132', `/${size}`))
      const metadata = await sharp(body).metadata()
      assert.deepEqual([metadata.format, metadata.width], ['jpeg', width])
    }
  })

  it('sends the length but no body to HEAD', async () => {
    const { url } = make()
    const [got, head] = [await ask(simulator, url), await ask(simulator, url, { method: 'HEAD' })]
    assert.equal(head.headers['Content-Length'], String(got.body.length))
    assert.equal(head.body.length, 0)
  })

  it('answers the same over https, whose certificate the authority vouches for', async () => {
    const { url } = make({ scheme: 'https' })
    assert.match(url, /^https:/)
    for (const edge of [0, 1, 2]) assert.equal((await ask(simulator, url, { edge })).status, 200)
  })

  it('permits other origins only when asked by one, and never for QQ', async () => {
    const name = 'Access-Control-Allow-Origin'
    const headers = { Origin: 'https://app.test' }
    const wechat = make().url
    const qq = make({ forms: ['g'] }).url
    assert.equal((await ask(simulator, wechat)).headers[name], undefined)
    assert.equal((await ask(simulator, wechat, { headers })).headers[name], '*')
    assert.equal((await ask(simulator, qq, { headers })).headers[name], undefined)
  })

  it('refuses malformed URLs by 400', async () => {
    const { url } = make()
    const spoiled = [
      url.replace('/132', ''),
      `${url}/0`,
      url.replace('/132', '/133'),
      url.replace(/(.{20})\/132/, '/$1/132'),
      url.replace(/.{3}\/132/, '/132'),
      url.replace(/(vi_32\/.{9})./, '$1_'),
    ]
    for (const each of spoiled) assert.equal((await ask(simulator, each)).status, 400, each)
    const made = Array.from({ length: 12 }, () => make({ mix: { malformed: 1 } }))
    assert.equal(new Set(made.map(({ spoiling }) => spoiling)).size, 4)
    for (const each of made) assert.equal((await ask(simulator, each.url)).status, 400, each.url)
  })

  it('knows no picture on the wrong host', async () => {
    const card = make({ forms: ['mmhead/ver_1'] }).url
    assert.equal((await ask(simulator, card)).status, 200)
    assert.equal((await ask(simulator, card.replace('wx.', 'thirdwx.'))).status, 404)
    assert.equal((await ask(simulator, card.replace('wx.qlogo.cn', 'q1.qlogo.cn'))).status, 404)
    assert.equal((await ask(simulator, 'http://example.com/')).status, 404)
  })

  it('answers for a token that it never gave as for one that it forgot', async () => {
    const stranger = await createSimulator({ seed: 6 })
    stranger.control.makePeople({ count: 1, scheme: 'http' })
    const { url } = stranger.control.person('p0')
    await stranger.close()
    const { status, headers } = await ask(simulator, url)
    assert.deepEqual([status, headers['X-ErrNo']], [200, '-6101'])
  })

  it('serves the default picture under its one URL with the headers of a living one', async () => {
    const { url, truth } = make({ mix: { placeholder: 1 } })
    assert.equal(truth, 'placeholder')
    assert.match(url, /\/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmi/)
    assert.equal((await ask(simulator, url)).headers['X-Info'], 'real data')
  })

  it('serves every form of URL that it hands out', async () => {
    const forms = [
      'mmopen',
      'mmhead',
      'g',
      'headimg_dl',
      'qqapp',
      'oidb',
      'qqopen',
      'signed',
    ] as const
    for (const form of forms) {
      const { status, headers } = await ask(simulator, make({ forms: [form] }).url)
      assert.deepEqual([status, headers['Content-Type']], [200, 'image/jpeg'], form)
    }
  })

  it('refuses signed URLs that are over, altered, or not signed', async () => {
    const said = async (address: string) => {
      const { status, headers, body } = await ask(simulator, address)
      return [status, headers['Content-Type'], body.toString()]
    }
    const { url } = make({ forms: ['signed'] })
    const over = make({ forms: ['signed'], mix: { gone: 1 } }).url
    assert.deepEqual(await said(over), [403, 'text/plain', 'URL signature expired'])
    const larger = url.replace('s96x96', 's640x640')
    assert.deepEqual(await said(larger), [403, 'text/plain', 'Invalid URL signature'])
    assert.deepEqual(await said(url.replace(/&oh=.*/, '')), [403, 'text/plain', 'Unsigned URL'])
  })

  it('counts every request by edge, host, method and status', async () => {
    simulator.control.clearRequests()
    const { url } = make({ hosts: ['wx.qlogo.cn'] })
    await ask(simulator, url, { edge: 1 })
    await ask(simulator, url, { edge: 1 })
    await ask(simulator, url.replace('/132', ''), { edge: 0, method: 'HEAD' })
    const { total, by, last } = simulator.control.requests()
    assert.equal(total, 3)
    assert.deepEqual(by, [
      { edge: '127.0.0.3', host: 'wx.qlogo.cn', method: 'GET', status: 200, count: 2 },
      { edge: '127.0.0.2', host: 'wx.qlogo.cn', method: 'HEAD', status: 400, count: 1 },
    ])
    assert.equal(last[0]?.target, new URL(url).pathname)
  })
})

describe('createSimulator', () => {
  it('makes the same world from the same seed', async () => {
    const makeWorld = async (seed: number) => {
      await using simulator = await createSimulator({ seed, now: () => now })
      const { first } = simulator.control.makePeople({ count: 300, mix: { dying: 0.3, gone: 0.1 } })
      simulator.control.changePicture(first, { over: hour })
      return JSON.stringify(simulator.control.listPeople({ limit: 300 }))
    }
    assert.equal(await makeWorld(1), await makeWorld(1))
    assert.notEqual(await makeWorld(1), await makeWorld(2))
  })

  it('says how to reach every host on every edge', async () => {
    await using simulator = await createSimulator({ edges: ['127.0.0.9', '127.0.1.9'] })
    const { connectTo, ports, hosts } = simulator
    assert.equal(connectTo.length, hosts.length * 2 * 2)
    assert.ok(connectTo.includes(`wx.qlogo.cn:80:127.0.0.9:${ports.http}`))
    assert.ok(connectTo.includes(`thirdwx.qlogo.cn:443:127.0.1.9:${ports.https}`))
  })

  it('refuses addresses that are not loopback', async () => {
    await assert.rejects(createSimulator({ edges: ['10.0.0.1'] }), /127\.0\.0\.0\/8/)
  })

  it('keeps no process alive once it is closed', () => {
    const script = `
      const { createSimulator } = await import(${JSON.stringify(import.meta.resolve('./simulator.ts'))})
      const simulator = await createSimulator()
      simulator.control.makePeople({ count: 10 })
      await simulator.close()`
    const { status, signal, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { timeout: 20_000, encoding: 'utf8' },
    )
    assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' })
  })

  it('leaves nothing behind when it is closed amid requests', async () => {
    const left = () =>
      process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout/.test(name)).length
    const before = left()
    const simulator = await createSimulator()
    simulator.control.makePeople({ count: 2, scheme: 'https' })
    simulator.control.setFault({ kind: 'slow', delayMs: 60_000, person: 'p0' })
    simulator.control.setFault({ kind: 'never', person: 'p1' })
    const asked = ['p0', 'p1'].map((id) => ask(simulator, simulator.control.person(id).url))
    const ends = Promise.allSettled(asked)
    while (simulator.control.requests().total < 2) await new Promise(setImmediate)
    await simulator.close()
    for (const end of await ends) assert.equal(end.status, 'rejected')
    await new Promise((resolve) => setImmediate(resolve))
    assert.ok(left() <= before)
  })
})
