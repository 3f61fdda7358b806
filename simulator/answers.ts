// The header sets of the platform, name for name and letter for letter as they were captured. Pure: what
// varies comes in as arguments. Evidence: a dead WeChat picture of 2020, a QQ pair of 2022, NWS answers of
// 2019 and 2020; what no capture shows is marked as assumed.

/** Names and values in turns, in the order in which they are sent. */
export type HeaderList = readonly string[]

/** The two generations of servers that captures show. */
export type Generation = 'imghttp' | 'nws'

/** A picture that is there. */
export interface Healthy {
  readonly type: string
  readonly bytes: number
  /** When the picture was set, in seconds since 1970. */
  readonly stamp: number
  /** Anything that differs from request to request. */
  readonly nonce: number
  /** The simulated time in milliseconds. */
  readonly now: number
}

/** A picture that is not there, in the words of WeChat (-6101) or of QQ (-109). */
export interface Dead {
  readonly provider: 'wechat' | 'qq'
  readonly type: string
  readonly bytes: number
  readonly nonce: number
  readonly now: number
}

/** Headers of a picture that is there. */
export function healthy(generation: Generation, picture: Healthy): HeaderList {
  return generation === 'imghttp' ? healthyImgHttp(picture) : healthyNws(picture)
}

/** Headers of a picture that is not there; the status is 200 all the same. */
export function dead(generation: Generation, picture: Dead): HeaderList {
  const signals = picture.provider === 'wechat' ? wechatSignals : qqSignals
  const origin = [
    'Server',
    generation === 'imghttp' ? 'ImgHttp3.0.0' : 'NWSs',
    'Content-Type',
    picture.type,
    'Content-Length',
    String(picture.bytes),
    ...signals,
  ]
  // Assumed: no capture shows NWS in front of a dead picture. It is taken to pass the origin's signals on
  // and to add what it adds to every answer; as it must not store it, it looks it up and misses.
  if (generation === 'imghttp') return origin
  return [...origin, ...nwsOwn(picture.nonce, picture.now, 'Cache Miss')]
}

/** The header that lets a page of another origin read the picture; sent to requests with `Origin` only. */
export const forOrigin: HeaderList = ['Access-Control-Allow-Origin', '*']

/** Headers of answers other than pictures. Assumed for 400 and 404: no capture shows more than a status. */
export function plain(server: string, type: string, bytes: number): HeaderList {
  return ['Server', server, 'Content-Type', type, 'Content-Length', String(bytes)]
}

/** Headers of a signed picture that is there. Assumed beyond the type: only refusals were captured. */
export function healthySigned(picture: Healthy): HeaderList {
  return [
    ...plain('proxygen-bolt', picture.type, picture.bytes),
    'Date',
    new Date(picture.now).toUTCString(),
    'Last-Modified',
    new Date(picture.stamp * 1000).toUTCString(),
    'Cache-Control',
    'max-age=1209600, no-transform',
    'Access-Control-Allow-Origin',
    '*',
  ]
}

/** Headers of a signed picture that is refused, as captured in 2019. */
export function refusedSigned(bytes: number, now: number): HeaderList {
  return [...plain('proxygen-bolt', 'text/plain', bytes), 'Date', new Date(now).toUTCString()]
}

const wechatSignals: HeaderList = [
  'Cache-Control',
  'no-cache',
  'Last-Modified',
  'Mon, 01 Jan 1990 00:00:00 GMT',
  'X-BCheck',
  '0_0',
  'X-Cpt',
  'filename=0',
  'X-ErrNo',
  '-6101',
  'X-Info',
  'notexist:-6101',
  'X-RtFlag',
  '0',
]

const qqSignals: HeaderList = [
  'Cache-Control',
  'no-cache',
  'Last-Modified',
  'Mon, 01 Jan 1990 00:00:00 GMT',
  'X-Info',
  'notexist:-109',
  'X-BCheck',
  '0_0',
  'X-Cpt',
  'filename=0',
  'X-FailNo',
  '-109',
  'X-RtFlag',
  '1',
]

function healthyImgHttp(picture: Healthy): HeaderList {
  const bytes = String(picture.bytes)
  return [
    'Server',
    'ImgHttp3.0.0',
    'Connection',
    'keep-alive',
    'Vary',
    'Accept,Origin',
    'Content-Type',
    picture.type,
    'Content-Length',
    bytes,
    'Last-Modified',
    chinaTime(picture.stamp),
    'Cache-Control',
    'max-age=2592000',
    'X-Delay',
    `${400 + (picture.nonce % 18_400)} us`,
    'X-Info',
    'real data',
    'X-BCheck',
    `${picture.stamp}_0`,
    'X-Cpt',
    'filename=0',
    'User-ReturnCode',
    '0',
    'X-DataSrc',
    '2',
    'X-ReqGue',
    '0',
    'Size',
    bytes,
    'chid',
    '0',
    'fid',
    '0',
  ]
}

function healthyNws(picture: Healthy): HeaderList {
  return [
    'Server',
    'NWSs',
    'Connection',
    'keep-alive',
    'Content-Type',
    picture.type,
    'Content-Length',
    String(picture.bytes),
    'Cache-Control',
    'max-age=2592000',
    'Expires',
    new Date(picture.now + 2_592_000_000).toUTCString(),
    'Last-Modified',
    chinaTime(picture.stamp),
    'X-DataSrc',
    '2',
    'X-ReqGue',
    '0',
    'Vary',
    'Accept',
    ...nwsOwn(picture.nonce, picture.now, 'Hit From Disktank3'),
  ]
}

function nwsOwn(nonce: number, now: number, lookup: string): HeaderList {
  const tail = `${now.toString(16)}${nonce.toString(16)}`.padStart(20, '0').slice(-20)
  const id = `${(nonce >>> 0).toString(16).padStart(8, '0')}-${tail.slice(0, 4)}-4${tail.slice(4, 7)}`
  return [
    'Date',
    new Date(now).toUTCString(),
    'X-NWS-LOG-UUID',
    `${id}-a${tail.slice(5, 8)}-${tail.slice(8)}`,
    'X-Cache-Lookup',
    lookup,
  ]
}

/** The platform writes the time of its own clocks, eight hours ahead, and calls it GMT. */
function chinaTime(stamp: number): string {
  return new Date((stamp + 28_800) * 1000).toUTCString()
}
