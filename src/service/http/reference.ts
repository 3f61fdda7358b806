// The interface told about itself: the OpenAPI document, and a page to read it.
import { randomBytes } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import { operation } from './operation.ts'
import type { OpenApiDocument } from './operation.ts'
import { referencePage } from './reference-page.ts'

/** The reference in the forms that it is handed out in. */
export interface Reference {
  /** The document as JSON. */
  json(): string
  /** The page, with the nonce of this answer. */
  page(nonce: string): string
}

const shortWhile = 'public, max-age=300'
/** Stands for the nonce in the page that is kept. */
const anyNonce = '{nonce}'

/** Draws the reference when somebody wants it, once. */
export function createReference(document: OpenApiDocument): Reference {
  let json: string | null = null
  let parts: readonly string[] | null = null
  return {
    json() {
      json ??= JSON.stringify(document)
      return json
    },
    page(nonce) {
      parts ??= referencePage(document, anyNonce).split(anyNonce)
      return parts.join(nonce)
    },
  }
}

/** `GET /openapi.json` */
export const readDocument = operation({
  id: 'readDocument',
  tag: 'figures',
  summary: 'This interface as an OpenAPI 3.1 document',
  access: 'open',
  answers: {
    200: {
      description: 'The document.',
      body: z.looseObject({ openapi: z.string() }).openapi('Document'),
    },
  },
  handle(_, { reference }) {
    return new Response(reference.json(), {
      headers: {
        'Content-Type': 'application/json',
        'Cache-Control': shortWhile,
        'Access-Control-Allow-Origin': '*',
        'Cross-Origin-Resource-Policy': 'cross-origin',
      },
    })
  },
})

/** `GET /docs` */
export const readReference = operation({
  id: 'readReference',
  tag: 'figures',
  summary: 'This interface as a page to read',
  access: 'open',
  answers: { 200: { description: 'The page.', body: z.string(), type: 'text/html' } },
  handle(_, { reference }) {
    const nonce = randomBytes(16).toString('base64')
    return new Response(reference.page(nonce), {
      headers: {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
        'Cache-Control': 'no-store',
      },
    })
  },
})
