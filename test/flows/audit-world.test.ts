// A whole audit of a made world: 100 000 people, links that died, die, or never worked, and every fault of the
// simulator. What is true is known, so every verdict can be held against it.
import assert from 'node:assert/strict'
import { createReadStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultWish, Simulator, Truth } from '../../simulator/simulator.ts'
import { createSimulator } from '../../simulator/simulator.ts'
import type { Result } from '../../src/audit/result.ts'
import { everface, startEverface, temporaryFolder } from '../everface.ts'

const people = 100_000

/** Faults that leave nothing to go by, whatever the method. */
const silencing: readonly FaultWish[] = [
  { kind: 'never' },
  { kind: 'garbage' },
  { kind: 'reset', when: 'before-headers' },
  { kind: 'captive-portal' },
  { kind: 'captive-portal', redirect: true },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 502 },
  { kind: 'status', status: 404 },
  { kind: 'endless-headers' },
  { kind: 'redirect-loop' },
  { kind: 'redirect', to: 'http://127.0.0.1:1/' },
]

/** Faults of bodies: an answer to HEAD may still tell all, one to GET may not be believed. */
const spoiling: readonly FaultWish[] = [
  { kind: 'half-body' },
  { kind: 'lying-length', by: 1000 },
  { kind: 'reset', when: 'after-headers' },
  { kind: 'gzip-bomb' },
  { kind: 'endless-body' },
]

/** Faults that a good client gets over. */
const healing: readonly FaultWish[] = [
  { kind: 'slow', delayMs: 150 },
  { kind: 'close', announced: true },
  { kind: 'close', announced: false },
  { kind: 'head-405' },
  { kind: 'head-body' },
  { kind: 'status', status: 503, count: 1 },
]

async function readResults(file: string): Promise<Result[]> {
  const results: Result[] = []
  for await (const line of createInterface(createReadStream(file)))
    results.push(JSON.parse(line) as Result)
  return results
}

