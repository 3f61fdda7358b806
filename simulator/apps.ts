// The apps that are registered with the platform: official accounts, websites and mini programs, each with a
// secret, a domain for redirects, and where its events are pushed to.
import { hash } from 'node:crypto'

import { FieldError } from './fields.ts'
import { isAesKey } from './push-crypto.ts'

/** What an app can be; the kind decides which pages and calls are open to it. */
export const appKinds = ['official', 'website', 'mini'] as const

/** Something that an app can be. */
export type AppKind = (typeof appKinds)[number]

/** How the platform stands to an app: well, its permissions taken (50001), or banned (48004, 10004). */
export const appStandings = ['good', 'unauthorized', 'forbidden'] as const

/** How the platform stands to an app. */
export type AppStanding = (typeof appStandings)[number]

/** How pushed messages are sent. */
export const pushModes = ['plain', 'compatible', 'safe'] as const

/** What pushed messages are written in. */
export const pushFormats = ['xml', 'json'] as const

/** Where events of an app are pushed to, and how. */
export interface PushSettings {
  readonly url: string
  readonly token: string
  /** 43 characters; needed for all modes but `plain`. */
  readonly aesKey: string | null
  /** `plain`, `compatible` (both in one) or `safe` (encrypted only). */
  readonly mode: (typeof pushModes)[number]
  readonly format: (typeof pushFormats)[number]
  /** Writes JSON as the documentation's own sample: keys with a space in front, a comma at the end. */
  readonly spaced: boolean
}

/** A push setting as it is asked for. */
export type PushWish = Pick<PushSettings, 'url' | 'token'> &
  Partial<Omit<PushSettings, 'url' | 'token'>>

/** An app. */
export interface App {
  readonly appid: string
  readonly secret: string
  readonly kind: AppKind
  /** Host (and port, where it is not that of the scheme) to which a person may be sent back. */
  readonly domain: string
  /** The open platform account that it belongs to; apps of one account share unionids. */
  readonly platform: string | null
  readonly push: PushSettings | null
  readonly standing: AppStanding
  /** Calls of one interface that are let through in a minute and in a day of China. */
  readonly perMinute: number
  readonly perDay: number
  /** The platform's own name for it, `gh_…`. */
  readonly username: string
}

/** What app to make; what is left out is made up. */
export interface MakeApp {
  readonly kind: AppKind
  readonly appid?: string
  readonly secret?: string
  /** Needed by official accounts and websites. */
  readonly domain?: string
  readonly platform?: string
  readonly push?: PushWish
  readonly perMinute?: number
  readonly perDay?: number
}

/** What to change of an app. */
export type ChangeApp = Partial<Omit<MakeApp, 'appid' | 'kind' | 'push'>> & {
  readonly standing?: AppStanding
  /** Null ends the pushes. */
  readonly push?: PushWish | null
}

/** The registered apps. */
export interface Apps {
  make(wish: MakeApp): App
  change(appid: string, wish: ChangeApp): App
  find(appid: string): App | undefined
  /** The app with this id; a complaint where there is none. */
  app(appid: string): App
  list(): readonly App[]
}

/** No apps yet. */
export function createApps(seed: number): Apps {
  const apps = new Map<string, App>()

  function app(appid: string): App {
    const found = apps.get(appid)
    if (found !== undefined) return found
    const known = [...apps.keys()].join(', ') || 'none yet'
    throw new FieldError('appid', `there is no ${JSON.stringify(appid)}; there are ${known}`)
  }

  return {
    app,
    find: (appid) => apps.get(appid),
    list: () => [...apps.values()],
    make(wish) {
      const made = hash('sha256', `app ${seed} ${apps.size}`)
      const appid = wish.appid ?? `wx${made.slice(0, 16)}`
      if (!/^wx[0-9A-Za-z]{1,30}$/.test(appid)) {
        throw new FieldError(
          'appid',
          'must be wx and letters and digits, such as wx13974bf780d3dc89',
        )
      }
      if (apps.has(appid)) throw new FieldError('appid', `${appid} is made already; change it`)
      if (wish.kind !== 'mini' && wish.domain === undefined) {
        throw new FieldError('domain', 'is missing: the host to which people are sent back')
      }
      const blank: App = {
        appid,
        secret: wish.secret ?? made.slice(16, 48),
        kind: wish.kind,
        domain: '',
        platform: null,
        push: null,
        standing: 'good',
        perMinute: 50_000,
        perDay: Infinity,
        username: `gh_${made.slice(48, 60)}`,
      }
      const app = changed(blank, wish)
      apps.set(appid, app)
      return app
    },
    change(appid, wish) {
      const next = changed(app(appid), wish)
      apps.set(appid, next)
      return next
    },
  }
}

function changed(app: App, wish: ChangeApp): App {
  return {
    ...app,
    secret: wish.secret ?? app.secret,
    domain: wish.domain === undefined ? app.domain : readDomain(wish.domain),
    platform: wish.platform ?? app.platform,
    standing: wish.standing ?? app.standing,
    perMinute: wish.perMinute ?? app.perMinute,
    perDay: wish.perDay ?? app.perDay,
    push: wish.push === undefined ? app.push : wish.push && readPush(wish.push),
  }
}

/** A bare host, as the platform's form wants it: no scheme, no path. */
function readDomain(domain: string): string {
  const url = URL.parse(`http://${domain}`)
  if (url !== null && url.host !== '' && url.href === `http://${url.host}/`) return domain
  throw new FieldError(
    'domain',
    `must be a host without scheme or path, not ${JSON.stringify(domain)}`,
  )
}

function readPush(wish: PushWish): PushSettings {
  const { url, token, aesKey = null, mode = aesKey === null ? 'plain' : 'safe' } = wish
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new FieldError('push.url', `must be an http or https address, not ${JSON.stringify(url)}`)
  }
  if (!/^[A-Za-z0-9]{3,32}$/.test(token)) {
    throw new FieldError('push.token', 'must be 3 to 32 letters and digits')
  }
  if (aesKey !== null && !isAesKey(aesKey)) {
    throw new FieldError('push.aesKey', 'must be 43 letters and digits that stand for 32 bytes')
  }
  if (mode !== 'plain' && aesKey === null) {
    throw new FieldError('push.aesKey', `is missing: mode ${mode} encrypts`)
  }
  return { url, token, aesKey, mode, format: wish.format ?? 'xml', spaced: wish.spaced ?? false }
}
