// What holds for every provider, after its own rules: failures of the network, and HTTP as it is written.
import type { Evidence, Rule } from '../rules.ts'

const http: Evidence = { source: 'RFC 9110 (HTTP Semantics)', date: '2022-06' }
const network: Evidence = {
  source: 'a failed connection says something of the network, never of the picture',
  date: '2026',
}

/** Failures of a probe: all unknown but the guard's word on the URL itself. */
export const failureRules: readonly Rule[] = [
  {
    id: 'guard.url',
    verdict: 'refused',
    when: { failure: ['guard-url'] },
    says: '{failure}',
    evidence: { source: 'IANA special-purpose address registries', date: '2025' },
  },
  {
    id: 'guard.address',
    verdict: 'unknown',
    when: { failure: ['guard-address'] },
    says: '{failure}',
    evidence: {
      source: 'captive networks resolve every name to an address of their own',
      date: '2026',
    },
  },
  {
    id: 'net.dns',
    verdict: 'unknown',
    when: { failure: ['dns'] },
    says: '{failure}',
    evidence: network,
  },
  {
    id: 'net.connect',
    verdict: 'unknown',
    when: { failure: ['connect'] },
    says: '{failure}',
    evidence: network,
  },
  {
    id: 'net.tls',
    verdict: 'unknown',
    when: { failure: ['tls'] },
    says: '{failure}',
    evidence: network,
  },
  {
    id: 'net.timeout',
    verdict: 'unknown',
    when: { failure: ['timeout'] },
    says: '{failure}',
    evidence: network,
  },
  {
    id: 'net.reset',
    verdict: 'unknown',
    when: { failure: ['reset'] },
    says: '{failure}',
    evidence: network,
  },
  {
    id: 'net.truncated',
    verdict: 'unknown',
    when: { failure: ['truncated'] },
    says: '{failure}',
    evidence: network,
  },
  {
    id: 'net.protocol',
    verdict: 'unknown',
    when: { failure: ['protocol', 'too-large', 'redirects'] },
    says: '{failure}',
    evidence: network,
  },
  {
    id: 'net.proxy',
    verdict: 'unknown',
    when: { failure: ['proxy'] },
    says: '{failure}',
    evidence: network,
  },
  {
    id: 'net.paused',
    verdict: 'throttled',
    when: { failure: ['paused'] },
    says: '{failure}',
    evidence: { source: 'RFC 9110, 10.2.3 (Retry-After)', date: '2022-06' },
  },
  {
    id: 'net.stopped',
    verdict: 'unknown',
    when: { failure: ['stopped'] },
    says: 'Stopped before an answer came.',
    evidence: network,
  },
]

/** What speaks before any provider's rules: an answer that is not from the host that was asked. */
export const elsewhereRules: readonly Rule[] = [
  {
    id: 'http.led-elsewhere',
    verdict: 'unknown',
    when: { status: [400, 499], elsewhere: true },
    // Whoever asks us to slow down is listened to.
    unless: [{ status: 429 }],
    says: 'HTTP {status} from another host that a redirect led to (a login page of a network?).',
    evidence: {
      source: 'captive portals redirect to a host of their own, which does not know the path',
      date: '2026',
      note: 'RFC 8910 and RFC 6585, 6, describe networks that intercept requests for others',
    },
  },
]

/** HTTP as it is written: for providers that mean what their status says. */
export const httpRules: readonly Rule[] = [
  {
    id: 'http.throttled',
    verdict: 'throttled',
    when: { status: 429 },
    says: 'HTTP 429: the host asks us to slow down.',
    evidence: { source: 'RFC 6585', date: '2012-04' },
  },
  {
    id: 'http.throttled-503',
    verdict: 'throttled',
    when: { status: 503, headers: { 'retry-after': /./ } },
    says: 'HTTP 503 with Retry-After: the host asks us to come back later.',
    evidence: http,
  },
  {
    id: 'http.server-error',
    verdict: 'unknown',
    when: { status: [500, 599] },
    says: 'HTTP {status}: the host has a fault of its own.',
    evidence: http,
  },
  {
    id: 'http.refused',
    verdict: 'refused',
    when: { status: [401, 403] },
    says: 'HTTP {status}: the host will not show it to us.',
    evidence: http,
  },
  {
    id: 'http.refused-legal',
    verdict: 'refused',
    when: { status: 451 },
    says: 'HTTP 451: withheld for legal reasons.',
    evidence: { source: 'RFC 7725', date: '2016-02' },
  },
  {
    id: 'http.gone',
    verdict: 'gone',
    when: { status: 410 },
    says: 'HTTP 410: the host says that the picture is gone.',
    evidence: http,
  },
  {
    id: 'http.not-found',
    verdict: 'gone',
    when: { status: 404 },
    says: 'HTTP 404: the host has no such picture.',
    evidence: http,
  },
  {
    id: 'http.not-modified',
    verdict: 'unknown',
    when: { status: 304 },
    says: 'HTTP 304 to a request that did not ask whether it had changed.',
    evidence: {
      source: 'RFC 9110, 15.4.5: 304 answers a conditional request, and no probe is one',
      date: '2022-06',
    },
  },
  {
    id: 'http.empty',
    verdict: 'unknown',
    when: { status: [200, 299], bytes: 0 },
    says: 'The answer is empty.',
    evidence: http,
  },
  {
    id: 'http.picture',
    verdict: 'alive',
    when: { status: [200, 299], mime: /^image\// },
    says: 'The picture is there.',
    evidence: http,
  },
  {
    id: 'http.not-a-picture',
    verdict: 'unknown',
    when: { status: [200, 299] },
    says: 'The answer is no picture (a login page of a network?).',
    evidence: { source: 'captive portals answer 200 with their own page', date: '2026' },
  },
  {
    id: 'http.other',
    verdict: 'unknown',
    when: { status: [100, 599] },
    says: 'HTTP {status} says nothing of the picture.',
    evidence: http,
  },
]
