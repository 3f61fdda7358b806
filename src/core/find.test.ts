// Many verdicts, one finding: in any order the same, and nothing claimed that no edge has said.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { find } from './find.ts'
import { failureRules } from './providers/common.ts'
import { readUrl } from './read-url.ts'
import { type Verdict, type VerdictKind, verdictKinds } from './verdict.ts'

const unknownHost = readUrl('https://images.example.com/1.jpg')
const verdict: fc.Arbitrary<Verdict> = fc.record(
  {
    kind: fc.constantFrom(...verdictKinds),
    rule: fc.constantFrom('a.one', 'a.two', 'a.three'),
    detail: fc.constantFrom('One.', 'Two.'),
  },
  { noNullPrototype: true },
)
const invalid = readUrl('https://wx.qlogo.cn/mmhead/short/132')

describe('find', () => {
  it('does not depend on the order of the edges', () => {
    const shuffled = fc
      .array(verdict, { maxLength: 8 })
      .chain((verdicts) =>
        fc.tuple(
          fc.constant(verdicts),
          fc.shuffledSubarray(verdicts, { minLength: verdicts.length }),
        ),
      )
    fc.assert(
      fc.property(
        shuffled,
        fc.constantFrom(unknownHost, invalid),
        ([verdicts, others], reading) => {
          const { decidedBy: one, ...finding } = find(verdicts, reading)
          const { decidedBy: other, ...again } = find(others, reading)
          assert.deepEqual(again, finding)
          assert.deepEqual(others[other], verdicts[one])
        },
      ),
      { numRuns: 5000 },
    )
  })

  it('makes dying of alive and gone, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(verdict, { maxLength: 8 }), (verdicts) => {
        const kinds = new Set(verdicts.map(({ kind }) => kind))
        const dying = kinds.has('alive') && kinds.has('gone')
        assert.equal(find(verdicts, unknownHost).kind === 'dying', dying)
        if (kinds.has('alive') && !dying) assert.equal(find(verdicts, invalid).kind, 'alive')
        if (!kinds.has('gone')) assert.notEqual(find(verdicts, invalid).kind, 'gone')
      }),
      { numRuns: 5000 },
    )
  })

  it('believes an edge that has the picture of a URL that breaks the grammar', () => {
    const alive: Verdict = { kind: 'alive', rule: 'wechat.real-data', detail: 'There.' }
    const malformed: Verdict = { kind: 'malformed', rule: 'wechat.bad-request', detail: 'No.' }
    assert.equal(invalid.valid, false)
    assert.equal(find([alive], invalid).kind, 'alive')
    assert.equal(find([malformed, alive], invalid).kind, 'alive')
    assert.equal(find([malformed], invalid).rule, 'wechat.cut-token')
    assert.equal(find([malformed], unknownHost).rule, 'wechat.bad-request')
  })

  it('says what the URL alone says when nobody was asked', () => {
    assert.equal(find([], readUrl('')).kind, 'malformed')
    assert.equal(
      find([], readUrl('https://cdn.discordapp.com/embed/avatars/1.png')).kind,
      'placeholder',
    )
    assert.deepEqual(find([], unknownHost).kind, 'unknown')
    assert.equal(find([], unknownHost).decidedBy, -1)
  })

  it('weighs the news in this order, whatever stands beside it', () => {
    const order: readonly VerdictKind[] = [
      'alive',
      'placeholder',
      'refused',
      'malformed',
      'throttled',
      'unknown',
    ]
    const of = (kind: VerdictKind): Verdict => ({ kind, rule: `a.${kind}`, detail: 'So.' })
    for (const [at, kind] of order.entries()) {
      const finding = find(order.slice(at).map(of), unknownHost)
      assert.deepEqual([finding.kind, finding.rule], [kind, `a.${kind}`])
      for (const less of order.slice(at + 1)) {
        assert.equal(find([of(less), of(kind)], unknownHost).kind, kind, `${kind} over ${less}`)
      }
      if (kind !== 'alive') assert.equal(find([of(kind), of('gone')], unknownHost).kind, 'gone')
    }
  })

  it('does not call a URL malformed when only the network was heard', () => {
    const cut: Verdict = { kind: 'unknown', rule: 'net.reset', detail: 'The connection broke off.' }
    const page: Verdict = { kind: 'unknown', rule: 'wechat.not-found', detail: 'HTTP 404.' }
    const alone = find([cut], invalid)
    assert.deepEqual([alone.kind, alone.rule, alone.decidedBy], ['unknown', 'net.reset', 0])
    assert.ok(alone.detail.startsWith(cut.detail) && alone.detail.includes('looks broken'))
    assert.ok(alone.detail.includes(invalid.reason?.detail ?? '-'))
    assert.equal(find([cut], unknownHost).detail, cut.detail)
    assert.equal(find([cut, page], invalid).kind, 'malformed')
    assert.equal(find([page, cut], invalid).rule, 'wechat.cut-token')
    for (const { id, verdict: kind } of failureRules) {
      const failure: Verdict = { kind, rule: id, detail: 'Failed.' }
      assert.equal(find([failure, failure], invalid).kind, kind, id)
    }
  })
})
