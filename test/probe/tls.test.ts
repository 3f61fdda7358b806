// TLS: whose certificate is believed, what name is asked for, and handshakes that never end.
import assert from 'node:assert/strict'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import { before, describe, it } from 'node:test'
import type { TlsOptions } from 'node:tls'
import { type Certificates, createCertificates } from '../../simulator/certificates.ts'
import {
  type RawServer,
  answerOf,
  makeProber,
  outcome,
  pictureAnswer,
  serveRaw,
  until,
} from '../hostile.ts'

const host = 'pictures.example'
const literal = '198.105.244.130'
let certificates: Certificates

before(async () => {
  certificates = await createCertificates(
    [host, '*.wild.example', 'xn--bcher-kva.example'],
    [literal, '127.0.0.1'],
  )
})

interface Seen {
  name: string | false | null
}

async function serve(
  tls: TlsOptions = certificates.right,
): Promise<{ server: RawServer; names: Seen['name'][] }> {
  const names: Seen['name'][] = []
  const server = await serveRaw((socket) => socket.write(pictureAnswer), {
    tls,
    onConnection: (socket) =>
      names.push((socket as { servername?: string | false }).servername ?? null),
  })
  return { server, names }
}

function proberOf({ port }: { port: number }, options: Parameters<typeof makeProber>[0] = {}) {
  return makeProber({
    connectTo: [{ host: '', port: null, address: '127.0.0.1', toPort: port }],
    tls: { ca: [certificates.ca], insecure: false },
    ...options,
  })
}

describe('prober, TLS', () => {
  it('believes an own authority, asks for the name by SNI and Host, and keeps the connection', async () => {
    const { server, names } = await serve()
    await using _ = server
    using prober = proberOf(server)
    for (let n = 0; n < 5; n++)
      assert.equal(outcome(await prober.observe(`https://${host}/${n}`)), 200)
    assert.deepEqual(names, [host])
    assert.equal(server.connections, 1)
    assert.match(server.requests[0]?.text ?? '', /\r\nHost: pictures\.example\r\n/)
  })

  it('asks for a name in another script in its ASCII form', async () => {
    const { server, names } = await serve()
    await using _ = server
    using prober = proberOf(server)
    assert.equal(outcome(await prober.observe('https://bücher.example/')), 200)
    assert.deepEqual(names, ['xn--bcher-kva.example'])
  })

  it('believes a wildcard for one label, not for two', async () => {
    const { server } = await serve()
    await using _ = server
    using prober = proberOf(server)
    assert.equal(outcome(await prober.observe('https://a.wild.example/')), 200)
    assert.equal(outcome(await prober.observe('https://a.b.wild.example/')), 'tls')
  })

  for (const flaw of ['name', 'expired', 'untrusted'] as const) {
    it(`asks nothing of a server whose certificate is wrong: ${flaw}`, async () => {
      const { server } = await serve(certificates.wrong[flaw])
      await using _ = server
      using prober = proberOf(server)
      const { finding, observations } = await prober.see(`https://${host}/a.gif`)
      assert.deepEqual(observations.map(outcome), ['tls'])
      assert.equal(finding.kind, 'unknown')
      assert.equal(server.requests.length, 0)
    })

    it(`asks it all the same when told to be insecure: ${flaw}`, async () => {
      const { server } = await serve(certificates.wrong[flaw])
      await using _ = server
      using prober = proberOf(server, { tls: { ca: undefined, insecure: true } })
      assert.equal(outcome(await prober.observe(`https://${host}/a.gif`)), 200)
    })
  }

  it('does not believe an own authority that it was not told of', async () => {
    const { server } = await serve()
    await using _ = server
    using prober = proberOf(server, { tls: { ca: undefined, insecure: false } })
    assert.equal(outcome(await prober.observe(`https://${host}/a.gif`)), 'tls')
  })

  it('checks the certificate against the address in the URL, not against the one it connects to', async () => {
    const { server, names } = await serve()
    await using _ = server
    using prober = proberOf(server)
    assert.equal(outcome(await prober.observe(`https://${literal}/a.gif`)), 200)
    assert.deepEqual(names, [false])
    // The certificate names 127.0.0.1, where the connection goes, and not this address.
    assert.equal(outcome(await prober.observe('https://198.105.244.131/a.gif')), 'tls')
    assert.equal(outcome(await prober.observe('https://[2606:4700::1]/a.gif')), 'tls')
  })

  it('says so when the server speaks no TLS, or breaks off', async () => {
    await using plain = await serveRaw(() => undefined, {
      onConnection: (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    })
    using toPlain = proberOf(plain)
    assert.equal(outcome(await toPlain.observe(`https://${host}/`)), 'tls')
    for (const end of ['end', 'destroy', 'resetAndDestroy'] as const) {
      await using rude = await serveRaw(() => undefined, {
        onConnection: (socket) => socket[end](),
      })
      using prober = proberOf(rude)
      assert.ok(
        ['reset', 'tls'].includes(String(outcome(await prober.observe(`https://${host}/`)))),
      )
    }
  })

  it('gives up a handshake that never ends, at the deadline', async () => {
    await using mute = await serveRaw(() => undefined)
    using prober = proberOf(mute, { timeoutMs: 150 })
    assert.equal(outcome(await prober.observe(`https://${host}/`)), 'timeout')
    await until(() => mute.open.size === 0, 'the end of the connection')
  })

  it('survives a server that accepts and is never read', async () => {
    const open: Socket[] = []
    const server = createServer({ pauseOnConnect: true }, (socket) => open.push(socket))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const prober = proberOf({ port }, { timeoutMs: 100 })
    assert.equal(outcome(await prober.observe(`https://${host}/`)), 'timeout')
    prober.close()
    for (const socket of open) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })

  it('follows a redirect from a source without scheme, which is asked by https', async () => {
    await using server = await serveRaw(
      (socket, { target }) =>
        socket.write(target === '/a' ? answerOf('', ['Location: /b'], '302 Found') : pictureAnswer),
      { tls: certificates.right },
    )
    using prober = proberOf(server)
    const { finding, observations } = await prober.see(`//${host}/a`)
    assert.deepEqual(observations.map(outcome), [200])
    assert.equal(finding.kind, 'alive')
  })

  it('never rejects, even when it was given no certificates but words', async () => {
    const { server } = await serve()
    await using _ = server
    for (const ca of [
      ['no PEM'],
      ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
      [],
    ]) {
      using prober = proberOf(server, { tls: { ca, insecure: false } })
      assert.equal(outcome(await prober.observe(`https://${host}/`)), 'tls')
    }
  })
})
