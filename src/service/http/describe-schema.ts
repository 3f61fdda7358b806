// JSON Schema in a few words, and a value that fits it: what the reference page and its examples are drawn from.
import type { OpenApiDocument } from './operation.ts'

/** A piece of a type's text; `shape` when it names a shape of the document. */
export interface TypePart {
  readonly text: string
  readonly shape?: string
}

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly items?: unknown
  readonly anyOf?: readonly unknown[]
  readonly oneOf?: readonly unknown[]
  readonly allOf?: readonly unknown[]
  readonly format?: string
  readonly properties?: Readonly<Record<string, unknown>>
  readonly required?: readonly string[]
  readonly example?: unknown
  readonly default?: unknown
  readonly minimum?: number
}

/** A type in a few words: `string | null`, `Avatar[]`. */
export function typeOf(schema: unknown): readonly TypePart[] {
  const {
    $ref,
    type,
    enum: values,
    const: constant,
    items,
    anyOf,
    oneOf,
    allOf,
    format,
  } = (schema ?? {}) as Schema
  if ($ref !== undefined) {
    const name = $ref.slice($ref.lastIndexOf('/') + 1)
    return [{ text: name, shape: name }]
  }
  const branches = anyOf ?? oneOf ?? allOf
  if (branches !== undefined) {
    return branches.flatMap((one, at) => [...(at === 0 ? [] : [{ text: ' | ' }]), ...typeOf(one)])
  }
  if (constant !== undefined) return [{ text: JSON.stringify(constant) }]
  if (values !== undefined) {
    const [first] = values
    // A long list is told where it belongs, not in every table.
    return values.length > 12 && first !== undefined
      ? [{ text: 'string' }]
      : [{ text: values.map((value) => JSON.stringify(value)).join(' | ') }]
  }
  const types = Array.isArray(type) ? (type as readonly string[]) : [String(type ?? 'any')]
  return types.flatMap((one, at) => [
    ...(at === 0 ? [] : [{ text: ' | ' }]),
    ...(one === 'array' ? [...typeOf(items), { text: '[]' }] : [{ text: worded(one, format) }]),
  ])
}

function worded(type: string, format: string | undefined): string {
  if (format === 'date-time') return 'time'
  if (format === 'binary') return 'bytes'
  return type
}

/** A value that fits a schema: its example where it has one, else what its required fields need. */
export function sampleOf(schema: unknown, document: OpenApiDocument): unknown {
  const {
    $ref,
    example,
    default: usual,
    enum: values,
    type,
    items,
    properties,
    required = [],
    minimum,
  } = (schema ?? {}) as Schema
  if ($ref !== undefined) {
    return sampleOf(document.components.schemas[$ref.slice($ref.lastIndexOf('/') + 1)], document)
  }
  if (example !== undefined) return example
  if (usual !== undefined) return usual
  if (values !== undefined) return values[0]
  if (properties !== undefined) {
    const fields = Object.entries(properties).filter(
      ([name, field]) => required.includes(name) || (field as Schema).example !== undefined,
    )
    return Object.fromEntries(fields.map(([name, field]) => [name, sampleOf(field, document)]))
  }
  if (type === 'array') return [sampleOf(items, document)]
  if (type === 'integer' || type === 'number') return minimum ?? 0
  if (type === 'boolean') return false
  return 'text'
}
