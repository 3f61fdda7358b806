// Which statements are named, and when naming ends.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createNames } from './postgres-names.ts'
import { planAnew } from './sql.ts'

describe('createNames', () => {
  it('names a statement from its third use on, each by its own name', () => {
    const names = createNames()
    const given = ['a', 'b', 'a', 'a', 'b', 'b', 'a'].map((text) => names.of(text))
    const [first, second] = [given[3], given[5]]
    assert.ok(first !== undefined && second !== undefined && first !== second)
    assert.deepEqual(given, [undefined, undefined, undefined, first, undefined, second, first])
  })

  it('names a hundred statements, however many there are', () => {
    const names = createNames()
    const given = new Set<string>()
    for (let time = 0; time < 3; time++) {
      for (let text = 0; text < 5_000; text++) given.add(names.of(`SELECT ${text}`) ?? '')
    }
    given.delete('')
    assert.equal(given.size, 100)
  })

  it('names none that is to be planned anew', () => {
    const names = createNames()
    const text = `${planAnew} SELECT 1`
    for (let time = 0; time < 5; time++) assert.equal(names.of(text), undefined)
  })

  it('gives up once a name was refused, and for nothing else', () => {
    const names = createNames()
    for (let time = 0; time < 3; time++) names.of('SELECT 1')
    assert.equal(names.giveUpAfter('40001'), false)
    assert.notEqual(names.of('SELECT 1'), undefined)
    assert.equal(names.giveUpAfter('26000'), true)
    assert.equal(names.of('SELECT 1'), undefined)
    assert.equal(names.giveUpAfter('26000'), false)
  })
})
