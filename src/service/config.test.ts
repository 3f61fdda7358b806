// Settings from texts: what is taken, what is refused, and that nothing secret is ever told.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { nearest } from '../audit/sources/nearest.ts'
import { readConnectTo } from '../probe/edges.ts'
import { EverfaceError } from '../errors.ts'
import { type ConfigTexts, type From, readConfig } from './config.ts'
import { fileVariableOf, flagOf, settingKeys, table } from './config-table.ts'
import { describeConfig } from './describe-config.ts'

const secret = 'k3Jv9QpXz71LmNs0TtRb5WcYh2GfDa8U'
const env = { EVERFACE_SECRET: secret }

/** The message of the failure that reading ends with. */
function refusalOf(texts: ConfigTexts): string {
  try {
    readConfig(texts, { nearest })
  } catch (error) {
    assert.ok(error instanceof EverfaceError, String(error))
    assert.equal(error.code, 'config-invalid')
    return error.message
  }
  return assert.fail(`taken: ${JSON.stringify(texts)}`)
}

function fromOf(texts: ConfigTexts, key: string): From | undefined {
  return readConfig(texts).origins.find((one) => one.key === key)?.from
}

describe('readConfig', () => {
  it('gives the documented defaults when only the secret is set', () => {
    const { settings, secrets } = readConfig({ env })
    assert.deepEqual(settings, {
      listen: { host: '127.0.0.1', port: 8420 },
      publicUrl: null,
      data: './everface-data',
      blobs: 'everface-data/blobs',
      s3: { endpoint: null, region: null, pathStyle: false },
      hosts: [],
      limits: { pace: 50, budget: 4 },
      concurrency: 256,
      edges: 3,
      timeoutMs: 10_000,
      connectTo: [],
      caFile: null,
      proxy: null,
      allowPrivate: false,
      allowPorts: [],
      mode: 'copy',
      fallback: 'initials',
      signing: 'off',
      historyMs: 400 * 86_400_000,
      copiesMs: 180 * 86_400_000,
      webhooks: [],
      wechatApps: [],
      returnOrigins: [],
      policyFile: null,
      suspectAt: 5,
      placeholderAt: 0,
      rateLimit: 6000,
      cacheBytes: 256 * 1024 * 1024,
      log: 'info',
    })
    assert.equal(secrets.secret, secret)
    assert.equal(secrets.webhookSecret, null)
  })

  it('lets flags override the environment, the environment files, and files the defaults', () => {
    const listen = { EVERFACE_LISTEN: '127.0.0.1:1' }
    assert.equal(readConfig({ env: { ...env, ...listen } }).settings.listen.port, 1)
    const both = { env: { ...env, ...listen }, flags: { listen: '[::1]:2' } }
    assert.deepEqual(readConfig(both).settings.listen, { host: '::1', port: 2 })
    assert.equal(fromOf(both, 'listen'), 'flag')
    assert.equal(fromOf({ env: { ...env, ...listen } }, 'listen'), 'environment')
    assert.equal(fromOf({ env }, 'listen'), 'default')
    const other = 'another-Secret-that-is-long-enough-01'
    assert.equal(readConfig({ env, files: { secret: other } }).secrets.secret, secret)
    const file = { env: {}, files: { secret: `${other}\n` } }
    assert.equal(readConfig(file).secrets.secret, other)
    assert.equal(fromOf(file, 'secret'), 'file')
  })

  it('takes an empty text for none', () => {
    const { settings } = readConfig({ env: { ...env, EVERFACE_MODE: '', EVERFACE_PROXY: '  ' } })
    assert.deepEqual([settings.mode, settings.proxy], ['copy', null])
  })

  it('tells all problems at once, each with name, shape and place', () => {
    const message = refusalOf({
      env: {
        ...env,
        EVERFACE_HISTORY: '4 years',
        EVERFACE_HISTROY: '400d',
        EVERFACE_EDGES: '0',
      },
      flags: { timeout: '10' },
    })
    assert.match(message, /^4 settings are wrong:/)
    assert.match(message, /EVERFACE_HISTORY takes a length of time such as 400d.*this is "4 years"/)
    assert.match(message, /\(docs\/config\.md#everface_history\)/)
    assert.match(message, /EVERFACE_HISTROY is no setting\. Did you mean EVERFACE_HISTORY\?/)
    assert.match(message, /EVERFACE_EDGES takes a whole number from 1 to 64/)
    assert.match(message, /--timeout takes/)
  })

  it('reads what people write, and refuses what they do not mean', () => {
    const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
      [
        'EVERFACE_LISTEN',
        ['0.0.0.0:0', 'localhost:80', '[::]:8420', '[fe80::1%eth0]:80'],
        ['8420', ':8420', '::1:80', 'a:65536', 'a b:1', '[x]:80'],
      ],
      [
        'EVERFACE_PUBLIC_URL',
        ['https://faces.example.com', 'http://[::1]:80/', 'https://e.com/faces/'],
        [
          'faces.example.com',
          'https:e.com',
          'ftp://e.com',
          'https://u:p@e.com',
          'https://e.com/?a',
        ],
      ],
      [
        'EVERFACE_BLOBS',
        ['/var/lib/faces', './a b', 's3://bucket', 's3://bucket-1.x/faces/of_all/'],
        ['gs://bucket', 's3://', 's3://B', 's3://bucket/a?b', 's3://bucket/../x', 'a\u0000b'],
      ],
      ['EVERFACE_HISTORY', ['400d', '1 d', '36h', '400D'], ['400', 'd', '1h', '-4d', '1e3d', '4w']],
      ['EVERFACE_CACHE', ['0', '1GiB', '1.5 gib', '500MB', '1000'], ['-1', 'GiB', '65GiB', '1TB']],
      ['EVERFACE_RATE', ['50', '0.5', '3000/min', '100 / s'], ['0', 'fast', '50/day', '1e3']],
      ['EVERFACE_RATE_LIMIT', ['0', '6000', '100/s'], ['-1', '6000/d']],
      [
        'EVERFACE_HOSTS',
        ['*', 'a.example, .B.example', '127.0.0.1'],
        ['https://a.example', 'a:80'],
      ],
      [
        'EVERFACE_CONNECT_TO',
        ['a:443:127.0.0.2:8443 b:80:[::1]:81', '::1.2.3.4:'],
        ['a:b', 'a:443:b:99999'],
      ],
      ['EVERFACE_ALLOW_PRIVATE', ['yes', 'TRUE', '0', 'off'], ['maybe']],
      ['EVERFACE_ALLOW_PORTS', ['8080,8443', '1'], ['0', '65536', 'http']],
      [
        'EVERFACE_PROXY',
        ['http://u:p@proxy:3128', 'http://proxy'],
        ['https://p', 'socks5://p', 'proxy:3128', 'http://%ff@p'],
      ],
      [
        'EVERFACE_WEBHOOKS',
        ['https://a.example/x?y=1,http://127.0.0.1:9/'],
        ['a.example/x', 'https://u:p@a.example/', 'https://a.example/#x', 'file:///etc/passwd'],
      ],
      [
        'EVERFACE_WEBHOOK_SECRET',
        [`whsec_${Buffer.alloc(24, 1).toString('base64')}`],
        ['whsec_', 'whsec_YQ==', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', `whsec_${'A'.repeat(33)}`],
      ],
      ['DATABASE_URL', ['postgres://u:p@h/d', 'postgresql://h/d'], ['mysql://h/d', 'h/d']],
      ['EVERFACE_MODE', ['copy', 'REDIRECT', 'auto'], ['both']],
      ['EVERFACE_SIGNING', ['off', 'required'], ['on']],
      ['EVERFACE_SECRET', [secret], ['short', 'a'.repeat(64)]],
      ['EVERFACE_OLD_SECRETS', [`${secret} ${secret}x`], [`${secret},short`]],
    ]
    const s3 = { EVERFACE_S3_REGION: 'r' }
    for (const [name, right, wrong] of cases) {
      for (const text of right) {
        assert.doesNotThrow(
          () => readConfig({ env: { ...env, ...s3, [name]: text } }),
          `${name} ${text}`,
        )
      }
      for (const text of wrong) {
        assert.ok(
          refusalOf({ env: { ...env, ...s3, [name]: text } }).startsWith(`${name} takes`),
          text,
        )
      }
    }
  })

  it('takes the same rules of --connect-to as the prober', () => {
    const texts = ['a:1:b:2', ':::', '[::1]:1:[::2]:2', 'a:0:b:1', 'a:b', 'a:1:b:65536', '::1:b:1']
    for (const text of texts) {
      let taken = true
      try {
        readConnectTo(text)
      } catch {
        taken = false
      }
      assert.equal(table.connectTo.kind.read(text) !== null, taken, text)
    }
  })

  it('reads units', () => {
    const { settings } = readConfig({
      env: {
        ...env,
        EVERFACE_HISTORY: '36h',
        EVERFACE_CACHE: '1.5GiB',
        EVERFACE_RATE: '3000/min',
        EVERFACE_RATE_LIMIT: '2/s',
        EVERFACE_HOSTS: 'B.example  a.example,b.example',
      },
    })
    assert.equal(settings.historyMs, 129_600_000)
    assert.equal(settings.cacheBytes, 1_610_612_736)
    assert.equal(settings.limits.pace, 50)
    assert.equal(settings.rateLimit, 120)
    assert.deepEqual(settings.hosts, ['b.example', 'a.example'])
  })

  it('wants a secret, unless nothing is signed, and says why PostgreSQL needs a common one', () => {
    assert.match(refusalOf({ env: {} }), /EVERFACE_SECRET is not set/)
    const shared = { DATABASE_URL: 'postgres://u:hunter2@h/d' }
    assert.match(refusalOf({ env: shared }), /EVERFACE_SECRET is required with PostgreSQL/)
    assert.equal(readConfig({ env: shared }, { needsSecret: false }).secrets.secret, '')
  })

  it('finds settings that are right by themselves and wrong together', () => {
    const refusal = (more: Record<string, string>) => refusalOf({ env: { ...env, ...more } })
    assert.match(refusal({ EVERFACE_S3_ACCESS_KEY_ID: 'id' }), /SECRET_ACCESS_KEY is missing/)
    assert.match(refusal({ EVERFACE_BLOBS: 's3://bucket' }), /EVERFACE_S3_REGION is required/)
    assert.match(refusal({ EVERFACE_PLACEHOLDER_AT: '3' }), /at least EVERFACE_SUSPECT_AT \(5\)/)
    assert.match(refusal({ EVERFACE_SECRET_FILE: '/run/s' }), /are both set; one of them must go/)
  })

  it('never tells a secret: in problems, origins, logs, JSON', () => {
    const password = 'hunter2hunter2'
    const texts = {
      env: {
        EVERFACE_SECRET: secret,
        EVERFACE_OLD_SECRETS: `${secret}-old`,
        DATABASE_URL: `postgres://u:${password}@h/d`,
        EVERFACE_PROXY: `http://u:${password}@proxy:3128`,
        EVERFACE_S3_ACCESS_KEY_ID: 'AKIDhidden',
        EVERFACE_S3_SECRET_ACCESS_KEY: `${password}/s3`,
      },
    }
    const { secrets, origins } = readConfig(texts)
    const told = [
      inspect(secrets),
      inspect({ deep: [secrets] }),
      JSON.stringify({ secrets }),
      JSON.stringify(origins),
      refusalOf({ env: { ...texts.env, DATABASE_URL: `mysql://u:${password}@h` } }),
      refusalOf({ env: { ...texts.env, EVERFACE_PROXY: `socks5://u:${password}@h:1` } }),
      refusalOf({ env: { ...texts.env, EVERFACE_SECRET: password } }),
    ].join('\n')
    for (const hidden of [secret, password, 'AKIDhidden']) assert.ok(!told.includes(hidden), hidden)
    assert.ok(told.includes('[secret]'))
    assert.equal({ ...secrets }.secret, secret, 'copies keep the values')
  })

  it('gives no secret a flag', () => {
    for (const key of settingKeys) {
      assert.equal(flagOf(key) === null, table[key].secret, key)
      assert.equal(fileVariableOf(key) === null, !table[key].secret, key)
    }
    const flags = { secret: 'a-Flag-that-must-not-count-0123456789' }
    assert.equal(readConfig({ env, flags }).secrets.secret, secret)
  })

  it('takes its own defaults, written out, for the same settings', () => {
    const written = Object.fromEntries(
      settingKeys.map((key) => [table[key].variable, table[key].standard ?? undefined]),
    )
    assert.deepEqual(
      readConfig({ env: { ...written, ...env } }).settings,
      readConfig({ env }).settings,
    )
  })

  it('ends with settings or a failure of ours, whatever the texts', () => {
    const texts = fc.dictionary(
      fc.constantFrom(...settingKeys.map((key) => table[key].variable), 'EVERFACE_X'),
      fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl(), fc.constantFrom('1d', '*', 's3://b/c')),
    )
    fc.assert(
      fc.property(texts, (env) => {
        try {
          readConfig({ env })
        } catch (error) {
          assert.ok(error instanceof EverfaceError, String(error))
        }
      }),
    )
  })
})

describe('docs/config.md', () => {
  it('has a section, which problems point to, for every setting', () => {
    const page = describeConfig()
    for (const key of settingKeys) assert.ok(page.includes(`### ${table[key].variable}\n`), key)
  })
})
