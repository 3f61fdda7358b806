import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { readConfig } from './config.ts'
import { apps, origins, push, secrets } from './config-wechat.ts'

const aesKey = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
const env = {
  EVERFACE_SECRET: 'k3Jv9QpXz71LmNs0TtRb5WcYh2GfDa8U',
  EVERFACE_PUBLIC_URL: 'https://faces.example.com',
  EVERFACE_WECHAT_APPS: 'official:wx1, website:wx2 mini:wx3',
  EVERFACE_WECHAT_SECRETS: 'wx1=one=1 wx2=two',
  EVERFACE_WECHAT_PUSH: `wx1=Token1:${aesKey},wx3=Token3`,
  EVERFACE_RETURN_ORIGINS: 'https://app.example.com/ http://[::1]:3000',
}

function problemOf(change: Readonly<Record<string, string>>): string {
  try {
    readConfig({ env: { ...env, ...change } })
  } catch (error) {
    return (error as Error).message
  }
  return 'taken'
}

describe('the settings about WeChat', () => {
  it('are read into apps, what is secret of them, and origins', () => {
    const config = readConfig({ env })
    assert.deepEqual(config.settings.wechatApps, [
      { kind: 'official', appid: 'wx1' },
      { kind: 'website', appid: 'wx2' },
      { kind: 'mini', appid: 'wx3' },
    ])
    assert.deepEqual(config.settings.returnOrigins, [
      'https://app.example.com',
      'http://[::1]:3000',
    ])
    assert.deepEqual(config.secrets.wechatSecrets, { wx1: 'one=1', wx2: 'two' })
    assert.deepEqual(config.secrets.wechatPush, {
      wx1: { token: 'Token1', aesKey },
      wx3: { token: 'Token3', aesKey: null },
    })
    const told = `${JSON.stringify(config)} ${inspect(config, { depth: 9 })}`
    for (const secret of ['one=1', 'two', aesKey, 'Token1']) assert.ok(!told.includes(secret))
  })

  it('refuse what is none of them, and an app that stands there twice', () => {
    for (const text of ['wx1', 'app:wx1', 'official:', 'official:a b:c', 'official:wx1 mini:wx1']) {
      assert.equal(apps.read(text), null, text)
    }
    for (const text of ['wx1', 'wx1=', '=x', 'wx1=a wx1=b', 'wx1=\u00e9']) {
      assert.equal(secrets.read(text), null, text)
    }
    for (const text of ['wx1=ab', 'wx1=a-b-c', 'wx1=Token:short', `wx1=Token:${aesKey}0`]) {
      assert.equal(push.read(text), null, text)
    }
    for (const text of [
      'app.example.com',
      'https://app.example.com/me',
      'https://u@app.example.com',
      'https://app.example.com?x',
      'javascript://x',
      '*',
    ]) {
      assert.equal(origins.read(text), null, text)
    }
  })

  it('tell what is missing, and what belongs to nobody, without the secrets', () => {
    assert.equal(problemOf({}), 'taken')
    const cases: readonly (readonly [Record<string, string>, RegExp])[] = [
      [{ EVERFACE_WECHAT_SECRETS: 'wx1=one' }, /lacks the secret of website:wx2\./],
      [{ EVERFACE_WECHAT_SECRETS: 'wx1=one wx2=two wx9=nine' }, /speaks of wx9, which/],
      [{ EVERFACE_WECHAT_PUSH: 'wx9=Token9' }, /EVERFACE_WECHAT_PUSH speaks of wx9/],
      [{ EVERFACE_PUBLIC_URL: '' }, /EVERFACE_PUBLIC_URL is required with official:wx1/],
      [{ EVERFACE_WECHAT_PUSH: 'wx1=no' }, /EVERFACE_WECHAT_PUSH takes tokens as APPID=TOKEN/],
    ]
    for (const [change, pattern] of cases) {
      const message = problemOf(change)
      assert.match(message, pattern)
      assert.doesNotMatch(message, /nine|Token9|one|two/)
    }
    assert.equal(
      problemOf({
        EVERFACE_WECHAT_APPS: 'mini:wx3',
        EVERFACE_WECHAT_SECRETS: '',
        EVERFACE_WECHAT_PUSH: '',
        EVERFACE_PUBLIC_URL: '',
      }),
      'taken',
      'a mini program alone needs neither',
    )
  })
})
