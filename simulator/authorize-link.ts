// What an authorize link must look like. The platform matches it letter by letter, so that a parameter too many
// or in another place makes the page unreachable; what is wrong beyond that has codes of its own.
import type { App, Apps } from './apps.ts'
import { endPage } from './authorize-pages.ts'
import type { Scope } from './grants.ts'
import { refuse } from './refusals.ts'
import type { Answer } from './respond.ts'

/** What a link asks for. */
export interface Asked {
  readonly app: App
  readonly scope: Scope
  /** Where the person is sent back to. */
  readonly back: URL
  readonly state: string | null
  /** Whether it stands for a QR code on a website. */
  readonly isQr: boolean
  /** Whether the app asked for a snapshot visitor, to try that out. */
  readonly forcesSnapshot: boolean
}

const link =
  /^appid=([^&]*)&redirect_uri=([^&]*)&response_type=code&scope=([^&]*)(?:&state=([^&]*))?((?:&(?:connect_redirect|forcePopup|forceSnapShot)=[^&]*)*)$/

/** Reads the query of `/connect/oauth2/authorize`: what it asks, or the page that refuses it. */
export function readAuthorizeLink(query: string, apps: Apps): Asked | Answer {
  const values = new URLSearchParams(query)
  for (const [name, code] of needed) if (!values.get(name)) return refuse(code)
  if (values.get('state') === '') return refuse(10013)
  const match = link.exec(query)
  if (match === null) {
    return endPage({
      says: '该链接无法访问',
      code: null,
      meaning:
        'The link is matched letter by letter: appid, redirect_uri, response_type=code, scope, state in this order, nothing else but forcePopup and forceSnapShot after them.',
    })
  }
  const [appid = '', redirect = '', scope = ''] = [1, 2, 3].map((i) => decode(match[i]))
  const state = match[4] === undefined ? null : decode(match[4])
  if (state !== null && !/^[a-zA-Z0-9]{1,128}$/.test(state)) {
    return endPage({
      says: 'state参数错误',
      code: null,
      meaning: 'state may hold letters and digits only, at most 128 of them.',
    })
  }
  const app = apps.find(appid)
  if (app === undefined) return unknownApp
  if (app.kind !== 'official') return refuse(10016)
  if (app.standing === 'forbidden') return refuse(10004)
  if (scope !== 'snsapi_base' && scope !== 'snsapi_userinfo') return unknownScope
  if (app.standing === 'unauthorized') return refuse(10005)
  const back = readBack(redirect, app)
  if (back === null) return refuse(10003)
  const forcesSnapshot = /&forceSnapShot=(?:true|1)(?:&|$)/.test(match[5] ?? '')
  return { app, scope, back, state, isQr: false, forcesSnapshot }
}

/** Reads the query of `/connect/qrconnect`, for which no order is documented. */
export function readQrLink(query: string, apps: Apps): Asked | Answer {
  const values = new URLSearchParams(query)
  const app = apps.find(values.get('appid') ?? '')
  if (app === undefined) return unknownApp
  const isPermitted = app.kind === 'website' && app.standing === 'good'
  if (!isPermitted || values.get('scope') !== 'snsapi_login') return unknownScope
  const back = readBack(values.get('redirect_uri') ?? '', app)
  if (back === null || values.get('response_type') !== 'code') {
    const name = back === null ? 'redirect_uri' : 'response_type'
    const meaning = `${name} must be ${back === null ? `on ${app.domain}` : 'code'}.`
    return endPage({ says: `${name} 参数错误`, code: null, meaning })
  }
  const state = values.get('state')
  return { app, scope: 'snsapi_login', back, state, isQr: true, forcesSnapshot: false }
}

const needed = [
  ['appid', 10012],
  ['redirect_uri', 10011],
  ['scope', 10010],
] as const

const unknownApp = endPage({
  says: 'AppID 参数错误',
  code: null,
  meaning: 'There is no app with this appid.',
})

const unknownScope = endPage({
  says: 'Scope 参数错误或没有 Scope 权限',
  code: null,
  meaning:
    'Official accounts may ask for snsapi_base and snsapi_userinfo by oauth2/authorize, websites for snsapi_login by qrconnect.',
})

function readBack(redirect: string, app: App): URL | null {
  const url = URL.parse(redirect)
  if (url === null || !/^https?:$/.test(url.protocol)) return null
  const domain = app.domain.toLowerCase()
  return url.host === domain || url.hostname === domain ? url : null
}

function decode(raw: string | undefined): string {
  return new URLSearchParams(`value=${raw ?? ''}`).get('value') ?? ''
}
