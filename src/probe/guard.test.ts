import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createGuard, specialPurpose } from './guard.ts'

/** First and last address of a range; the addresses just outside, where the neighbour is public. */
type Row = readonly [
  range: string,
  first: string,
  last: string,
  before: string | null,
  after: string | null,
]

// Every row of the IANA IPv4 Special-Purpose Address Registry as of 2025-10, and multicast.
const v4: readonly Row[] = [
  ['0.0.0.0/8', '0.0.0.0', '0.255.255.255', null, '1.0.0.0'],
  ['10.0.0.0/8', '10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
  ['100.64.0.0/10', '100.64.0.0', '100.127.255.255', '100.63.255.255', '100.128.0.0'],
  ['127.0.0.0/8', '127.0.0.0', '127.255.255.255', '126.255.255.255', '128.0.0.0'],
  ['169.254.0.0/16', '169.254.0.0', '169.254.255.255', '169.253.255.255', '169.255.0.0'],
  ['172.16.0.0/12', '172.16.0.0', '172.31.255.255', '172.15.255.255', '172.32.0.0'],
  ['192.0.0.0/24', '192.0.0.0', '192.0.0.255', '191.255.255.255', '192.0.1.0'],
  ['192.0.0.0/29', '192.0.0.0', '192.0.0.7', null, null],
  ['192.0.0.8/32', '192.0.0.8', '192.0.0.8', null, null],
  ['192.0.0.9/32', '192.0.0.9', '192.0.0.9', null, null],
  ['192.0.0.10/32', '192.0.0.10', '192.0.0.10', null, null],
  ['192.0.0.170/31', '192.0.0.170', '192.0.0.171', null, null],
  ['192.0.2.0/24', '192.0.2.0', '192.0.2.255', '192.0.1.255', '192.0.3.0'],
  ['192.31.196.0/24', '192.31.196.0', '192.31.196.255', '192.31.195.255', '192.31.197.0'],
  ['192.52.193.0/24', '192.52.193.0', '192.52.193.255', '192.52.192.255', '192.52.194.0'],
  ['192.88.99.0/24', '192.88.99.0', '192.88.99.255', '192.88.98.255', '192.88.100.0'],
  ['192.168.0.0/16', '192.168.0.0', '192.168.255.255', '192.167.255.255', '192.169.0.0'],
  ['192.175.48.0/24', '192.175.48.0', '192.175.48.255', '192.175.47.255', '192.175.49.0'],
  ['198.18.0.0/15', '198.18.0.0', '198.19.255.255', '198.17.255.255', '198.20.0.0'],
  ['198.51.100.0/24', '198.51.100.0', '198.51.100.255', '198.51.99.255', '198.51.101.0'],
  ['203.0.113.0/24', '203.0.113.0', '203.0.113.255', '203.0.112.255', '203.0.114.0'],
  ['224.0.0.0/4', '224.0.0.0', '239.255.255.255', '223.255.255.255', null],
  ['240.0.0.0/4', '240.0.0.0', '255.255.255.255', null, null],
  ['255.255.255.255/32', '255.255.255.255', '255.255.255.255', null, null],
]

const ones = 'ffff:ffff:ffff:ffff'

// Every row of the IANA IPv6 Special-Purpose Address Registry, with multicast, site-local and IPv4 inside IPv6.
const v6: readonly Row[] = [
  ['::1/128', '::1', '::1', null, null],
  ['::/128', '::', '::', null, null],
  ['::/96, IPv4-compatible', '::2', '::ffff:ffff', null, '::1:0:0'],
  [
    '::ffff:0:0:0/96, translated',
    '::ffff:0:0:0',
    '::ffff:0:ffff:ffff',
    '::fffe:ffff:ffff:ffff',
    '::ffff:1:0:0',
  ],
  [
    '64:ff9b:1::/48',
    '64:ff9b:1::',
    `64:ff9b:1:ffff:${ones}`,
    `64:ff9b:0:ffff:${ones}`,
    '64:ff9b:2::',
  ],
  ['100::/64', '100::', `100::${ones}`, `ff:ffff:ffff:ffff:${ones}`, null],
  ['100:0:0:1::/64', '100:0:0:1::', `100:0:0:1:${ones}`, null, '100:0:0:2::'],
  [
    '2001::/23',
    '2001::',
    `2001:1ff:ffff:ffff:${ones}`,
    `2000:ffff:ffff:ffff:${ones}`,
    '2001:200::',
  ],
  ['2001::/32, Teredo', '2001::', `2001:0:ffff:ffff:${ones}`, null, null],
  ['2001:1::1/128', '2001:1::1', '2001:1::3', null, null],
  ['2001:2::/48', '2001:2::', `2001:2:0:ffff:${ones}`, null, null],
  ['2001:3::/32', '2001:3::', `2001:3:ffff:ffff:${ones}`, null, null],
  ['2001:4:112::/48', '2001:4:112::', `2001:4:112:ffff:${ones}`, null, null],
  ['2001:10::/28', '2001:10::', `2001:1f:ffff:ffff:${ones}`, null, null],
  ['2001:20::/28', '2001:20::', `2001:2f:ffff:ffff:${ones}`, null, null],
  ['2001:30::/28', '2001:30::', `2001:3f:ffff:ffff:${ones}`, null, null],
  [
    '2001:db8::/32',
    '2001:db8::',
    `2001:db8:ffff:ffff:${ones}`,
    `2001:db7:ffff:ffff:${ones}`,
    '2001:db9::',
  ],
  [
    '2620:4f:8000::/48',
    '2620:4f:8000::',
    `2620:4f:8000:ffff:${ones}`,
    `2620:4f:7fff:ffff:${ones}`,
    '2620:4f:8001::',
  ],
  [
    '3fff::/20',
    '3fff::',
    `3fff:fff:ffff:ffff:${ones}`,
    `3ffe:ffff:ffff:ffff:${ones}`,
    '3fff:1000::',
  ],
  ['5f00::/16', '5f00::', `5f00:ffff:ffff:ffff:${ones}`, `5eff:ffff:ffff:ffff:${ones}`, '5f01::'],
  ['fc00::/7', 'fc00::', `fdff:ffff:ffff:ffff:${ones}`, `fbff:ffff:ffff:ffff:${ones}`, 'fe00::'],
  ['fe80::/10', 'fe80::', `febf:ffff:ffff:ffff:${ones}`, `fe7f:ffff:ffff:ffff:${ones}`, null],
  ['fec0::/10', 'fec0::', `feff:ffff:ffff:ffff:${ones}`, null, null],
  ['ff00::/8', 'ff00::', `ffff:ffff:ffff:ffff:${ones}`, null, null],
]

/** IPv6 addresses that hold an IPv4 address, in every way that a kernel or a gateway may unpack. */
const holders: readonly (readonly [string, (dotted: string, hex: string) => string])[] = [
  ['mapped, dotted', (dotted) => `::ffff:${dotted}`],
  ['mapped, hex', (_, hex) => `::ffff:${hex}`],
  ['mapped, in full', (_, hex) => `0:0:0:0:0:ffff:${hex}`],
  ['mapped, padded, upper case', (_, hex) => `0000:0000:0000:0000:0000:FFFF:${hex.toUpperCase()}`],
  ['NAT64, dotted', (dotted) => `64:ff9b::${dotted}`],
  ['NAT64, hex', (_, hex) => `64:ff9b::${hex}`],
  ['NAT64, in full', (dotted) => `0064:ff9b:0:0:0:0:${dotted}`],
  ['6to4', (_, hex) => `2002:${hex}::1`],
  ['6to4, in full', (_, hex) => `2002:${hex}:1:2:3:4:5`],
]

function hexOf(dotted: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number)
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}

