import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, type RequestListener, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { type FauxqsServer, startFauxqs } from 'fauxqs'
import { EverfaceError } from '../errors.ts'
import { type S3Options, createS3Blobs } from './blobs-s3.ts'
import { blobsContract } from './contract.ts'

let server: FauxqsServer
let buckets = 0

before(async () => {
  server = await startFauxqs({ port: 0, logger: false })
})
after(() => server.stop())

function optionsFor(changes: Partial<S3Options> = {}): S3Options {
  return {
    bucket: 'faces',
    prefix: '',
    endpoint: `http://127.0.0.1:${server.port}`,
    region: 'us-east-1',
    pathStyle: true,
    accessKeyId: 'test',
    secretAccessKey: 'test-secret',
    ...changes,
  }
}

function freshBucket(): string {
  const { bucketName } = server.createBucket(`bucket-${++buckets}`)
  return bucketName
}

/** A store that answers as told; what it was asked. */
async function withStore(
  answer: RequestListener,
  work: (endpoint: string, asked: IncomingMessage[]) => Promise<void>,
): Promise<void> {
  const asked: IncomingMessage[] = []
  const http = createServer((request, response) => {
    asked.push(request)
    request.resume()
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(http, 'listening')
  try {
    await work(`http://127.0.0.1:${(http.address() as AddressInfo).port}`, asked)
  } finally {
    http.closeAllConnections()
    http.close()
  }
}

/** The client, answered by us in place of the network. */
function withoutNetwork(Client: typeof S3Client, asked: string[]): typeof S3Client {
  return class extends Client {
    constructor(config: S3ClientConfig) {
      super({
        ...config,
        requestHandler: {
          async handle({ hostname, path }: { hostname: string; path: string }) {
            asked.push(hostname + path)
            return { response: { statusCode: 200, headers: {}, body: Readable.from([]) } }
          },
        },
      })
    }
  }
}

function isUnreachable(error: unknown): error is EverfaceError {
  return error instanceof EverfaceError && error.code === 'blobs-unreachable'
}

blobsContract('a bucket', async () => createS3Blobs(optionsFor({ bucket: freshBucket() })))

blobsContract('a prefix of a bucket', async () =>
  createS3Blobs(optionsFor({ bucket: freshBucket(), prefix: 'some/prefix/' })),
)

describe('createS3Blobs', () => {
  it('keeps to its prefix', async () => {
    const bucket = freshBucket()
    const all = createS3Blobs(optionsFor({ bucket }))
    const some = createS3Blobs(optionsFor({ bucket, prefix: 'mine' }))
    await all.put('mine-not/a', Buffer.from('1'))
    await some.put('a', Buffer.from('2'))
    const keys: string[] = []
    for await (const { key } of some.list('')) keys.push(key)
    assert.deepEqual(keys, ['a'])
    assert.equal((await all.get('mine/a'))?.toString(), '2')
  })

  it('stores the bytes alone: no framing, no checksum behind them', async () => {
    await withStore(
      (_, response) => response.end(),
      async (endpoint, asked) => {
        await createS3Blobs(optionsFor({ endpoint })).put('a', Buffer.from('12345'))
        const [request] = asked
        assert.equal(request?.method, 'PUT')
        assert.equal(request?.headers['content-length'], '5')
        assert.equal(request?.headers['content-encoding'], undefined)
        assert.equal(request?.headers['x-amz-trailer'], undefined)
        assert.ok(!Object.keys(request?.headers ?? {}).some((name) => /x-amz-checksum/.test(name)))
      },
    )
  })

  it('puts the bucket into the path or the host, as told', async () => {
    for (const pathStyle of [true, false]) {
      const asked: string[] = []
      const blobs = createS3Blobs(
        optionsFor({
          endpoint: 'http://cos.test',
          pathStyle,
          async load() {
            const sdk = await import('@aws-sdk/client-s3')
            return { ...sdk, S3Client: withoutNetwork(sdk.S3Client, asked) }
          },
        }),
      )
      await blobs.put('a', Buffer.from('1'))
      assert.deepEqual(asked, [pathStyle ? 'cos.test/faces/a' : 'faces.cos.test/a'])
    }
  })

  it('says which package to install when the client is missing, and tries again later', async () => {
    let installed = false
    const blobs = createS3Blobs(
      optionsFor({
        bucket: freshBucket(),
        async load() {
          if (installed) return import('@aws-sdk/client-s3')
          throw Object.assign(new Error('no such package'), { code: 'ERR_MODULE_NOT_FOUND' })
        },
      }),
    )
    await assert.rejects(blobs.ping(), (error) => {
      assert.ok(error instanceof EverfaceError)
      assert.equal(error.code, 'blobs-package-missing')
      assert.match(error.hint, /npm install @aws-sdk\/client-s3/)
      return true
    })
    installed = true
    await blobs.ping()
  })

  it('lists on behind a page without keys', async () => {
    const pages = [
      '<IsTruncated>true</IsTruncated><Contents><Key>a</Key></Contents><NextContinuationToken>1</NextContinuationToken>',
      '<IsTruncated>true</IsTruncated><NextContinuationToken>2</NextContinuationToken>',
      '<IsTruncated>true</IsTruncated><Contents><Key>b</Key></Contents><NextContinuationToken>3</NextContinuationToken>',
      '<IsTruncated>true</IsTruncated>',
    ]
    await withStore(
      (_, response) => response.end(`<ListBucketResult>${pages.shift()}</ListBucketResult>`),
      async (endpoint, asked) => {
        const keys: string[] = []
        for await (const { key } of createS3Blobs(optionsFor({ endpoint })).list('')) keys.push(key)
        assert.deepEqual(keys, ['a', 'b'])
        const from = asked.map(({ url }) => new URL(url ?? '', endpoint).searchParams)
        assert.deepEqual(
          from.map((query) => [query.get('start-after'), query.get('continuation-token')]),
          [
            [null, null],
            ['a', null],
            ['a', '2'],
            ['b', null],
          ],
        )
      },
    )
  })

  it('says that there is no such bucket instead of no such picture', async () => {
    const blobs = createS3Blobs(optionsFor({ bucket: 'nobody-made-this' }))
    await assert.rejects(blobs.ping(), (error) => {
      assert.ok(isUnreachable(error))
      assert.match(error.message, /nobody-made-this.*NoSuchBucket/)
      assert.match(error.hint, /bucket/)
      return true
    })
    await assert.rejects(blobs.get('a'), isUnreachable)
    await assert.rejects(blobs.put('a', Buffer.from('1')), isUnreachable)
  })

  it('says that it was refused, and tells no secret', async () => {
    await withStore(
      (_, response) => {
        response.writeHead(403, { 'content-type': 'application/xml' })
        response.end('<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>')
      },
      async (endpoint, asked) => {
        const blobs = createS3Blobs(optionsFor({ endpoint }))
        await assert.rejects(blobs.put('a', Buffer.from('1')), (error) => {
          assert.ok(isUnreachable(error))
          assert.match(error.message, /SignatureDoesNotMatch, 403/)
          assert.match(error.hint, /keys/)
          assert.doesNotMatch(`${error.message}${error.hint}${blobs.name}`, /test-secret/)
          return true
        })
        assert.equal(asked.length, 1, 'a refusal is not tried again')
      },
    )
  })

  it('tries again when the store stumbles', async () => {
    let stumbles = 2
    await withStore(
      (_, response) => {
        response.statusCode = stumbles-- > 0 ? 503 : 200
        response.end('value')
      },
      async (endpoint, asked) => {
        const bytes = await createS3Blobs(optionsFor({ endpoint })).get('a')
        assert.equal(bytes?.toString(), 'value')
        assert.equal(asked.length, 3)
      },
    )
  })

  it('gives up on a store that never answers', async () => {
    await withStore(
      () => undefined,
      async (endpoint) => {
        const blobs = createS3Blobs(optionsFor({ endpoint, timeoutMs: 60 }))
        await assert.rejects(blobs.get('a'), isUnreachable)
        await assert.rejects(blobs.put('a', Buffer.from('1')), isUnreachable)
        await assert.rejects(blobs.ping(), isUnreachable)
      },
    )
  })

  it('gives up on an answer that stops in the middle', async () => {
    await withStore(
      (_, response) => {
        response.writeHead(200, { 'content-length': 1_000 })
        response.write('only this')
      },
      async (endpoint) => {
        const blobs = createS3Blobs(optionsFor({ endpoint, timeoutMs: 200 }))
        await assert.rejects(blobs.get('a'), isUnreachable)
      },
    )
  })

  it('takes no half of an answer for the whole', async () => {
    await withStore(
      (request, response) => {
        response.writeHead(200, { 'content-length': 1_000 })
        response.write('only this', () => request.socket.destroy())
      },
      async (endpoint) => {
        await assert.rejects(createS3Blobs(optionsFor({ endpoint })).get('a'), isUnreachable)
      },
    )
  })

  it('says blobs-unreachable when nobody listens', async () => {
    let endpoint = ''
    await withStore(
      () => undefined,
      async (listened) => {
        endpoint = listened
      },
    )
    await assert.rejects(createS3Blobs(optionsFor({ endpoint })).ping(), (error) => {
      return isUnreachable(error) && /ECONNREFUSED/.test(error.message)
    })
  })

  it('asks nothing of anybody before the first call', () => {
    const blobs = createS3Blobs(
      optionsFor({
        prefix: 'everface/',
        load: () => Promise.reject(new Error('loaded')),
      }),
    )
    assert.equal(blobs.name, 's3://faces/everface/')
  })
})
