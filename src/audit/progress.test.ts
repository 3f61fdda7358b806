import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createProgress, type ProgressOptions } from './progress.ts'
import { textWidth } from './terminal-text.ts'

function started(changes: Partial<ProgressOptions> = {}) {
  const written: string[] = []
  let at = 1_000_000
  const progress = createProgress({
    total: 1000,
    write: (text) => written.push(text),
    now: () => at,
    terminal: true,
    color: false,
    ...changes,
  })
  const pass = (ms: number) => {
    at += ms
  }
  return { progress, written, pass }
}

describe('createProgress', () => {
  it('redraws one line on a terminal: done, share, rate, time left, what was found', () => {
    const { progress, written, pass } = started()
    for (let row = 0; row < 250; row += 1) {
      pass(10)
      progress.add(row % 50 === 0 ? 'gone' : 'alive')
    }
    const last = written.at(-1) ?? ''
    assert.ok(last.startsWith('\r\u001b[K'))
    assert.ok(!last.includes('\n'))
    assert.match(last, /241\/1 000 {2}24 % {2}100\/s {2}7\.6 s left {2}✕ 5 gone {2}● 236 alive/)
  })

  it('draws no more often than it should', () => {
    const { progress, written, pass } = started()
    for (let row = 0; row < 1000; row += 1) {
      pass(1)
      progress.add('alive')
    }
    assert.ok(written.length <= 11)
  })

  it('writes a plain line every few seconds where there is no terminal', () => {
    const { progress, written, pass } = started({ terminal: false, color: true })
    for (let row = 0; row < 120; row += 1) {
      pass(100)
      progress.add('alive')
    }
    assert.deepEqual(
      written.map((text) => text.split('  ')[0]),
      ['50/1 000', '100/1 000'],
    )
    assert.ok(written.every((text) => text.endsWith('\n') && !text.includes('\u001b')))
  })

  it('tells no share and no time left when the total is not known', () => {
    const { progress, written, pass } = started({ total: null })
    pass(200)
    progress.add('alive')
    assert.match(written.at(-1) ?? '', /^\r\u001b\[K1 {2}5\.0\/s {2}● 1 alive$/)
  })

  it('shows an estimated total as one', () => {
    const { progress, written, pass } = started({ estimated: true })
    pass(200)
    progress.add('alive')
    assert.match(written.at(-1) ?? '', /1\/≈ 1 000 /)
  })

  it('counts what an earlier run had done, but not in the rate', () => {
    const { progress, written, pass } = started()
    for (let row = 0; row < 900; row++) progress.skip('alive')
    pass(1000)
    progress.add('alive')
    assert.match(written.at(-1) ?? '', /901\/1 000 {2}90 % {2}1\.0\/s/)
  })

  it('never exceeds the terminal, however narrow', () => {
    for (const columns of [10, 30, 50, 80]) {
      const { progress, written, pass } = started({ columns: () => columns })
      for (const finding of ['gone', 'dying', 'alive', 'unknown'] as const) {
        pass(200)
        progress.add(finding)
      }
      const widths = written.map((text) => textWidth(text.replace('\r\u001b[K', '')))
      assert.ok(widths.every((width) => width < columns))
    }
  })

  it('draws on a tick while results keep one waiting', () => {
    const { progress, written, pass } = started()
    progress.tick()
    pass(50)
    progress.tick()
    pass(100)
    progress.tick()
    assert.equal(written.length, 2)
  })

  it('writes a note above the bar', () => {
    const { progress, written } = started()
    progress.note('The host asks for patience.')
    assert.equal(written[0], '\r\u001b[KThe host asks for patience.\n')
    assert.match(written[1] ?? '', /^\r\u001b\[K/)
  })

  it('leaves one last line and is silent then', () => {
    const { progress, written, pass } = started()
    pass(2000)
    progress.add('gone')
    progress.finish()
    assert.equal(written.at(-1), '\r\u001b[K1 checked in 2.0 s  1/s  ✕ 1 gone\n')
    const { length } = written
    progress.finish()
    progress.tick()
    assert.equal(written.length, length)
  })

  it('says that it was stopped', () => {
    const { progress, written } = started({ terminal: false })
    progress.add('gone')
    progress.finish({ stopped: true })
    assert.match(written.at(-1) ?? '', /^1 checked before the stop in 0\.0 s/)
  })
})
