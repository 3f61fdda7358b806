// The accounts side of the platform: the pages of `open.weixin.qq.com`, the calls of `api.weixin.qq.com`, and
// pushes to apps, over the same people, clock and servers as the pictures.
import { createApi, apiHost } from './api-hosts.ts'
import type { ApiReply } from './api-hosts.ts'
import { createApps } from './apps.ts'
import { createAccountControl } from './account-control.ts'
import type { AccountControl } from './account-control.ts'
import { createOpenPages, openHost } from './authorize.ts'
import { common } from './authorize-pages.ts'
import type { Clock } from './clock.ts'
import { errmsg } from './errcodes.ts'
import type { Fault } from './faults.ts'
import { createGrants } from './grants.ts'
import { createMiniSide } from './mini.ts'
import type { Pictures } from './pictures.ts'
import { platformDefaults } from './platform.ts'
import type { PlatformSettings } from './platform.ts'
import { createProfiles } from './profiles.ts'
import { createPushes } from './push.ts'
import type { SendPush } from './push.ts'
import { createQuota } from './quota.ts'
import type { Answer } from './respond.ts'
import { spoilJson } from './samples.ts'
import { mix } from './random.ts'
import type { World } from './world.ts'

/** The hosts of the accounts side. */
export const accountHosts: readonly string[] = [openHost, apiHost]

/** A request to one of them. */
export interface AccountRequest {
  readonly host: string
  readonly method: string
  /** Path and query, as they came in. */
  readonly target: string
  readonly cookie: string
  readonly body: string
  /** What goes wrong; faults of the network are not carried out here. */
  readonly fault: Fault | null
}

/** The accounts side. */
export interface Accounts {
  answer(request: AccountRequest): Answer | Promise<Answer>
  /** Whom a request is about, by its code or token; null where nobody knows. */
  personOf(target: string): string | null
  readonly control: AccountControl
  close(): Promise<void>
}

/** What the accounts side rests on. */
export interface AccountParts {
  readonly world: World
  readonly clock: Clock
  readonly pictures: Pictures
  readonly seed: number
  readonly send: SendPush
}

/** No apps, no grants; everybody who was made has an account. */
export function createAccounts({ world, clock, pictures, seed, send }: AccountParts): Accounts {
  let settings: PlatformSettings = platformDefaults
  let marks = 0
  const read = () => settings
  const apps = createApps(seed)
  const grants = createGrants(clock, seed)
  const mini = createMiniSide(clock, seed)
  const quota = createQuota(clock)
  const profiles = createProfiles(world, clock, seed, read)
  const pushes = createPushes(clock, seed, send)
  const pages = createOpenPages({ apps, grants, profiles, pictures, seed, settings: read })
  const api = createApi({ apps, grants, mini, profiles, quota, settings: read })

  function call({ method, target, body, fault }: AccountRequest): Answer {
    const url = URL.parse(target, `https://${apiHost}`)
    const path = url?.pathname ?? '/'
    const values = new Map(url?.searchParams)
    if (method === 'POST') for (const [name, value] of readJson(body)) values.set(name, value)
    // A code that is answered by "system error" was often found used up when it was tried again.
    const isAnswered = fault?.kind !== 'errcode' || fault.spends
    const reply = isAnswered ? api({ path, values }) : null
    const told = fault?.kind === 'errcode' ? { errcode: fault.errcode } : (reply ?? { errcode: -1 })
    const text = write(told)
    const bytes = fault?.kind === 'malformed' ? spoilJson(text, fault.sample) : Buffer.from(text)
    const isOld = path.startsWith('/sns/')
    const type = isOld ? 'text/plain' : 'application/json; encoding=utf-8'
    const date = ['Date', new Date(clock.now()).toUTCString()]
    return { status: 200, headers: [...common(type, bytes.length), ...date], body: bytes }
  }

  function write(reply: ApiReply): string {
    if ('value' in reply) return JSON.stringify(reply.value).replaceAll('/', '\\/')
    const { errcode } = reply
    if (errcode === 0) return '{"errcode":0,"errmsg":"ok"}'
    const sentence = errmsg(errcode, settings.suffix, clock.now(), makeMark)
    return JSON.stringify({ errcode, errmsg: sentence })
  }

  function makeMark(): string {
    return mix(seed, ++marks, 51).toString(36).padStart(7, 'A') + String(mix(seed, marks, 52) % 100)
  }

  return {
    answer(request) {
      const { fault } = request
      if (request.host === apiHost) return call(request)
      return fault?.kind === 'errcode' ? pages.refuse(fault.errcode) : pages.answer(request)
    },
    personOf(target) {
      const values = URL.parse(target, `https://${apiHost}`)?.searchParams
      for (const name of ['code', 'js_code', 'access_token', 'refresh_token']) {
        const visitor = grants.about(values?.get(name) ?? '')
        if (visitor !== null) return `p${visitor.n}`
      }
      return null
    },
    control: createAccountControl({
      apps,
      grants,
      mini,
      profiles,
      pushes,
      pages,
      clock,
      settings: read,
      set: (next) => void (settings = next),
    }),
    close: () => pushes.close(),
  }
}

/** The texts and the flags of a JSON object; nothing where it is none. */
function readJson(body: string): readonly (readonly [string, string])[] {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return []
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, each]: [string, unknown]) =>
    typeof each === 'string' || typeof each === 'boolean' ? [[name, String(each)] as const] : [],
  )
}
