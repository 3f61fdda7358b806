// What the tests of inputs from database servers share.
import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import type { Row } from '../src/audit/row.ts'
import { type SourceOptions, openSource } from '../src/audit/sources/open.ts'
import type { EverfaceError } from '../src/errors.ts'

/** All rows of a table; as many as were promised. */
export async function readTable(
  spec: string,
  options: SourceOptions,
): Promise<{ rows: Row[]; notes: readonly string[] }> {
  const source = await openSource(spec, options)
  const rows: Row[] = []
  for await (const batch of source.rows()) rows.push(...batch)
  await source.close()
  assert.equal(source.total, rows.length)
  return { rows, notes: source.notes }
}

/** Why an input does not open; told without the passwords of the tests. */
export async function failureOf(spec: string, options: SourceOptions): Promise<EverfaceError> {
  try {
    await (await openSource(spec, options)).close()
  } catch (error) {
    assert.doesNotMatch(inspect(error, { depth: 9 }), /Test-password|wr0ng/)
    return error as EverfaceError
  }
  throw new Error('it opened')
}
