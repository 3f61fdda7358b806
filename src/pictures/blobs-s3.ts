// Blobs in an S3-compatible store: AWS, MinIO, Tencent COS, Aliyun OSS. The client is loaded when it is first needed and
// is an optional package: who keeps pictures in a folder does not pay for it.
import { type Readable, addAbortSignal } from 'node:stream'
import type { ListObjectsV2CommandOutput, S3Client } from '@aws-sdk/client-s3'
import { EverfaceError } from '../errors.ts'
import { type BlobEntry, type Blobs, asKey, isKey } from './blobs.ts'

type Sdk = typeof import('@aws-sdk/client-s3')

/** Which store, and who we are there. */
export interface S3Options {
  readonly bucket: string
  /** Before all keys, `everface/` say; '' for none. */
  readonly prefix: string
  /** `https://cos.ap-guangzhou.myqcloud.com`; null for AWS. */
  readonly endpoint: string | null
  readonly region: string
  /** The bucket in the path instead of the host: MinIO wants it, COS and OSS refuse it. */
  readonly pathStyle: boolean
  /** Null for both: the client looks for credentials where AWS puts them, a role of the machine say. */
  readonly accessKeyId: string | null
  readonly secretAccessKey: string | null
  /** Milliseconds that one call may take with all its retries; 30 000 unless told. */
  readonly timeoutMs?: number
  /** Brings the client; for whoever bundles. */
  readonly load?: () => Promise<Sdk>
}

const packageName = '@aws-sdk/client-s3'
const tries = 3
const connectMs = 3_000
/** One try of one call: less than the whole, so that there is time for another. */
const tryMs = 10_000
const connections = 64
const pageSize = 1_000

/** Nothing is asked of the store before the first call. */
export function createS3Blobs(options: S3Options): Blobs {
  const { bucket, timeoutMs = 30_000, load = () => import('@aws-sdk/client-s3') } = options
  const prefix = options.prefix === '' ? '' : `${asKey(options.prefix.replace(/\/$/, ''))}/`
  let opening: Promise<{ sdk: Sdk; client: S3Client }> | null = null

  async function open(): Promise<{ sdk: Sdk; client: S3Client }> {
    const sdk = await loadSdk(load)
    return { sdk, client: clientOf(sdk, options) }
  }

  /** One call within its time. `work` rejects with what the client throws; that is told as an operator can mend it. */
  async function call<T>(
    doing: string,
    work: (client: S3Client, sdk: Sdk, abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    opening ??= open()
    const { sdk, client } = await opening.catch((error: unknown) => {
      opening = null
      throw error
    })
    try {
      return await work(client, sdk, AbortSignal.timeout(timeoutMs))
    } catch (error) {
      throw failed(bucket, doing, error)
    }
  }

  async function page(
    after: string,
    under: string,
    most: number,
    token?: string,
  ): Promise<ListObjectsV2CommandOutput> {
    return call('list', (client, { ListObjectsV2Command }, abortSignal) =>
      client.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix + under,
          MaxKeys: most,
          ...(after === '' ? {} : { StartAfter: prefix + after }),
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
        { abortSignal },
      ),
    )
  }

  return {
    name: `s3://${bucket}/${prefix}`,
    async put(key, bytes) {
      const Key = prefix + asKey(key)
      await call('write', (client, { PutObjectCommand }, abortSignal) =>
        client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: bytes }), { abortSignal }),
      )
    },
    async get(key) {
      const Key = prefix + asKey(key)
      return call('read', async (client, { GetObjectCommand }, abortSignal) => {
        const answer = await client
          .send(new GetObjectCommand({ Bucket: bucket, Key }), { abortSignal })
          .catch(nullWhenMissing)
        return answer === null ? null : readAll(answer.Body as Readable, abortSignal)
      })
    },
    async has(key) {
      const Key = prefix + asKey(key)
      return call('read', async (client, { HeadObjectCommand }, abortSignal) => {
        const answer = await client
          .send(new HeadObjectCommand({ Bucket: bucket, Key }), { abortSignal })
          .catch(nullWhenMissing)
        return answer !== null
      })
    },
    async delete(key) {
      const Key = prefix + asKey(key)
      // One by one: OSS and COS want an MD5 for the call that removes many, and the client no longer sends one.
      await call('remove', (client, { DeleteObjectCommand }, abortSignal) =>
        client
          .send(new DeleteObjectCommand({ Bucket: bucket, Key }), { abortSignal })
          .catch(nullWhenMissing),
      )
    },
    async *list(under, after = ''): AsyncGenerator<BlobEntry> {
      // Page by page by the last key instead of a token: a listing may be slower than a token lives. Only a page without a
      // key, as buckets with versions hand out where much was removed, is followed by its token.
      let token: string | undefined
      for (let from = after; ;) {
        const { Contents, IsTruncated, NextContinuationToken } = await page(
          from,
          under,
          pageSize,
          token,
        )
        for (const { Key = '', LastModified } of Contents ?? []) {
          const key = Key.slice(prefix.length)
          if (isKey(key)) yield { key, modifiedAt: LastModified?.getTime() ?? 0 }
        }
        const last = Contents?.at(-1)?.Key?.slice(prefix.length)
        token = last === undefined ? NextContinuationToken : undefined
        if (IsTruncated !== true || (last ?? token) === undefined) return
        from = last ?? from
      }
    },
    async ping() {
      // A listing shows that the bucket is there and lets us in. Writing an object with every ping would cost money.
      await page('', '', 1)
    },
  }
}

