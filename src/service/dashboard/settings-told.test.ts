import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readConfig } from '../config.ts'
import { settingKeys, table } from '../config-table.ts'
import { tellSettings, withoutSecrets } from './settings-told.ts'

const hidden = 'hidden-from-everybody-0123456789-abcdef'

function told(env: Readonly<Record<string, string>>) {
  const { settings, secrets } = readConfig({ env: { EVERFACE_SECRET: hidden, ...env } })
  return tellSettings(settings, secrets)
}

describe('tellSettings', () => {
  it('tells every setting of the table, in its order', () => {
    assert.deepEqual(
      told({}).map(({ variable }) => variable),
      settingKeys.map((key) => table[key].variable),
    )
  })

  it('tells of a secret only whether there is one', () => {
    const all = told({
      DATABASE_URL: `postgres://me:${hidden}@db/x`,
      EVERFACE_OLD_SECRETS: `${hidden}2`,
    })
    assert.ok(!JSON.stringify(all).includes(hidden))
    const of = (variable: string) => all.find((one) => one.variable === variable)
    assert.deepEqual(of('DATABASE_URL'), { variable: 'DATABASE_URL', value: '', secret: true })
    assert.equal(of('EVERFACE_OLD_SECRETS')?.value, '')
    assert.equal(of('EVERFACE_S3_ACCESS_KEY_ID')?.value, null)
  })

  it('takes out of addresses what people put secrets into', () => {
    const all = told({
      EVERFACE_WEBHOOKS: `https://hook.test/x?k=${hidden}`,
      EVERFACE_PROXY: `http://me:${hidden}@proxy.test:3128`,
    })
    assert.ok(!JSON.stringify(all).includes(hidden))
    assert.ok(JSON.stringify(all).includes('http://proxy.test:3128'))
    assert.equal(withoutSecrets(`me:${hidden}@nowhere`).includes(hidden), false)
  })
})
