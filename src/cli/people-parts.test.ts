import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { temporaryFolder } from '../../test/everface.ts'
import { defaultPolicy } from '../core/policy.ts'
import { readConfig } from '../service/config.ts'
import { governed, openPolicy } from './people-parts.ts'

const dayMs = 86_400_000
const env = { EVERFACE_SECRET: 'k3Jv9QpXz71LmNs0TtRb5WcYh2GfDa8U' }

describe('openPolicy', () => {
  it('is the standard policy with what the settings say of the same things', async () => {
    const { settings } = readConfig({
      env: { ...env, EVERFACE_MODE: 'auto', EVERFACE_FALLBACK: 'none', EVERFACE_HISTORY: '100d' },
    })
    const policy = await openPolicy(settings)
    assert.deepEqual(policy.ask, defaultPolicy.ask)
    assert.deepEqual(policy.show, { mode: 'auto', fallback: 'none' })
    assert.equal(policy.keep.historyMs, 100 * dayMs)
    assert.deepEqual(governed(settings, policy), settings)
  })

  it('remembers prompts as long as it must, however short the history is to be', async () => {
    const { settings } = readConfig({ env: { ...env, EVERFACE_HISTORY: '1d' } })
    const policy = await openPolicy(settings)
    assert.equal(policy.keep.historyMs, 90 * dayMs)
    assert.equal(governed(settings, policy).historyMs, 90 * dayMs)
  })

  it('is that of the file, which is stronger than the settings', async () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'policy.yaml')
    writeFileSync(file, 'ask: { budget: 0 per 1d }\nshow: { mode: redirect }\n')
    const { settings } = readConfig({
      env: { ...env, EVERFACE_POLICY: file, EVERFACE_MODE: 'auto', EVERFACE_FALLBACK: 'none' },
    })
    const policy = await openPolicy(settings)
    assert.equal(policy.ask.budget.count, 0)
    assert.deepEqual(policy.show, { mode: 'redirect', fallback: 'none' })
    assert.equal(governed(settings, policy).mode, 'redirect')
    writeFileSync(file, 'ask: { bugdet: 0 per 1d }\n')
    await assert.rejects(openPolicy(settings), { code: 'policy-invalid' })
    const missing = { ...settings, policyFile: join(folder.path, 'none.yaml') }
    await assert.rejects(openPolicy(missing), { code: 'policy-unreadable' })
  })
})
