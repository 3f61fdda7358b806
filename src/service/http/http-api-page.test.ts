// docs/http-api.md is held to what it says: its commands are run, its tables compared with the code.
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { temporaryFolder } from '../../../test/everface.ts'
import { createHttpWorld, picture } from './harness.ts'
import { problems } from './problem.ts'
import { urls } from './routes.ts'
import { listen } from './server.ts'

const page = readFileSync('docs/http-api.md', 'utf8')
const hasCurl = spawnSync('curl', ['--version']).status === 0
if (!hasCurl)
  console.log('SKIPPED: curl is not installed; the commands of docs/http-api.md were not run.')

describe('docs/http-api.md', () => {
  it('names every call', () => {
    const missing = Object.keys(urls).filter((row) => !page.includes(`\`${row}\``))
    assert.deepEqual(missing, [])
  })

  it('names every problem with its status and sentence, and no other', () => {
    const told = [...page.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \| (.+) \|$/gm)].map(
      ([, code, status, sentence]) => [code, Number(status), sentence],
    )
    assert.deepEqual(
      told,
      Object.entries(problems).map(([code, [status, sentence]]) => [code, status, sentence]),
    )
  })

  it('shows commands that work', { skip: !hasCurl }, async () => {
    const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
      .map(([, text = '']) => text)
      .filter((text) => text.includes('curl'))
    assert.ok(commands.length >= 6)
    const world = await createHttpWorld()
    using folder = temporaryFolder()
    writeFileSync(join(folder.path, 'face.jpg'), await picture())
    const { http, secrets } = world.open()
    const silent = { debug() {}, info() {}, warn() {}, error() {} }
    const server = await listen(http, { host: '127.0.0.1', port: 0 }, { log: silent })
    for (const command of commands) {
      const { stdout } = await promisify(execFile)(
        'sh',
        ['-ec', command.replaceAll('curl ', 'curl -sS --fail-with-body --noproxy "*" ')],
        {
          cwd: folder.path,
          env: { ...process.env, EVERFACE: server.url, KEY: secrets.write },
        },
      )
      assert.doesNotMatch(stdout, /"code":|stopped/, command)
    }
    await server.close(0)
    await world.close()
  })
})
