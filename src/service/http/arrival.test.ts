import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { baseOf, requestIdOf, senderOf } from './arrival.ts'

function from(headers: Record<string, string> = {}): Request {
  return new Request('http://faces.example:8080/v1/avatars', { headers })
}

describe('requestIdOf', () => {
  const make = () => 'made'

  it('takes over an id that is fit to be written down', () => {
    assert.equal(requestIdOf(from({ 'x-request-id': 'a1-B2_c.3' }), make), 'a1-B2_c.3')
  })

  it('makes one where there is none, or one that is not fit', () => {
    for (const bad of ['', ' ', 'a b', 'a"b', '<b>', '-a', '{"a":1}', 'x'.repeat(65)]) {
      assert.equal(requestIdOf(from({ 'x-request-id': bad }), make), 'made', bad)
    }
    assert.equal(requestIdOf(from(), make), 'made')
  })
})

describe('baseOf', () => {
  it('is what the operator says, else what the request came to', () => {
    assert.equal(baseOf(from(), 'https://faces.example'), 'https://faces.example')
    assert.equal(baseOf(from(), null), 'http://faces.example:8080')
  })
})

describe('senderOf', () => {
  it('is the peer when it is a foreign one, whatever the request claims', () => {
    const request = from({ 'x-forwarded-for': '198.51.100.7' })
    assert.equal(senderOf(request, { address: '203.0.113.9' }), '203.0.113.9')
    assert.equal(senderOf(request, { address: '::ffff:203.0.113.9' }), '203.0.113.9')
  })

  it('is the last foreign address that proxies of our own network noted', () => {
    const request = from({ 'x-forwarded-for': '1.1.1.1, 198.51.100.7, 10.0.0.3' })
    assert.equal(senderOf(request, { address: '127.0.0.1' }), '198.51.100.7')
    assert.equal(senderOf(request, { address: '::ffff:10.1.2.3' }), '198.51.100.7')
  })

  it('is the proxy when what it noted is no address', () => {
    const request = from({ 'x-forwarded-for': '198.51.100.7, unknown' })
    assert.equal(senderOf(request, { address: '10.0.0.1' }), '10.0.0.1')
    assert.equal(senderOf(from(), { address: '127.0.0.1' }), '127.0.0.1')
    assert.equal(senderOf(from(), undefined), '')
  })

  it('takes a network of IPv6 for one sender', () => {
    for (const [address, sender] of [
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
      ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
      ['2001:db8::1', '2001:db8:0:0::/64'],
      ['2001:DB8:0001::', '2001:db8:1:0::/64'],
      ['::1:0:0:0', '0:0:0:0::/64'],
    ] as const) {
      assert.equal(senderOf(from(), { address }), sender)
    }
  })
})
