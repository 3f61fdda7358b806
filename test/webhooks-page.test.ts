// The examples of docs/webhooks.md, run as they stand: whoever copies one must be able to rely on it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { createSign, webhookSecretsOf } from '../src/service/webhook-sign.ts'
import { temporaryFolder } from './everface.ts'

const page = readFileSync(new URL('../docs/webhooks.md', import.meta.url), 'utf8')
const secrets = {
  secret: 'k3Jv9QpXz71LmNs0TtRb5WcYh2GfDa8U',
  oldSecrets: ['the-one-that-was-in-force-before-it'],
  webhookSecret: null,
}

function exampleIn(language: string): string {
  const found = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1]
  assert.ok(found !== undefined, language)
  return found
}

/** What a receiver might be handed, and whether it is to be believed. */
const body = JSON.stringify({ type: 'avatar.gone', data: { subject: '王小明' } })
const now = Date.now()
const [current = '', former = ''] = webhookSecretsOf(secrets)
const headers = createSign(secrets)('evt_1', now, body)
const cases = [
  { secret: current, headers, body, right: true },
  { secret: former, headers, body, right: true },
  { secret: current, headers, body: `${body} `, right: false },
  { secret: current, headers: { ...headers, 'webhook-id': 'evt_2' }, body, right: false },
  { secret: `whsec_${Buffer.alloc(32).toString('base64')}`, headers, body, right: false },
  {
    secret: current,
    headers: createSign(secrets)('evt_1', now - 600_000, body),
    body,
    right: false,
  },
]

describe('the receivers in docs/webhooks.md', () => {
  it('work in Node', async () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'verify.mjs')
    writeFileSync(file, exampleIn('js'))
    const { verify } = (await import(file)) as {
      verify: (secret: string, headers: object, body: string) => boolean
    }
    for (const one of cases) assert.equal(verify(one.secret, one.headers, one.body), one.right)
  })

  it('work in Python', (test) => {
    if (spawnSync('python3', ['--version']).status !== 0)
      return test.skip('there is no Python here')
    const script = `${exampleIn('python')}
import json, sys
for one in json.load(sys.stdin):
    print(verify(one["secret"], one["headers"], one["body"].encode()))
`
    const { stdout, stderr } = spawnSync('python3', ['-c', script], {
      input: JSON.stringify(cases),
      encoding: 'utf8',
    })
    const wanted = cases.map(({ right }) => (right ? 'True' : 'False'))
    assert.deepEqual(stdout.trim().split('\n'), wanted, stderr)
  })

  it('work in Go', (test) => {
    if (spawnSync('go', ['version']).status !== 0) return test.skip('there is no Go here')
    using folder = temporaryFolder()
    const file = join(folder.path, 'main.go')
    writeFileSync(
      file,
      `package main
import ("crypto/hmac"; "crypto/sha256"; "encoding/base64"; "encoding/json"; "fmt"; "net/http"; "os"; "slices"; "strconv"; "strings"; "time")
${exampleIn('go')}
func main() {
	var cases []struct { Secret string; Headers map[string]string; Body string }
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil { panic(err) }
	for _, one := range cases {
		h := http.Header{}
		for name, value := range one.Headers { h.Set(name, value) }
		fmt.Println(Verify(one.Secret, h, []byte(one.Body)))
	}
}
`,
    )
    const { stdout, stderr } = spawnSync('go', ['run', file], {
      input: JSON.stringify(cases),
      encoding: 'utf8',
    })
    assert.deepEqual(
      stdout.trim().split('\n'),
      cases.map(({ right }) => String(right)),
      stderr,
    )
  })
})
