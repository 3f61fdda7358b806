import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { providers } from '../core/providers/index.ts'

const source = readFileSync(new URL('service-worker.ts', import.meta.url), 'utf8')

describe('the service worker', () => {
  it('knows the hosts of all providers', () => {
    const hosts = providers.flatMap((provider) =>
      provider.hosts.map((host) => {
        if (typeof host !== 'string') return host.source.replaceAll(/^\^|\$$/g, '')
        return `${host.startsWith('.') ? '.+' : ''}${host.replaceAll('.', String.raw`\.`)}`
      }),
    )
    const pattern = `/^(?:${hosts.join('|')})$/`
    assert.ok(source.includes(pattern), `src/element/service-worker.ts wants\n${pattern}`)
  })
})
