// For tests: the dashboard over a real store, real pictures and a real keeper, with a simulated platform behind, and a
// browser's manners: cookies are kept, forms carry what the page put into them.
import assert from 'node:assert/strict'
import {
  type KeeperWorld,
  type WorldOptions,
  createKeeperWorld,
} from '../../../test/keeper-world.ts'
import { type Scope, scopes } from '../../store/store.ts'
import { readConfig } from '../config.ts'
import { makeSecret } from '../http/auth.ts'
import { type Dashboard, type DashboardParts, createDashboard } from './dashboard.ts'

/** An answer, read. */
export interface Page {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Somebody with a browser. */
export interface Browser {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Page>
  /** Sends a form with these fields, and the token of the page that was seen last unless another is given. */
  post(
    path: string,
    fields: Readonly<Record<string, string | readonly string[]>> | FormData,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Page>
  /** Signs in with the key of this scope; the answer to the form. */
  signIn(scope?: Scope): Promise<Page>
  readonly cookies: Map<string, string>
  /** The token of the page that was seen last. */
  token(): string
}

/** The dashboard under test. */
export interface DashboardWorld extends KeeperWorld {
  open(change?: Partial<DashboardParts>, env?: Readonly<Record<string, string>>): Opened
  readonly secrets: Readonly<Record<Scope, string>>
  /** URLs of people of the simulated platform. */
  people(count: number): readonly string[]
}

/** A dashboard with its visitors. */
export interface Opened {
  readonly dashboard: Dashboard
  browser(headers?: Readonly<Record<string, string>>): Browser
  /** Runs what open pages wait for, as the timer would. */
  tick(): void
  readonly lines: readonly { level: string; fields: object; message: string }[]
}

export const origin = 'http://faces.test'

/** Makes a world; close it when done. */
export async function createDashboardWorld(options: WorldOptions = {}): Promise<DashboardWorld> {
  const world = await createKeeperWorld(options)
  const secrets: Partial<Record<Scope, string>> = {}
  for (const scope of scopes) {
    const { secret, sha256 } = makeSecret()
    secrets[scope] = secret
    const key = { id: `key_${scope}`, name: scope, scope, createdAt: world.now() }
    await world.store.addKey({ ...key, lastUsedAt: null, revokedAt: null }, sha256)
  }

  function open(
    change: Partial<DashboardParts> = {},
    env: Readonly<Record<string, string>> = {},
  ): Opened {
    const lines: { level: string; fields: object; message: string }[] = []
    const write = (level: string) => (fields: object, message: string) =>
      void lines.push({ level, fields, message })
    const config = readConfig({
      env: { EVERFACE_SECRET: 'ssss-kept-by-nobody-but-these-tests-0123456789', ...env },
    })
    const ticks = new Set<() => void>()
    let visitors = 0
    const dashboard = createDashboard(
      {
        settings: config.settings,
        secrets: config.secrets,
        store: world.store,
        pictures: world.pictures,
        keeper: world.jobs.keeper,
        log: {
          debug: write('debug'),
          info: write('info'),
          warn: write('warn'),
          error: write('error'),
        },
        now: () => world.now(),
        random: () => 0.5,
        version: '9.9.9',
        ...change,
      } as DashboardParts,
      {
        every: (work) => {
          ticks.add(work)
          return () => ticks.delete(work)
        },
      },
    )
    return {
      dashboard,
      lines,
      tick() {
        for (const work of ticks) work()
      },
      browser: (headers = {}) =>
        createBrowser(
          dashboard,
          `203.0.113.${++visitors}`,
          headers,
          secrets as Record<Scope, string>,
        ),
    }
  }

  return {
    ...world,
    open,
    secrets: secrets as Record<Scope, string>,
    people(count) {
      const { control } = world.simulator
      const list = () =>
        [...control.list({})]
          .join('')
          .trimEnd()
          .split('\n')
          .slice(1)
          .map((line) => line.split(',')[1] ?? '')
      const before = list().length
      control.makePeople({ count, scheme: 'http' })
      return list().slice(before)
    },
  }
}

function createBrowser(
  dashboard: Dashboard,
  address: string,
  always: Readonly<Record<string, string>>,
  secrets: Readonly<Record<Scope, string>>,
): Browser {
  const cookies = new Map<string, string>()
  let token = ''

  async function send(
    method: string,
    path: string,
    body: URLSearchParams | FormData | null,
    headers: Readonly<Record<string, string>>,
  ): Promise<Page> {
    const all = new Headers({ ...always, ...headers })
    if (cookies.size > 0)
      all.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const request = new Request(`${origin}${path}`, { method, headers: all, body })
    const response = await dashboard.handle(request, { address }, 'request-1')
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/Max-Age=0/.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    const text = await response.text()
    token = /name="token" value="([^"]+)"/.exec(text)?.[1] ?? token
    return { status: response.status, headers: response.headers, text }
  }

  const browser: Browser = {
    cookies,
    token: () => token,
    get: (path, headers = {}) => send('GET', path, null, headers),
    async post(path, fields, headers = {}) {
      if (fields instanceof FormData) {
        if (!fields.has('token')) fields.set('token', token)
        return await send('POST', path, fields, headers)
      }
      const body = new URLSearchParams('token' in fields ? {} : { token })
      for (const [name, value] of Object.entries(fields)) {
        for (const one of typeof value === 'string' ? [value] : value) body.append(name, one)
      }
      return await send('POST', path, body, headers)
    },
    async signIn(scope = 'admin') {
      await browser.get('/')
      const answer = await browser.post('/sign-in', { key: secrets[scope], to: '/' })
      if (scope === 'admin') {
        assert.equal(answer.status, 303)
        await browser.get('/policy')
      }
      return answer
    },
  }
  return browser
}
