// What browsers get, held beside what it was made from: the same answers, no bigger than promised, nothing newer than
// the browsers it is for.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Script } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { drawFace } from '../../element/drawing.ts'
import { initialsOf } from '../../element/initials.ts'
import { type Happening, begin, step } from '../../element/states.ts'
import { waysOf } from '../../element/ways.ts'
import { elementSource, workerSource } from './element-source.ts'
import { lean } from './element-lean.ts'

/** Newer than 2020, and the end of the whole script where it is not known. */
const tooNew: Readonly<Record<string, RegExp>> = {
  'private members': /[.{;\s]#[a-z]/i,
  'assignment by operator': /(?:\?\?|\|\||&&)=/,
  'a look behind': /\(\?<[=!]/,
  'sets in patterns': /\/[a-z]*v[a-z]*[.,;)\n]/,
  'static blocks': /static\s*\{/,
  'separators in numbers': /\d_\d/,
  'methods of newer lists':
    /\.(?:at|toSorted|toReversed|findLast|replaceAll|hasOwn|isWellFormed)\(/,
}

describe('elementSource', () => {
  it('is at most 4 KB as it goes over the wire', async (t) => {
    const source = await elementSource()
    const bytes = gzipSync(source, { level: 9 }).length
    t.diagnostic(`<ever-avatar>: ${bytes} of 4096 bytes, gzipped`)
    assert.ok(bytes <= 4096, `${bytes} bytes`)
    assert.ok(bytes > 2000, 'it is there at all')
  })

  it('is one whole script that imports and exports nothing', async () => {
    const source = await elementSource()
    assert.doesNotMatch(source, /^\s*(?:import|export)\b/m)
    assert.doesNotThrow(() => new Script(source))
    assert.doesNotMatch(source, /\/\/(?! )[^\n'"`]*\boxlint|\/\*/)
  })

  it('is the same every time', async () => {
    assert.equal(await elementSource(), await elementSource())
  })

  it('holds to what browsers of 2020 know', async () => {
    for (const [what, found] of Object.entries(tooNew)) {
      for (const source of [await elementSource(), await workerSource()]) {
        assert.doesNotMatch(source, found, what)
      }
    }
  })
})

describe('workerSource', () => {
  it('leaves no name behind where it is imported but its own', async () => {
    const source = await workerSource()
    assert.match(source, /^\(\(\)=>\{[\s\S]*\}\)\(\)\n$/)
    assert.doesNotThrow(() => new Script(source))
  })
})

describe('lean', () => {
  const run = (source: string): unknown => new Script(lean(source)).runInThisContext()

  it('makes names short and leaves what others know by name', () => {
    const source = `(() => {
      // A comment, and /* another */ within.
      const lengthy = { width: 3, height: 4 }
      const { width, height } = lengthy
      const product = (first, second = 2) => first * second
      return [product(width, height), product(width), Object.keys({ width, lengthy: 1 })]
    })()`
    assert.deepEqual(run(source), [12, 6, ['width', 'lengthy']])
    assert.ok(lean(source).length < source.length * 0.6)
    assert.doesNotMatch(lean(source), /product|comment|another/)
  })

  it('leaves texts, templates and patterns as they are', () => {
    const source = `((value) => [
      'a  // b', "it's /* no */ comment", \`x  \${value + \`in  \${value}\`}  // \${'}'}\`,
      /[/'"\`]  \\/\\//.source, 'value', 8 / value / 2, \`\${{ value }.value}\`,
    ])(2)`
    assert.deepEqual(run(source), Script.prototype.runInThisContext.call(new Script(source)))
  })

  it('keeps lines apart where a statement may end, and signs that would grow together', () => {
    const source = `(() => {
      let a = 1
      let b = 2
      const c = a
      ++b
      const d = a - -b
      const e = /x/
      const f = a + +b
      if (a) b = 5
      else b = 6
      for (let i = 0; i < 2; i++) b += i
      return [c, d, e.source, f, b, typeof a, 0.5, .25 + 0.25]
    })()`
    assert.deepEqual(run(source), [1, 4, 'x', 4, 6, 'number', 0.5, 0.5])
  })

  it('goes on with one declaration where another follows, and only there', () => {
    const source = `(() => {
      const a = 1
      let b = () => {
        const c = 2
        if (a) b = 5
        const d = 3
        return c + d
      }
      const [e, f] = [b(), a]
      let g = 0
      for (let h = 0; h < 2; h++) g += h
      const i = typeof g
      let j
      return [a, b, e, f, g, i, j]
    })()`
    assert.deepEqual(run(source), [1, 5, 5, 1, 1, 'number', undefined])
    assert.equal(lean(source).match(/let /g)?.length, 5)
  })

  it('compares texts in fewer signs, and numbers in as many as before', () => {
    const source = `((one, other) => {
      void 'nothing'.at(0)
      return [one === 'text', one !== 'text', other === '1', other === 1, other !== null, void 0]
    })('text', 1)`
    assert.deepEqual(run(source), [true, false, false, true, true, undefined])
    assert.equal(lean(source).match(/===|!==/g)?.length, 3)
  })

  it('gives no name that is taken by something else', () => {
    const source = `(() => {
      const e = 1
      const named = 2
      const other = (t) => ({ n: t, r: named + e, method() { return other.length } })
      function method() { return 3 }
      return [other(7).n, other(7).r, other(7).method(), method(), typeof named]
    })()`
    assert.deepEqual(run(source), [7, 3, 1, 3, 'number'])
  })

  it('answers as the sources do', async () => {
    const source = await elementSource()
    const end = source.search(/\nfunction [\w$]+\(\{complete/)
    assert.ok(end > 0)
    // The pure half, and a list of its functions in the order of the sources.
    const pure = source.slice(0, end)
    const names = [...pure.matchAll(/^(?:async )?function ([\w$]+)/gm)].map(([, name]) => name)
    const made = new Script(`(()=>{${pure}\nreturn[${names.join()}]})()`).runInThisContext() as ((
      ...values: unknown[]
    ) => unknown)[]
    const called = (like: string, ...values: unknown[]) => {
      const found = made.find((one) => one.toString().includes(like))
      assert.ok(found !== undefined, like)
      return found(...values)
    }
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
    for (const name of [
      '王小明',
      '欧阳修',
      'Ada Lovelace',
      'محمد علي',
      '🐶🐱',
      '12345',
      '',
      'Ada (she)',
    ]) {
      assert.deepEqual(plain(called('normalize', name)), plain(initialsOf(name)))
      assert.equal(await called('SHA-256', '42', name), await drawFace('42', name))
    }
    for (const way of [['direct', 'copy'], []]) {
      let [state] = begin(way, null)
      for (const what of ['late', 'broken', 'dead', 'broken', 'again', 'loaded'] as Happening[]) {
        assert.deepEqual(plain(called("'again'", state, what)), plain(step(state, what)))
        state = step(state, what)[0]
      }
    }
    const said = (name: string) =>
      ({ base: 'https://f.test/', subject: '4:2', sig: 's', exp: '1' })[name] ?? ''
    assert.deepEqual(plain(called('&exp=', said)), waysOf(said))
  })
})
