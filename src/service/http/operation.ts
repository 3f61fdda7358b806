// What a call of the interface is, as a value: who may make it, what it takes, what it answers, and the function that
// does it. Routes, checks and the OpenAPI document are all made from these values, so that they cannot disagree.
import type { z } from '@hono/zod-openapi'
import type { ApiKey, Scope } from '../../store/store.ts'
import type { AppParts } from '../app.ts'
import type { PageToken } from '../page-token.ts'
import type { Keys } from './auth.ts'
import type { Clocks } from './clocks.ts'
import type { Gauges } from './gauges.ts'
import type { Links } from './links.ts'
import type { Metrics } from './metrics.ts'
import type { PictureRoutes } from './pictures.ts'
import type { Problem, ProblemCode } from './problem.ts'
import type { Readiness } from './readiness.ts'
import type { Reference } from './reference.ts'
import type { Room } from './room.ts'

/** What handlers work with. */
export interface Service extends AppParts {
  readonly keys: Keys
  readonly clocks: Clocks
  readonly gauges: Gauges
  readonly metrics: Metrics
  readonly readiness: Readiness
  /** Batches that are running, whatever stands for them. */
  readonly batches: Set<object>
  /** Memory for pictures that are being uploaded. */
  readonly uploads: Room
  readonly links: Links
  /** Absent: there are no pictures. */
  readonly faces: Pick<PictureRoutes, 'show'> | undefined
  /** The OpenAPI document, and the page made from it. */
  readonly reference: Reference
}

/** As much of an OpenAPI document as the reference page reads. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly tags?: readonly { readonly name: string; readonly description?: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

/** One call in the document. */
export interface DocumentedOperation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly description?: string
    readonly schema: unknown
  }[]
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema?: unknown }>>
  }
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description: string
        readonly content?: Readonly<Record<string, { readonly schema?: unknown }>>
      }
    >
  >
}

/** Chapters of the reference. */
export const tags = {
  avatars: 'What the app tells of its people’s pictures, and what we hold true of them.',
  pages: 'What web pages may do, by page tokens.',
  operation: 'Placeholders, webhooks and keys: for whoever runs the service.',
  wechat: 'Where WeChat, and people on their way through it, come to: no calls of an app.',
  figures: 'Figures, health, and this reference.',
} as const
export type Tag = keyof typeof tags

/** What a good answer carries. */
export interface AnswerShape {
  readonly description: string
  /** Absent: no body. */
  readonly body?: z.ZodType
  /** Media type; absent: JSON. */
  readonly type?: string
  /** Headers of this answer alone, by name, each with what it says. */
  readonly headers?: Readonly<Record<string, string>>
}

/** How the body of a request is taken. */
export type BodyShape<B extends z.ZodType> =
  | {
      readonly kind: 'json'
      readonly schema: B
      /** Media types besides `application/json`. */
      readonly also?: readonly string[]
      /** Absent: an empty body stands for `{}` where the schema takes that. */
      readonly optional?: boolean
    }
  | {
      /** The handler reads it, within its own bounds. */
      readonly kind: 'raw'
      readonly types: readonly string[]
      /** For the document. */
      readonly schema: B
      readonly description: string
    }

/** Who asks, and for what. */
export interface Call<P, Q, B> {
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly request: Request
  /** Null where no key is needed. */
  readonly key: ApiKey | null
  /** The page token that stands for a key; null where a key does, or none is needed. */
  readonly page: PageToken | null
  readonly requestId: string
  /** How the outside reaches us, without a trailing slash. */
  readonly base: string
}

/** Numbers of the answers that a handler may give. */
type Statuses<A> = keyof A & number

/** A good answer, typed by the shapes that the operation declares; or a problem; or a stream, as a whole response. */
export type Reply<A extends Readonly<Record<number, AnswerShape>>> =
  | {
      [S in Statuses<A>]: {
        readonly kind: 'answer'
        readonly status: S
        readonly headers?: Readonly<Record<string, string>>
      } & (A[S] extends { readonly body: z.ZodType }
        ? { readonly body: z.input<A[S]['body']> }
        : object)
    }[Statuses<A>]
  | Problem
  | Response

/** A call of the interface. */
export interface Operation<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType = z.ZodType,
  A extends Readonly<Record<number, AnswerShape>> = Readonly<Record<number, AnswerShape>>,
> {
  /** `operationId` of the document: a verb and a noun. */
  readonly id: string
  readonly tag: Tag
  readonly summary: string
  readonly description?: string
  /** The scope a key must have; `page`: anybody, bounded for each address; `open`: anybody. */
  readonly access: Scope | 'page' | 'open'
  /** A page token stands for the key; whether it is for this subject, the handler sees to. */
  readonly byPageToken?: boolean
  /** Pages of any origin may read the answers. */
  readonly crossOrigin?: boolean
  readonly params?: P
  readonly query?: Q
  readonly body?: BodyShape<B>
  readonly answers: A
  /** Codes that the handler itself may give; those of key, path, query and body are added. */
  readonly problems?: readonly ProblemCode[]
  /** Whether an `Idempotency-Key` is heeded or refused; absent: it makes no difference and is let be. */
  readonly idempotency?: 'heeded' | 'refused'
  handle(
    call: Call<z.output<P>, z.output<Q>, z.output<B>>,
    service: Service,
  ): Promise<Reply<A>> | Reply<A>
}

/** As much as the document tells. Without a function it is an address that checks everything by itself. */
export type Described = Omit<Operation, 'handle'>

/** Any operation, as tables hold it. */
export type AnyOperation = Described & {
  handle(call: Call<never, never, never>, service: Service): Promise<AnyReply> | AnyReply
}
/** What any operation may reply. */
export type AnyReply =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: unknown
    }
  | Problem
  | Response

/** Lets the compiler hold a handler to what its operation declares. */
export function operation<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType,
  const A extends Readonly<Record<number, AnswerShape>>,
>(made: Operation<P, Q, B, A>): Operation<P, Q, B, A> {
  return made
}

/** A good answer with a body. */
export function answer<S extends number, const B>(
  status: S,
  body: B,
  headers?: Readonly<Record<string, string>>,
): { kind: 'answer'; status: S; body: B; headers?: Readonly<Record<string, string>> } {
  return headers === undefined
    ? { kind: 'answer', status, body }
    : { kind: 'answer', status, body, headers }
}

/** A good answer that says nothing more. */
export const nothing = { kind: 'answer', status: 204 } as const
