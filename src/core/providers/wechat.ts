// WeChat's picture hosts. A dead link answers 200 with a grey PNG; only headers tell, and they are read by value.
// Death is one URL's on one node: /132 may live while /0 is dead, wx.qlogo.cn while thirdwx.qlogo.cn is not.
// Not death: HTTP 400 (malformed), 404 (wrong host), any other X-ErrNo, 5xx, an answer without WeChat's headers.
import type { Provider, UrlHints } from '../provider.ts'
import type { UrlParts } from '../url.ts'
import { goneRules, grey, serverRules } from './qlogo-signals.ts'
import { type TokenFault, checkToken } from './qlogo-token.ts'

const sizes = [0, 46, 64, 96, 132]

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
        source:
          'the same URL in at least ten public repositories; asked in WeChat community 0008a07ff90e30c8aadeb58c751800',
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
  rules: [...goneRules('wechat'), ...serverRules('wechat', 'WeChat', grey)],
}

/** Forms of path, the longer ones first. */
const forms = ['mmopen/vi_32', 'mmhead/ver_1', 'mmopen', 'mmhead'].map((form) => ({
  form,
  prefix: `/${form}/`,
}))

function readWechat(parts: UrlParts): UrlHints {
  const { host, path } = parts
  if (!host.endsWith('.qlogo.cn')) return {}
  for (const { form, prefix } of forms) {
    if (!path.startsWith(prefix)) {
      if (path.length === prefix.length - 1 && prefix.startsWith(path)) {
        return { fault: noToken, sizes }
      }
      continue
    }
    const slash = path.indexOf('/', prefix.length)
    const token = slash < 0 ? path.slice(prefix.length) : path.slice(prefix.length, slash)
    const rest = slash < 0 ? '' : path.slice(slash + 1)
    const fault = faultOf(form, token, rest)
    return fault === null
      ? { sizes, siblings: () => siblingsOf(parts, form, token, rest.replace('/', '')) }
      : { fault, sizes, siblings: () => repairsOf(parts, form, token, rest) }
  }
  return {}
}

const noToken: TokenFault = {
  reason: 'no-token',
  detail: 'The URL ends before the picture’s token.',
}

/** What is wrong with a token and the rest of the path behind its slash, or null. */
function faultOf(form: string, token: string, rest: string): TokenFault | null {
  if (token === '') return noToken
  if (isSize(rest)) return checkToken(form, token)
  if (rest === '') {
    const bad = checkToken(form, token)
    return (
      bad ?? { reason: 'no-size', detail: 'The size at the end is missing: append /132 or /0.' }
    )
  }
  const [size = '', ...more] = rest.split('/')
  if (more.some((part) => part !== '')) {
    return isSize(size)
      ? { reason: 'doubled-size', detail: `The size stands twice: /${shown(rest)}.` }
      : straySlash
  }
  if (isSize(size)) return checkToken(form, token)
  return /^\d{1,4}$/.test(size)
    ? { reason: 'size', detail: `${size} is no size that WeChat serves: 0, 46, 64, 96 or 132.` }
    : straySlash
}

const straySlash: TokenFault = {
  reason: 'stray-slash',
  detail: 'A slash splits the token in two.',
}

function shown(text: string): string {
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
function repairsOf(parts: UrlParts, form: string, token: string, rest: string): string[] {
  const pieces = [token, ...rest.split('/')].filter((part) => part !== '')
  const end = pieces.findIndex((part, index) => index > 0 && /^\d{1,4}$/.test(part))
  const joined = pieces.slice(0, end < 0 ? pieces.length : end).join('')
  if (joined === '' || checkToken(form, joined) !== null) return []
  const size = pieces[end] ?? ''
  const first = isSize(size) ? size : '132'
  const url = `https://${parts.host}/${form}/${joined}/${first}`
  return [url, ...siblingsOf(parts, form, joined, first)]
}
