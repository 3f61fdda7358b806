// WeChat's picture hosts. A dead link answers 200 with a grey PNG; only headers tell, and they are read by value.
// Death is one URL's on one node: /132 may live while /0 is dead, wx.qlogo.cn while thirdwx.qlogo.cn is not.
// Not death: HTTP 400 (malformed), 404 (wrong host), any other X-ErrNo, 5xx, an answer without WeChat's headers.
import type { Provider, UrlHints } from '../provider.ts'
import type { Condition } from '../rules.ts'
import type { UrlParts } from '../url.ts'
import { goneRules, serverRules } from './qlogo-signals.ts'
import { type TokenFault, checkToken } from './qlogo-token.ts'

const sizes = [0, 46, 64, 96, 132]

/** The grey "cannot be viewed" picture, 5093 bytes. One capture of 2020; "about 5k" already in 2016. */
const grey: Condition = { bytes: 5093, mime: /^image\/png$/ }

export const wechat: Provider = {
  name: 'wechat',
  title: 'WeChat',
  hosts: ['wx.qlogo.cn', 'thirdwx.qlogo.cn', 'mmbiz.qpic.cn', 'mmbiz.qlogo.cn'],
  read: readWechat,
  expiry: [],
  probe: { method: 'HEAD' },
  defaults: [
    {
      id: 'wechat.default-user',
      url: /^[^/]+\/mmopen\/vi_32\/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg(?:\/|$)/,
      says: 'The grey face that WeChat gives for everybody since it stopped giving real ones.',
      evidence: {
        source: 'the same URL in at least ten public repositories; asked in WeChat community 0008a07ff90e30c8aadeb58c751800',
        date: '2022-11',
        note: 'no official confirmation that it is fixed',
      },
    },
    {
      id: 'wechat.default-choose',
      url: /^[^/]+\/mmbiz\/icTdbqWNOwNRna42FI242Lcia07jQodd2FJGIYQfG0LAJGFxM4FbnQP6yfMxBgJ0F3YRqJCJ1aPAK2dQagdusBZg(?:\/|$)/,
      says: 'The sample picture of the chooseAvatar documentation, stored as if it were a face.',
      evidence: { source: 'official mini program sample of chooseAvatar', date: '2022' },
    },
  ],
  rules: [...goneRules('wechat', grey), ...serverRules('wechat', 'WeChat', grey)],
}

function readWechat(parts: UrlParts): UrlHints {
  if (!parts.host.endsWith('.qlogo.cn')) return {}
  const segments = parts.path.split('/')
  const family = segments[1] ?? ''
  if (family !== 'mmopen' && family !== 'mmhead') return {}
  const named = segments[2] === 'vi_32' || segments[2] === 'ver_1' ? (segments[2] ?? '') : ''
  const token = segments[named === '' ? 2 : 3] ?? ''
  const rest = segments.slice(named === '' ? 3 : 4)
  const form = named === '' ? family : `${family}/${named}`
  const fault = faultOf(form, token, rest)
  if (fault === null) return { sizes, siblings: () => siblingsOf(parts, form, token, rest[0] ?? '') }
  return { fault, sizes, siblings: () => repairsOf(parts, form, token, rest) }
}

function faultOf(form: string, token: string, rest: readonly string[]): TokenFault | null {
  if (token === '') {
    return { reason: 'no-token', detail: 'The URL ends before the picture’s token.' }
  }
  const [size, ...more] = rest
  if (size === undefined || size === '') {
    const bad = checkToken(form, token)
    return bad ?? { reason: 'no-size', detail: 'The size at the end is missing: append /132 or /0.' }
  }
  if (more.some((part) => part !== '')) {
    return isSize(size)
      ? { reason: 'doubled-size', detail: `The size stands twice: /${shown(rest)}.` }
      : strayNote
  }
  if (!isSize(size)) {
    return /^\d{1,4}$/.test(size)
      ? { reason: 'size', detail: `${size} is no size that WeChat serves: 0, 46, 64, 96 or 132.` }
      : strayNote
  }
  return checkToken(form, token)
}

const strayNote: TokenFault = {
  reason: 'stray-slash',
  detail: 'A slash splits the token in two.',
}

function shown(rest: readonly string[]): string {
  const text = rest.join('/')
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`
}

function isSize(text: string): boolean {
  return text === '132' || text === '0' || text === '64' || text === '96' || text === '46'
}

/** Other hosts at the same size first, then other sizes: reports show sizes and hosts dying apart. */
function siblingsOf(parts: UrlParts, form: string, token: string, size: string): string[] {
  const other = parts.host === 'wx.qlogo.cn' ? 'thirdwx.qlogo.cn' : 'wx.qlogo.cn'
  const rest = ['0', '132', '96', '64', '46'].filter((one) => one !== size)
  const url = (host: string, one: string) => `https://${host}/${form}/${token}/${one}`
  return [
    url(other, size),
    ...rest.map((one) => url(parts.host, one)),
    ...rest.map((one) => url(other, one)),
  ]
}

/** What a broken URL was probably meant to be; joining a split token is a guess that nobody has verified. */
function repairsOf(parts: UrlParts, form: string, token: string, rest: readonly string[]): string[] {
  const pieces = [token, ...rest].filter((part) => part !== '')
  const end = pieces.findIndex((part, index) => index > 0 && /^\d{1,4}$/.test(part))
  const joined = pieces.slice(0, end < 0 ? pieces.length : end).join('')
  if (joined === '' || checkToken(form, joined) !== null) return []
  const size = pieces[end] ?? ''
  const first = isSize(size) ? size : '132'
  return [`https://${parts.host}/${form}/${joined}/${first}`, ...siblingsOf(parts, form, joined, first)]
}
