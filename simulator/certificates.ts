// Throw-away certificates: one authority made at start, the right certificate for all hosts, and the wrong
// ones that a client must refuse. Their dates follow the real clock, since clients check by theirs.
import { generate } from 'selfsigned'

/** What is wrong with a certificate. */
export const certificateFlaws = ['name', 'expired', 'untrusted'] as const

/** Something wrong with a certificate. */
export type CertificateFlaw = (typeof certificateFlaws)[number]

/** A certificate with its key, both as PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** All certificates of one simulator. */
export interface Certificates {
  /** The authority as PEM: what a client must trust. */
  readonly ca: string
  readonly right: Certificate
  readonly wrong: Readonly<Record<CertificateFlaw, Certificate>>
}

const day = 86_400_000

/** Makes an authority and its certificates for these hosts. */
export async function createCertificates(
  hosts: readonly string[],
  addresses: readonly string[],
): Promise<Certificates> {
  const [authority, stranger] = await Promise.all([
    makeAuthority('Picture simulator, throw-away'),
    makeAuthority('Nobody you know'),
  ])
  const [right, name, expired, untrusted] = await Promise.all([
    issue(authority, hosts, addresses, 30),
    issue(authority, ['wrong.host.test'], [], 30),
    issue(authority, hosts, addresses, -1),
    issue(stranger, hosts, addresses, 30),
  ])
  return { ca: authority.cert, right, wrong: { name, expired, untrusted } }
}

async function makeAuthority(commonName: string): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 60 * day),
    notAfterDate: new Date(Date.now() + 60 * day),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  return { cert: made.cert, key: made.private }
}

async function issue(
  authority: Certificate,
  hosts: readonly string[],
  addresses: readonly string[],
  days: number,
): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: hosts[0] ?? 'simulator' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: { key: authority.key, cert: authority.cert },
    notBeforeDate: new Date(Date.now() - 30 * day),
    notAfterDate: new Date(Date.now() + days * day),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...hosts.map((value) => ({ type: 2 as const, value })),
          ...addresses.map((ip) => ({ type: 7 as const, ip })),
        ],
      },
    ],
  })
  return { cert: made.cert, key: made.private }
}
