// Several inputs read as one, one after the other.
import type { Row, Source } from './row.ts'

/** Joins sources. Single URLs are numbered in the order in which they stand. */
export function joinSources(sources: readonly Source[], specs: readonly string[]): Source {
  const [only] = sources
  if (only !== undefined && sources.length === 1) return only
  const totals = sources.map(({ total }) => total)
  const written = sources.flatMap(({ writtenAt }) => writtenAt ?? [])
  return {
    name:
      sources.length <= 3 ? sources.map(({ name }) => name).join(', ') : `${sources.length} inputs`,
    get notes() {
      return sources.flatMap(({ notes }) => notes)
    },
    estimated: sources.some(({ estimated }) => estimated === true),
    total: totals.some((total) => total === null)
      ? null
      : totals.reduce((sum: number, one) => sum + (one ?? 0), 0),
    ...(written.length === sources.length ? { writtenAt: Math.max(...written) } : {}),
    async *rows() {
      for (const [index, source] of sources.entries()) {
        const isUrl = /^https?:/i.test(specs[index] ?? '')
        for await (const batch of source.rows()) {
          yield isUrl ? batch.map((row): Row => ({ ...row, id: String(index + 1) })) : batch
        }
      }
    },
    async close() {
      await Promise.all(sources.map((source) => source.close()))
    },
  }
}