describe('everface check on a made world', { timeout: 300_000 }, () => {
  const folder = temporaryFolder()
  const list = join(folder.path, 'people.csv')
  const flags: string[] = ['--rate', '0', '--timeout', '4000', '--retries', '1', '--quiet']
  let simulator: Simulator
  const truths = new Map<string, Truth>()
  const faulty = new Map<string, 'silencing' | 'spoiling' | 'healing'>()

  before(async () => {
    // The platform's clock stands still, so that no dying link is gone before it is asked for.
    simulator = await createSimulator({
      seed: 11,
      edges: 3,
      generation: ['imghttp', 'imghttp', 'nws'],
      speed: 0,
    })
    const mix = { gone: 0.1, dying: 0.05, placeholder: 0.02, malformed: 0.02 }
    simulator.control.makePeople({ count: people, scheme: 'http', mix })
    let text = ''
    for (const piece of simulator.control.list({ truth: true })) text += piece
    const lines = text.trimEnd().split('\n').slice(1)
    for (const line of lines) {
      const [id = '', , truth] = line.split(',')
      truths.set(id, truth as Truth)
    }
    writeFileSync(
      list,
      `id,avatar\n${lines.map((line) => line.slice(0, line.lastIndexOf(','))).join('\n')}\n`,
    )
    // Some floods keep the simulator busy: they are met one by one, not all at the start.
    const living = [...truths].flatMap(([id, truth], at) =>
      truth === 'alive' && at % 2_000 < 2 ? [id] : [],
    )
    for (const [group, faults] of Object.entries({ silencing, spoiling, healing })) {
      for (const fault of faults) {
        for (const id of living.splice(0, 2)) {
          simulator.control.setFault({ ...fault, person: id })
          faulty.set(id, group as 'silencing')
        }
      }
    }
    for (const line of simulator.connectTo) flags.push('--connect-to', line)
  })
  after(async () => {
    await simulator.close()
    folder[Symbol.dispose]()
  })

  function judge(results: readonly Result[]): void {
    assert.equal(results.length, people)
    assert.equal(new Set(results.map(({ id }) => id)).size, people)
    const wrong: string[] = []
    const found = { dying: 0, aliveOfDying: 0 }
    for (const { id, verdict, rule, edges } of results) {
      const truth = truths.get(id)
      const group = faulty.get(id)
      const right =
        group === 'silencing'
          ? verdict === 'unknown'
          : truth === 'alive'
            ? verdict === 'alive' || (group === 'spoiling' && verdict === 'unknown')
            : truth === 'dying'
              ? verdict === 'dying' || verdict === 'alive'
              : verdict === truth
      if (!right)
        wrong.push(
          `${id}: ${truth} is called ${verdict} ${JSON.stringify(edges)} (${rule}; ${group ?? 'no fault'})`,
        )
      if (truth === 'dying') found[verdict === 'dying' ? 'dying' : 'aliveOfDying']++
      if (verdict === 'dying') assert.ok((edges.alive ?? 0) > 0 && (edges.gone ?? 0) > 0)
    }
    assert.deepEqual(wrong.slice(0, 20), [])
    // A dying link is met on a dead edge first about as often as on a living one.
    assert.ok(found.dying > found.aliveOfDying / 4, JSON.stringify(found))
  }

  it('finds all dead, calls no living picture gone, and takes no fault for a verdict, in little memory', async () => {
    const out = join(folder.path, 'all.ndjson')
    const { ended } = startEverface(
      ['check', list, ...flags, '--out', out],
      ['--max-old-space-size=80'],
    )
    const { code, stderr } = await ended
    assert.equal(code, 0, stderr)
    judge(await readResults(out))
  })

  it('goes on after Ctrl-C and after kill -9 without a double or a missing line', async () => {
    const out = join(folder.path, 'resumed.ndjson')
    const stopWhen = async (lines: number, signal: NodeJS.Signals, args: readonly string[]) => {
      const { child, ended } = startEverface(['check', list, ...flags, ...args])
      for (let tries = 0; tries < 2_000 && child.exitCode === null; tries++) {
        if (countLines(out) >= lines) break
        await sleep(20)
      }
      child.kill(signal)
      return await ended
    }
    const first = await stopWhen(8_000, 'SIGINT', ['--out', out])
    assert.equal(first.code, 3, first.stderr)
    assert.match(first.stderr, /Go on with --resume/)
    assert.ok(readFileSync(out, 'utf8').endsWith('\n'))
    const second = await stopWhen(30_000, 'SIGKILL', ['--resume', out])
    assert.equal(second.code, null)
    const { code, stderr } = await startEverface(['check', list, ...flags, '--resume', out]).ended
    assert.equal(code, 0, stderr)
    judge(await readResults(out))
  })

  it('finds every dying link when every edge is asked', async () => {
    const some = [...truths].filter(([, truth]) => truth === 'dying').slice(0, 300)
    const file = join(folder.path, 'dying.csv')
    const rows = some.map(([id]) => `${id},${simulator.control.person(id).url}`)
    writeFileSync(file, `id,avatar\n${rows.join('\n')}\n`)
    const { stdout } = await everface([
      'check',
      file,
      ...flags,
      '--every-edge',
      '--format',
      'ndjson',
    ])
    const verdicts = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as Result).verdict)
    assert.deepEqual([...new Set(verdicts)], ['dying'])
  })

  it('believes no spoilt body when bodies are fetched', async () => {
    const file = join(folder.path, 'faulty.csv')
    const rows = [...faulty.keys()].map((id) => `${id},${simulator.control.person(id).url}`)
    writeFileSync(file, `id,avatar\n${rows.join('\n')}\n`)
    const { stdout } = await everface(['check', file, ...flags, '--get', '--format', 'ndjson'])
    for (const line of stdout.trimEnd().split('\n')) {
      const { id, verdict, rule } = JSON.parse(line) as Result
      const expected = faulty.get(id) === 'healing' ? 'alive' : 'unknown'
      assert.equal(verdict, expected, `${id} (${rule})`)
    }
  })

  it('calls wrong certificates unknown over https', async () => {
    const id = simulator.control.setFault({
      kind: 'wrong-certificate',
      flaw: 'name',
      host: 'q3.qlogo.cn',
    }).id
    const stall = simulator.control.setFault({ kind: 'tls-stall', host: 'q2.qlogo.cn' }).id
    const made = simulator.control.makePeople({ count: 40, forms: ['g'], scheme: 'https' })
    const ca = join(folder.path, 'ca.pem')
    await simulator.writeCa(ca)
    const urls = simulator.control
      .listPeople({ offset: made.total - 40, limit: 40 })
      .people.map(({ url }) => url)
    const { stdout } = await everface(
      ['check', '-', ...flags, '--ca', ca, '--format', 'ndjson'],
      urls.join('\n'),
    )
    simulator.control.clearFaults(id)
    simulator.control.clearFaults(stall)
    const results = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Result)
    assert.equal(results.length, 40)
    for (const { url, verdict, rule } of results) {
      const spoiled = url.includes('//q3.')
        ? 'net.tls'
        : url.includes('//q2.')
          ? 'net.timeout'
          : null
      assert.equal(verdict, spoiled === null ? 'alive' : 'unknown', url)
      if (spoiled !== null) assert.equal(rule, spoiled)
    }
    assert.equal(new Set(results.map(({ verdict }) => verdict)).size, 2)
  })

  it('slows down for a host that throttles, and still gets every answer', async () => {
    const throttle = simulator.control.setFault({
      kind: 'throttle',
      perSecond: 40,
      host: 'thirdqq.qlogo.cn',
    }).id
    const made = simulator.control.makePeople({
      count: 120,
      forms: ['qqapp'],
      hosts: ['thirdqq.qlogo.cn'],
      scheme: 'http',
    })
    const urls = simulator.control
      .listPeople({ offset: made.total - 120, limit: 120 })
      .people.map(({ url }) => url)
    const { stdout } = await everface(
      ['check', '-', ...flags, '--retries', '8', '--format', 'ndjson'],
      urls.join('\n'),
    )
    simulator.control.clearFaults(throttle)
    const verdicts = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as Result).verdict)
    assert.equal(verdicts.length, 120)
    assert.deepEqual([...new Set(verdicts)], ['alive'])
  })
})

function countLines(file: string): number {
  try {
    return readFileSync(file, 'latin1').split('\n').length - 1
  } catch {
    // Not there yet.
    return 0
  }
}
