// `everface key`: what it prints, what it keeps, and that a secret is shown once.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { everface, temporaryFolder } from '../everface.ts'

describe('everface key', () => {
  const folder = temporaryFolder()
  const key = (...args: string[]) => everface(['key', ...args, '--data', folder.path])
  after(() => folder[Symbol.dispose]())

  it('says how to make the first', async () => {
    assert.match((await key('list')).stdout, /everface key create/)
  })

  it('prints the secret once, alone on standard output, and keeps only its hash', async () => {
    const { code, stdout, stderr } = await key('create', '--name', 'app server', '--scope', 'write')
    assert.equal(code, 0)
    assert.match(stdout, /^ef_[A-Za-z0-9_-]{43}\n$/)
    const secret = stdout.trim()
    assert.ok(!stderr.includes(secret))
    assert.match(stderr, /key_[0-9a-f]{12} \(app server, write\)/)
    const { stdout: list } = await key('list')
    assert.match(list, /key_[0-9a-f]{12} +write +app server +\d{4}-.* +never +in force/)
    assert.ok(!list.includes(secret))
    for (const name of ['everface.db', 'everface.db-wal']) {
      const bytes = readIfThere(join(folder.path, name))
      assert.ok(!bytes.includes(secret), name)
    }
  })

  it('prints JSON for programs', async () => {
    const made = JSON.parse(
      (await key('create', '--name', 'ci', '--scope', 'admin', '--json')).stdout,
    ) as Record<string, unknown>
    assert.deepEqual(Object.keys(made), [
      'id',
      'name',
      'scope',
      'createdAt',
      'lastUsedAt',
      'revokedAt',
      'secret',
    ])
    const keys = JSON.parse((await key('list', '--json')).stdout) as Record<string, unknown>[]
    const { secret: _, ...rest } = made
    assert.deepEqual(
      keys.find(({ id }) => id === made['id']),
      rest,
    )
  })

  it('revokes, and says when there is nothing to revoke', async () => {
    const { stdout } = await key('create', '--name', 'old', '--scope', 'read', '--json')
    const { id } = JSON.parse(stdout) as { id: string }
    assert.equal((await key('revoke', id)).code, 0)
    assert.match((await key('list')).stdout, new RegExp(`${id} .*revoked`))
    const again = await key('revoke', id)
    assert.equal(again.code, 2)
    assert.match(again.stderr, /There is no key .* in force/)
  })

  it('refuses what is no name and no scope', async () => {
    const wrong = [
      ['create', '--scope', 'read'],
      ['create', '--name', 'x'],
      ['create', '--name', 'x', '--scope', 'root'],
      ['create', '--name', ' ', '--scope', 'read'],
      ['create', '--name', 'a\u001b[2J', '--scope', 'read'],
      ['create', '--name', 'x'.repeat(101), '--scope', 'read'],
    ]
    for (const args of wrong) assert.equal((await key(...args)).code, 2, args.join(' '))
  })

  it('prints the secret of webhooks, always the same', async () => {
    const first = await key('webhook-secret')
    assert.match(first.stdout, /^whsec_[A-Za-z0-9+/]{43}=\n$/)
    assert.equal((await key('webhook-secret')).stdout, first.stdout)
  })

  it('shows help with examples for every command', async () => {
    for (const args of [[], ['create'], ['list'], ['revoke'], ['webhook-secret']]) {
      const { code, stdout } = await everface(['key', ...args, '--help'])
      assert.equal(code, 0)
      assert.match(stdout, /Examples?:/)
    }
  })
})

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
