// Made results for tests of the outputs: one with everything in its usual form, a seeded list, and arbitrary ones.
import fc from 'fast-check'
import type { Result } from '../../src/audit/result.ts'
import type { Row } from '../../src/audit/row.ts'
import { findingKinds, verdictKinds } from '../../src/core/verdict.ts'

/** The moment at which made audits begin. */
export const startedAt = Date.UTC(2026, 10, 22, 8)

/** A result in its usual form, with some values replaced. */
export function madeResult(changes: Partial<Result> = {}): Result {
  return {
    id: '42',
    url: 'https://thirdwx.qlogo.cn/mmopen/vi_32/Q0j4TwGTfTJ/132',
    provider: 'wechat',
    verdict: 'gone',
    rule: 'wechat.errno-6101',
    status: 200,
    edges: { alive: 1, gone: 2 },
    sha256: null,
    bytes: 5093,
    mime: 'image/png',
    width: null,
    height: null,
    expiresAt: null,
    ms: 12,
    at: '2026-11-22T08:00:00.000Z',
    detail: 'X-ErrNo -6101: the picture was replaced by its owner',
    ...changes,
  }
}

/** The row that a result came from. */
export function madeRow(result: Result, since?: number): Row {
  return { id: result.id, url: result.url, ...(since === undefined ? {} : { since }) }
}

/** Uniform numbers in [0, 1) that are the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Any text: letters, control characters, quotes, lone surrogates, Chinese, markup. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('"', ',', '\r', '\n', '\\', ' ', '\u0000', '\ud800', '王', 'é', '<'))
    .map((parts) => parts.join('')),
)

const anyTextOrNull = fc.option(anyText.filter((text) => text !== ''))
const anyNumberOrNull = fc.option(fc.nat())

/** Any result, however odd its texts. */
export const anyResult: fc.Arbitrary<Result> = fc.record(
  {
    id: anyText,
    url: anyText,
    provider: fc.constantFrom('wechat', 'qq', 'generic'),
    verdict: fc.constantFrom(...findingKinds),
    rule: anyText,
    status: anyNumberOrNull,
    edges: fc.uniqueArray(fc.constantFrom(...verdictKinds)).chain((kinds) =>
      fc.record(Object.fromEntries(kinds.map((kind) => [kind, fc.nat()])), {
        noNullPrototype: true,
      }),
    ),
    sha256: anyTextOrNull,
    bytes: anyNumberOrNull,
    mime: anyTextOrNull,
    width: anyNumberOrNull,
    height: anyNumberOrNull,
    expiresAt: anyTextOrNull,
    ms: fc.nat(),
    at: anyText,
    detail: anyText,
  },
  { noNullPrototype: true },
)
