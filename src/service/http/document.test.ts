import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { z } from '@hono/zod-openapi'
import { sampleOf } from './describe-schema.ts'
import { splitRow } from './document.ts'
import { type HttpWorld, createHttpWorld } from './harness.ts'
import type { DocumentedOperation, OpenApiDocument } from './operation.ts'
import { documented } from './routes.ts'

let world: HttpWorld
let document: OpenApiDocument
const calls: { path: string; method: string; call: DocumentedOperation }[] = []
before(async () => {
  world = await createHttpWorld()
  // As a client gets it, not as we hold it.
  document = (await world.open().ask('GET /openapi.json', { as: 'none' })).json as OpenApiDocument
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, call] of Object.entries(methods)) calls.push({ path, method, call })
  }
})
after(() => world.close())

/** Every object in the document, with the way to it. */
function* walk(value: unknown, at = '#'): Generator<[at: string, node: Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield [at, value as Record<string, unknown>]
  for (const [key, child] of Object.entries(value)) yield* walk(child, `${at}/${key}`)
}

describe('the OpenAPI document', () => {
  it('has what OpenAPI 3.1 demands', () => {
    assert.match(document.openapi, /^3\.1\.\d+$/)
    assert.ok(document.info.title !== '' && /^\d+\.\d+\.\d+$/.test(document.info.version))
    for (const { path, method, call } of calls) {
      assert.match(path, /^\//)
      assert.match(method, /^(?:get|put|post|delete)$/)
      assert.ok(Object.keys(call.responses).length > 0)
      for (const [status, response] of Object.entries(call.responses)) {
        assert.match(status, /^(?:[1-5]\d\d|default)$/)
        assert.equal(typeof response.description, 'string')
      }
      for (const { name, in: place, schema } of call.parameters ?? []) {
        assert.ok(name !== '' && schema !== undefined)
        assert.ok(['path', 'query', 'header'].includes(place))
      }
    }
  })

  it('holds every row of the tables, and nothing else', () => {
    const rows = calls.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
    assert.deepEqual(rows.sort(), Object.keys(documented).sort())
  })

  it('names every operation once, in camel case', () => {
    const ids = calls.map(({ call }) => call.operationId)
    assert.equal(new Set(ids).size, ids.length)
    for (const id of ids) assert.match(id, /^[a-z]+(?:[A-Z][a-z]*)*$/)
  })

  it('declares the parameters of every path, required, and no others', () => {
    for (const { path, call } of calls) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const declared = (call.parameters ?? []).filter((one) => one.in === 'path')
      assert.deepEqual(
        declared.map(({ name }) => name),
        inPath,
        path,
      )
      assert.ok(declared.every(({ required }) => required === true))
    }
  })

  it('refers to nothing that is not in it', () => {
    let references = 0
    for (const [at, node] of walk(document)) {
      const { $ref } = node
      if (typeof $ref !== 'string') continue
      references++
      assert.match($ref, /^#\//, at)
      let found: unknown = document
      for (const step of $ref.slice(2).split('/')) {
        found = (found as Record<string, unknown> | undefined)?.[step]
      }
      assert.ok(found !== undefined, `${at} refers to ${$ref}`)
    }
    assert.ok(references > 50)
  })

  it('uses the words of JSON Schema 2020-12, not those of OpenAPI 3.0', () => {
    const types = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'])
    for (const [at, node] of walk(document)) {
      if (at.includes('/example') || at.endsWith('/properties')) continue
      assert.ok(!('nullable' in node), at)
      assert.notEqual(typeof node['exclusiveMinimum'], 'boolean', at)
      const { type, required, properties } = node
      if (type !== undefined && !at.includes('/securitySchemes/')) {
        for (const one of [type].flat()) assert.ok(types.has(one as string), at)
      }
      if (Array.isArray(required)) {
        for (const name of required as string[]) {
          assert.ok(name in ((properties as object | undefined) ?? {}), `${at} requires ${name}`)
        }
      }
    }
  })

  it('is compiled: every pattern in it is one', () => {
    for (const [at, node] of walk(document)) {
      if (typeof node['pattern'] === 'string') assert.ok(new RegExp(node['pattern'], 'u'), at)
    }
  })

  it('asks for a key wherever one is needed, with its scope', () => {
    for (const { path, method, call } of calls) {
      const row = `${method.toUpperCase()} ${path}` as keyof typeof documented
      const { access, ...rest } = documented[row]
      const page = 'byPageToken' in rest ? [{ pageToken: [] }] : []
      const expected = access === 'open' || access === 'page' ? [] : [{ key: [access] }, ...page]
      assert.deepEqual(call.security, expected)
    }
  })

  it('gives examples that the calls themselves would take', () => {
    let parsed = 0
    for (const [row, made] of Object.entries(documented)) {
      const { method, path } = splitRow(row)
      const call = document.paths[path]?.[method.toLowerCase()]
      const { params, query, body } = made as {
        params?: z.ZodObject
        query?: z.ZodObject
        body?: { schema: z.ZodType }
      }
      for (const [place, shape] of [
        ['path', params],
        ['query', query],
      ] as const) {
        if (shape === undefined) continue
        const samples = (call?.parameters ?? [])
          .filter((one) => one.in === place)
          .map(({ name, schema }) => [name, String(sampleOf(schema, document))])
        shape.parse(Object.fromEntries(samples))
        parsed++
      }
      for (const { schema } of Object.values(call?.requestBody?.content ?? {})) {
        if (body === undefined || (schema as { contentEncoding?: string }).contentEncoding) continue
        body.schema.parse(sampleOf(schema, document))
        parsed++
      }
    }
    assert.ok(parsed > 20)
  })
})