async function loadSdk(load: () => Promise<Sdk>): Promise<Sdk> {
  try {
    return await load()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException | null)?.code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new EverfaceError(
      'blobs-package-missing',
      `Pictures in an S3-compatible store need the package ${packageName}.`,
      { cause, hint: `Install it beside Everface: npm install ${packageName}` },
    )
  }
}

function clientOf(sdk: Sdk, options: S3Options): S3Client {
  const { endpoint, region, pathStyle, accessKeyId, secretAccessKey } = options
  return new sdk.S3Client({
    region,
    forcePathStyle: pathStyle,
    // By default the client frames bodies in chunks with a checksum behind, which OSS and COS refuse and others have
    // stored framing and all.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: tries,
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: tryMs,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: connections },
      httpsAgent: { keepAlive: true, maxSockets: connections },
    },
    ...(endpoint === null ? {} : { endpoint }),
    ...(accessKeyId === null || secretAccessKey === null
      ? {}
      : { credentials: { accessKeyId, secretAccessKey } }),
  })
}

async function readAll(body: Readable, signal: AbortSignal): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of addAbortSignal(signal, body)) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

/** What the client throws, as far as it tells. */
interface S3Failure {
  readonly name?: string
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** No such key is an answer; no such bucket is not. HEAD has no body to tell them apart, and says `NotFound`. */
function nullWhenMissing(error: unknown): null {
  const { name, $metadata } = error as S3Failure
  if ($metadata?.httpStatusCode === 404 && name !== 'NoSuchBucket') return null
  throw error
}

const refusals = 'The store refused us: check the keys, their rights and the clock of this machine.'

const hints: Readonly<Record<string, string>> = {
  NoSuchBucket: 'Make the bucket, or name one that there is.',
  PermanentRedirect: 'The bucket is elsewhere: check region and endpoint.',
  AuthorizationHeaderMalformed: 'The bucket is elsewhere: check region and endpoint.',
  CredentialsProviderError: 'There are no keys: give an access key and its secret.',
  TimeoutError: 'The store did not answer in time: check address and network.',
  AbortError: 'The store did not answer in time: check address and network.',
}

function failed(bucket: string, doing: string, cause: unknown): EverfaceError {
  const { name = 'Error', code, $metadata } = cause as S3Failure
  const status = $metadata?.httpStatusCode
  const what = [name, code, status].filter((one) => one !== undefined && one !== 'Error').join(', ')
  const hint = hints[name] ?? (status === 401 || status === 403 ? refusals : undefined)
  return new EverfaceError(
    'blobs-unreachable',
    `Cannot ${doing} pictures in the bucket ${bucket}${what === '' ? '' : `: ${what}`}.`,
    { cause, ...(hint === undefined ? {} : { hint }) },
  )
}
