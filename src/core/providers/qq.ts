// QQ. The old URLs name a person and always show the newest picture: their bytes change, so they are fetched. The new
// ones (`ek`, since 2023-11) name a picture and change with it; one whose owner deleted it shows the default penguin.
// Not death: -109 at one size (others may live), HTTP 400 and 404, any other code, an answer without the server's headers.
import type { Provider, UrlHints } from '../provider.ts'
import type { Condition, Evidence } from '../rules.ts'
import { type UrlParts, queryParameter, withParameter } from '../url.ts'
import { type StandIn, deadSigns, healthySigns, serverRules } from './qlogo-signals.ts'

const sizes = [40, 100, 140, 640]

/** Size codes of the old addresses, by pixels. satorijs/satori#32 and sunniesnow/sunniesnow#3. */
const pixels: Readonly<Record<string, string>> = { 1: '40', 2: '40', 3: '100', 4: '140', 5: '640' }

/** The picture that stands for a missing one: a JPEG of 1512 bytes, seen once. */
const penguin: StandIn = {
  sign: { bytes: 1512, mime: /^image\/jpeg$/ },
  about: { bytes: [1512, 1512], mime: /^image\/jpeg$/ },
}

const missing: readonly Condition[] = [
  { headers: { 'x-failno': '-109' } },
  { headers: { 'x-errno': '-109' } },
  { headers: { 'x-info': 'notexist:-109' } },
]

const capture: Evidence = {
  source:
    'satorijs/satori#32, headers of q.qlogo.cn at spec=640 beside a living spec=100 of the same person',
  date: '2022-10',
  note: 'X-RtFlag is 1 here, "may retry" in Tencent’s own client: the verdict is this size’s, not the person’s',
}

export const qq: Provider = {
  name: 'qq',
  title: 'QQ',
  hosts: [/^q\d*\.qlogo\.cn$/, 'thirdqq.qlogo.cn', 'qh.qlogo.cn', 'qzapp.qlogo.cn'],
  read: readQq,
  expiry: [],
  probe: { method: 'GET' },
  defaults: [],
  rules: [
    {
      id: 'qq.notexist-109',
      verdict: 'gone',
      when: { status: 200 },
      signs: { atLeast: 1, of: missing },
      unless: healthySigns,
      says: 'Code -109: QQ has no picture of this size; a smaller one may live.',
      evidence: capture,
    },
    {
      id: 'qq.signals-disagree',
      verdict: 'unknown',
      when: { status: 200 },
      signs: { atLeast: 1, of: missing },
      says: 'Dead and healthy headers in one answer: something between us and the host mixed two answers.',
      evidence: { ...capture, note: 'in both captures the signals agree' },
    },
    {
      id: 'qq.default-picture',
      verdict: 'gone',
      when: {
        status: 200,
        headers: { 'x-errno': null, 'x-failno': null, 'x-info': null },
        ...penguin.about,
      },
      signs: { atLeast: 3, of: [...deadSigns, penguin.sign] },
      unless: healthySigns,
      says: 'The picture for a missing one by its other signs; the code was lost on the way.',
      evidence: { ...capture, note: 'three of the four other signs of that answer must agree' },
    },
    ...serverRules('qq', 'QQ', penguin),
  ],
}

function readQq(parts: UrlParts): UrlHints {
  const { path, query } = parts
  if (path === '/g') return readQuery(parts, 's', ['nk', 'k', 'ek'])
  if (path === '/headimg_dl') return readQuery(parts, 'spec', ['dst_uin'])
  const sized = /^(\/(?:qqapp|qzapp|qqopen|ek_[a-z]+)\/.+)\/(\d{1,3})\/?$/.exec(path)
  if (sized === null) return {}
  const [, front = '', size = ''] = sized
  const own = front.startsWith('/qzapp/') ? ['100', '50', '30'] : ['640', '100', '40']
  const tail = query === '' ? '' : `?${query}`
  return {
    sizes: own.map(Number),
    method: front.startsWith('/ek_') ? 'HEAD' : 'GET',
    siblings: () => {
      const others = own.filter((one) => one !== size)
      const urls = others.map((one) => `https://${parts.host}${front}/${one}${tail}`)
      const twin = front.startsWith('/qqapp/') ? twinOf(parts.host) : null
      return twin === null ? urls : [...urls, `https://${twin}${front}/${size}${tail}`]
    },
  }
}

/** QQ moved its pictures from q.qlogo.cn to thirdqq.qlogo.cn on 2018-02-11; both were served. */
function twinOf(host: string): string {
  return host === 'thirdqq.qlogo.cn' ? 'q.qlogo.cn' : 'thirdqq.qlogo.cn'
}

function readQuery(parts: UrlParts, sizeName: string, names: readonly string[]): UrlHints {
  const { query } = parts
  if (names.every((name) => (queryParameter(query, name) ?? '') === '')) {
    const detail = `The URL names nobody: ${names.join(' or ')} is missing.`
    return { fault: { reason: 'nobody', detail }, sizes }
  }
  const size = queryParameter(query, sizeName) ?? ''
  const shown = pixels[size] ?? size
  return {
    sizes,
    method: queryParameter(query, 'ek') === null ? 'GET' : 'HEAD',
    siblings: () => {
      const url = (host: string, pairs: string) => `https://${host}${parts.path}?${pairs}`
      const others = ['640', '140', '100', '40'].filter((one) => one !== shown)
      const urls = others.map((one) => url(parts.host, withParameter(query, sizeName, one)))
      if (!/^q\d*\./.test(parts.host)) return urls
      const hosts = ['q1.qlogo.cn', 'q2.qlogo.cn', 'q3.qlogo.cn', 'q4.qlogo.cn']
      return [
        ...urls,
        ...hosts.filter((host) => host !== parts.host).map((host) => url(host, query)),
      ]
    },
  }
}
