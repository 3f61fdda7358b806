// The URL grammar of each host: what a request means before anyone asks whether the picture still lives.
// A malformed URL and a host that does not serve the path are told apart from a picture that is gone,
// as the platform does: 400, 404, and a 200 that lies.
import { forms, hosts, signature } from './forms.ts'
import type { Form, FormName, Provider } from './forms.ts'
import type { Link } from './people.ts'
import { tokenBytes } from './tokens.ts'

/** What a request is about. */
export type Route =
  | { readonly kind: 'picture'; readonly link: Link; readonly size: number }
  | { readonly kind: 'unheard-of'; readonly provider: Provider }
  | { readonly kind: 'malformed'; readonly provider: Provider }
  | { readonly kind: 'bad-signature'; readonly flaw: 'unsigned' | 'invalid' }
  | { readonly kind: 'portal' }
  | { readonly kind: 'wrong-host' }

/** The host of the login page to which a captive portal leads. */
export const portalHost = 'portal.wifi.test'

const providers: ReadonlyMap<string, Provider> = new Map(
  hosts.map((host) => [
    host,
    Object.values(forms).find((form) => form.hosts.includes(host))?.provider ?? 'wechat',
  ]),
)

const wechatPath =
  /^\/(mmopen\/vi_32|mmopen|mmhead\/ver_1|mmhead)\/([A-Za-z0-9]+)\/(0|46|64|96|132)$/
const qqPath = /^\/(?:qqapp\/\d{1,12}\/([0-9A-F]{32})|qqopen\/([A-Za-z0-9]+))\/(\d{1,3})$/
const wrongHost: Route = { kind: 'wrong-host' }
const malformed = {
  wechat: { kind: 'malformed', provider: 'wechat' },
  qq: { kind: 'malformed', provider: 'qq' },
} as const
const unheardOf = {
  wechat: { kind: 'unheard-of', provider: 'wechat' },
  qq: { kind: 'unheard-of', provider: 'qq' },
  signed: { kind: 'unheard-of', provider: 'signed' },
} as const

/** What a request for `target` (path and query) at `host` (without port) means. */
export function route(
  host: string,
  target: string,
  find: (key: string) => Link | undefined,
): Route {
  switch (providers.get(host)) {
    case 'wechat':
      return routeWechat(host, target, find)
    case 'qq':
      return routeQq(host, target, find)
    case 'signed':
      return routeSigned(target, find)
    case undefined:
      return host === portalHost ? { kind: 'portal' } : wrongHost
  }
}

function routeWechat(host: string, target: string, find: (key: string) => Link | undefined): Route {
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  const [, name, token, size] = wechatPath.exec(path) ?? []
  if (name === undefined || token === undefined) {
    return isMissingPath(path) ? wrongHost : malformed.wechat
  }
  const form = forms[name as FormName]
  if (!form.hosts.includes(host)) return wrongHost
  const link = find(token)
  if (link !== undefined && link.form === form) return { kind: 'picture', link, size: Number(size) }
  return tokenBytes(token) === null ? malformed.wechat : unheardOf.wechat
}

/** Paths of no picture at all, such as `/` and `/favicon.ico`. */
function isMissingPath(path: string): boolean {
  return !path.startsWith('/mmopen/') && !path.startsWith('/mmhead/')
}

function routeQq(host: string, target: string, find: (key: string) => Link | undefined): Route {
  const [, openid, token, segment] = qqPath.exec(target.split('?', 1)[0] ?? '') ?? []
  const key = openid ?? token
  if (key !== undefined) {
    return toQq(forms[openid === undefined ? 'qqopen' : 'qqapp'], host, key, segment, find)
  }
  const url = URL.parse(target, 'http://q.qlogo.cn')
  if (url === null) return malformed.qq
  const query = url.searchParams
  if (url.pathname === '/headimg_dl') {
    return toQq(forms.headimg_dl, host, query.get('dst_uin'), query.get('spec'), find)
  }
  if (url.pathname !== '/g') {
    return url.pathname.startsWith('/qq') ? malformed.qq : wrongHost
  }
  const isOidb = query.get('b') === 'oidb'
  const name = isOidb ? 'oidb' : 'g'
  return toQq(forms[name], host, query.get(isOidb ? 'k' : 'nk'), query.get('s'), find)
}

function toQq(
  form: Form,
  host: string,
  key: string | null,
  size: string | null | undefined,
  find: (key: string) => Link | undefined,
): Route {
  if (!form.hosts.includes(host)) return wrongHost
  if (!key || !size || !form.sizes.includes(Number(size))) return malformed.qq
  const link = find(key)
  return link?.form === form ? { kind: 'picture', link, size: Number(size) } : unheardOf.qq
}

function routeSigned(target: string, find: (key: string) => Link | undefined): Route {
  const parts = /^(\/v\/[^/]+\/([^/?]+)\?.*?)&oh=([^&]*)&oe=([0-9A-Fa-f]+)$/.exec(target)
  if (parts === null) return { kind: 'bad-signature', flaw: 'unsigned' }
  const [, signedPart = '', key = '', oh, oe = ''] = parts
  if (oh !== signature(signedPart, oe)) return { kind: 'bad-signature', flaw: 'invalid' }
  const link = find(key)
  return link === undefined ? unheardOf.signed : { kind: 'picture', link, size: 96 }
}
