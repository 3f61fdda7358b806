import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readTime } from './time.ts'

const time = Date.UTC(2024, 4, 6, 7, 8, 9)

describe('readTime', () => {
  it('reads the forms that tables have', () => {
    for (const text of [
      '2024-05-06T07:08:09Z',
      '2024-05-06T07:08:09.000Z',
      '2024-05-06 07:08:09',
      '2024/5/6 7:08:09',
      '2024-05-06 15:08:09+08',
      '2024-05-06T15:08:09+08:00',
      '2024-05-06 07:08:09.000000+00',
      '1714979289',
      '1714979289000',
      '1714979289000000',
    ]) {
      assert.equal(readTime(text), time, text)
    }
    assert.equal(readTime('2024-05-06'), Date.UTC(2024, 4, 6))
  })

  it('takes nothing else for a time', () => {
    for (const text of ['', 'yesterday', '42', '2024-02-31', '2024-13-01', '0000-00-00 00:00:00']) {
      assert.equal(readTime(text), undefined, text)
    }
  })

  it('reads every ISO time of our days, and never throws', () => {
    const min = new Date('1990-01-01T00:00:00Z')
    const max = new Date('2099-12-31T23:59:59Z')
    fc.assert(
      fc.property(fc.date({ min, max, noInvalidDate: true }), (date) => {
        assert.equal(readTime(date.toISOString()), date.getTime())
      }),
    )
    fc.assert(fc.property(fc.string(), (text) => void readTime(text)))
  })
})