describe('specialPurpose', () => {
  for (const [range, first, last, before, after] of [...v4, ...v6]) {
    it(`covers ${range} from the first address to the last, and no further`, () => {
      assert.notEqual(specialPurpose(first), null, first)
      assert.notEqual(specialPurpose(last), null, last)
      if (before !== null) assert.equal(specialPurpose(before), null, before)
      if (after !== null) assert.equal(specialPurpose(after), null, after)
    })
  }

  for (const [form, write] of holders) {
    it(`judges the IPv4 inside an IPv6 address: ${form}`, () => {
      for (const [range, first, last, before, after] of v4) {
        for (const address of [first, last]) {
          const inside = write(address, hexOf(address))
          assert.notEqual(specialPurpose(inside), null, `${inside}, of ${range}`)
        }
        for (const address of [before, after]) {
          if (address === null) continue
          const inside = write(address, hexOf(address))
          assert.equal(specialPurpose(inside), null, inside)
        }
      }
    })
  }

  it('finds real picture hosts public', () => {
    for (const address of [
      '43.137.221.145',
      '203.205.239.82',
      '140.82.121.3',
      '8.8.8.8',
      '2a00:1450:4001:812::2003',
      '2606:4700::6810:84e5',
      '240e:ff:e02c:1:21::',
    ]) {
      assert.equal(specialPurpose(address), null, address)
    }
  })

  it('ignores the zone of an IPv6 address', () => {
    assert.notEqual(specialPurpose('fe80::1%lo'), null)
    assert.notEqual(specialPurpose('::1%eth0'), null)
    assert.notEqual(specialPurpose('::ffff:127.0.0.1%1'), null)
  })

  it('takes a text that is no address for one that must not be asked', () => {
    for (const text of [
      '',
      'localhost',
      '127.1',
      '0x7f.0.0.1',
      '2130706433',
      '0177.0.0.1',
      '1.2.3',
      '1.2.3.4.5',
      '8.8.8.8%lo',
      '8.8.8.8 ',
      ' 8.8.8.8',
      '8.8.8.8\n',
      '[::1]',
      '::g',
      '1::2::3',
      '12345::',
      '8.8.8.8/32',
      '８.8.8.8',
    ]) {
      assert.equal(specialPurpose(text), 'no address', text)
    }
  })

  it('never throws, whatever the text', () => {
    const piece = fc.constantFrom(
      ':',
      '::',
      '.',
      '%',
      'ffff',
      '0',
      '127',
      '1',
      'g',
      '64:ff9b',
      '2002',
      '\n',
      '[',
      ']',
      '-',
      '/8',
    )
    const near = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(fc.oneof(fc.string(), near, fc.ipV6(), fc.ipV4Extended()), (text) => {
        const what = specialPurpose(text)
        assert.ok(what === null || what.length > 0)
        if (isIP(text) === 0 && !text.includes('%')) assert.equal(what, 'no address')
      }),
      { numRuns: 3000 },
    )
  })

  it('judges every way to write an IPv6 address alike', () => {
    const word = fc.oneof(
      fc.constantFrom(0, 0, 0, 1, 0xffff, 0x7f00, 0x64, 0xff9b, 0x2002, 0x2001, 0xfe80),
      fc.nat({ max: 0xffff }),
    )
    const words = fc.array(word, { minLength: 8, maxLength: 8 })
    fc.assert(
      fc.property(words, fc.nat({ max: 7 }), fc.nat({ max: 8 }), (address, from, length) => {
        const hex = address.map((one) => one.toString(16))
        const wanted = bare(specialPurpose(hex.join(':')))
        const forms = [
          hex.join(':').toUpperCase(),
          hex.map((one) => one.padStart(4, '0')).join(':'),
          `${hex.slice(0, 6).join(':')}:${dotted(address[6] ?? 0, address[7] ?? 0)}`,
          `${hex.join(':')}%eth0`,
          shortened(hex, from, length),
        ]
        for (const form of forms) {
          if (form === null) continue
          assert.notEqual(isIP(form), 0, form)
          assert.equal(bare(specialPurpose(form)), wanted, form)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

/** The purpose without the address as it was written. */
function bare(what: string | null): string | null {
  return what?.replace(/ \(.*/, '') ?? null
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** With `::` in place of some words, when they are all zero. */
function shortened(hex: readonly string[], from: number, length: number): string | null {
  const run = hex.slice(from, from + length)
  if (run.length < 2 || run.some((one) => one !== '0')) return null
  return `${hex.slice(0, from).join(':')}::${hex.slice(from + run.length).join(':')}`
}

describe('createGuard', () => {
  const strict = createGuard({ allowPrivate: false, allowPorts: [8443] })
  const lenient = createGuard({ allowPrivate: true, allowPorts: [] })

  it('lets public addresses through on 80, 443 and the ports that are allowed', () => {
    for (const port of [80, 443, 8443]) assert.equal(strict('8.8.8.8', port), null)
    for (const port of [22, 25, 6379, 8080]) assert.match(strict('8.8.8.8', port) ?? '', /^Port/)
  })

  it('names the address and the option that permits it', () => {
    assert.match(strict('127.0.0.1', 80) ?? '', /127\.0\.0\.1.*loopback.*--allow-private/)
  })

  it('permits private addresses on any port, when told to, and still no odd port elsewhere', () => {
    assert.equal(lenient('127.0.0.1', 9), null)
    assert.equal(lenient('::1', 9), null)
    assert.match(lenient('8.8.8.8', 9) ?? '', /^Port/)
  })

  it('permits no text that is no address, whatever is allowed', () => {
    assert.notEqual(lenient('localhost', 80), null)
    assert.notEqual(lenient('', 80), null)
  })

  it('judges the same when asked again, however many addresses came between', () => {
    for (let n = 0; n < 10_050; n++) strict(`9.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, 80)
    assert.notEqual(strict('127.0.0.1', 80), null)
    assert.equal(strict('9.0.0.1', 80), null)
  })
})
