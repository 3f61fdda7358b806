// The way of a person through `open.weixin.qq.com`: who is asked and who is not, and what an answer leads to. A
// standing answer (`setConsent`) spares the page, so that a client which follows redirects comes through by itself.
import type { App, Apps } from './apps.ts'
import { readAuthorizeLink, readQrLink } from './authorize-link.ts'
import type { Asked } from './authorize-link.ts'
import { common, consentPage, endPage, sendOn } from './authorize-pages.ts'
import { makeOpenid, makeUnionid } from './grants.ts'
import type { Grants, Visitor } from './grants.ts'
import { refuse } from './refusals.ts'
import { defaultLink } from './people.ts'
import type { Pictures } from './pictures.ts'
import type { PlatformSettings } from './platform.ts'
import type { Profiles } from './profiles.ts'
import type { Answer } from './respond.ts'

/** The host of the pages. */
export const openHost = 'open.weixin.qq.com'

/** What a person may answer; a snapshot visitor says yes under a made-up profile. */
export const consentAnswers = ['allow', 'refuse', 'snapshot'] as const

/** What a person may answer. */
export type ConsentAnswer = (typeof consentAnswers)[number]

/** An answer that is given without a page. */
export interface Consent {
  /** `ask` shows the page. */
  readonly answer: ConsentAnswer | 'ask'
  /** Who answers; null for whoever answered last in this browser, or the first person there is. */
  readonly person: string | null
}

/** A request to the pages. */
export interface OpenRequest {
  readonly method: string
  /** Path and query, as they came in. */
  readonly target: string
  readonly cookie: string
  readonly body: string
}

/** What the pages rest on. */
export interface OpenParts {
  readonly apps: Apps
  readonly grants: Grants
  readonly profiles: Profiles
  readonly pictures: Pictures
  readonly seed: number
  readonly settings: () => PlatformSettings
}

/** The pages. */
export interface OpenPages {
  answer(request: OpenRequest): Answer | Promise<Answer>
  /** Ends the way with one of the platform's codes. */
  refuse(code: number): Answer
  consent(): Consent
  setConsent(consent: Consent): void
  /** A visitor of an app, as real or as the next snapshot visitor. */
  visitor(app: App, n: number, isSnapshot: boolean): Visitor
}

/** How many questions may be open; the oldest are forgotten. */
const mostTickets = 10_000
const mostChoices = 24

/** Nobody was asked yet, and everybody will be. */
export function createOpenPages(parts: OpenParts): OpenPages {
  const { apps, grants, profiles, pictures, seed, settings } = parts
  const tickets = new Map<string, Asked>()
  let consent: Consent = { answer: 'ask', person: null }
  let lastTicket = 0
  let lastVisit = 0

  function visitor(app: App, n: number, isSnapshot: boolean): Visitor {
    const visit = isSnapshot ? lastVisit++ : null
    const who = visit === null ? `p${n}` : `visit ${visit}`
    // Several snapshot openids were seen to share one unionid.
    const whom = visit === null ? `p${n}` : 'snapshot'
    return {
      appid: app.appid,
      n,
      openid: makeOpenid(seed, app.appid, who),
      unionid: app.platform === null ? null : makeUnionid(seed, app.platform, whom),
      visit,
    }
  }

  function ask(asked: Asked, cookie: string): Answer {
    const { answer } = consent
    const n = whoIsThere(cookie)
    if (n === null) return nobody
    if (asked.scope === 'snsapi_base') return decide(asked, n, 'allow')
    if (answer !== 'ask') return decide(asked, n, answer)
    const ticket = `t${++lastTicket}`
    tickets.set(ticket, asked)
    if (tickets.size > mostTickets) tickets.delete(tickets.keys().next().value ?? '')
    return show(ticket, asked, `p${n}`, null)
  }

  function show(ticket: string, asked: Asked, chosen: string, problem: string | null): Answer {
    const people = profiles.choices(mostChoices)
    const { app, scope, isQr } = asked
    return consentPage({
      appid: app.appid,
      domain: app.domain,
      scope,
      isQr,
      ticket,
      people: people.map(({ n, nickname }) => ({ id: `p${n}`, nickname })),
      chosen,
      problem,
    })
  }

  function confirm(body: string): Answer {
    const form = new URLSearchParams(body)
    const ticket = form.get('ticket') ?? ''
    const asked = tickets.get(ticket)
    if (asked === undefined) return over
    const id = form.get('other')?.trim() || (form.get('person') ?? '')
    const answer = consentAnswers.find((each) => each === form.get('answer'))
    const n = numberOf(id)
    if (n === null || answer === undefined) {
      const what =
        n === null
          ? `找不到 ${id} · There is no ${id} with a WeChat account.`
          : '请选择 · Choose an answer.'
      return show(ticket, asked, id, what)
    }
    tickets.delete(ticket)
    return decide(asked, n, answer)
  }

  function decide(asked: Asked, n: number, answer: ConsentAnswer): Answer {
    const { app, scope, back, state } = asked
    if (profiles.account(n).standing === 'closed') {
      return endPage({ says: '该帐号已注销', code: null, meaning: `p${n} has closed the account.` })
    }
    const person = `p${n}`
    if (answer === 'refuse') {
      if (settings().refusal === 'returns') return sendOn(addTo(back, null, state), person)
      return endPage({
        says: '已取消授权',
        code: null,
        meaning: 'The person refused. Nothing is sent to the app.',
      })
    }
    const isSnapshot =
      scope === 'snsapi_userinfo' && (answer === 'snapshot' || asked.forcesSnapshot)
    const code = grants.makeCode(visitor(app, n, isSnapshot), scope)
    return sendOn(addTo(back, code, state), person)
  }

  /** Who sits in front of the page; null where nobody has an account. */
  function whoIsThere(cookie: string): number | null {
    const remembered = /(?:^|;\s*)sim_person=(p\d+)/.exec(cookie)?.[1]
    const named = numberOf(consent.person ?? remembered ?? '')
    return named ?? profiles.choices(1)[0]?.n ?? null
  }

  function numberOf(id: string): number | null {
    return profiles.find(id)?.n ?? null
  }

  function face(id: string): Answer | Promise<Answer> {
    const n = numberOf(id)
    if (n === null) return { status: 404, headers: common('text/html', 0), body: Buffer.alloc(0) }
    const shown = profiles.face(n)
    const picture = shown === defaultLink ? pictures.defaultUser(96) : pictures.face(shown.face, 96)
    return Promise.resolve(picture).then(({ type, bytes }) => ({
      status: 200,
      headers: common(type, bytes.length),
      body: bytes,
    }))
  }

  return {
    refuse,
    visitor,
    consent: () => consent,
    setConsent: (next) => void (consent = next),
    answer({ method, target, cookie, body }) {
      const [path, query] = split(target)
      if (path.startsWith('/connect/face/')) return face(path.slice('/connect/face/'.length))
      if (path === '/connect/confirm') return method === 'POST' ? confirm(body) : over
      if (path !== '/connect/oauth2/authorize' && path !== '/connect/qrconnect') return notFound
      const read = path === '/connect/qrconnect' ? readQrLink : readAuthorizeLink
      const asked = read(query, apps)
      return 'status' in asked ? asked : ask(asked, cookie)
    },
  }
}

const nobody = endPage({
  says: '没有用户',
  code: null,
  meaning: 'Nobody with a WeChat account was made yet: POST /_sim/make-people.',
})

const over = endPage({
  says: '页面已失效',
  code: null,
  meaning: 'This question was answered already, or was never asked. Start again from the app.',
})

const notFound: Answer = { ...over, status: 404 }

/** The address with code and state behind its own parameters and before its fragment. */
function addTo(back: URL, code: string | null, state: string | null): string {
  const added = new URLSearchParams()
  if (code !== null) added.set('code', code)
  if (state !== null) added.set('state', state)
  const whole = back.href.split('#', 1)[0] ?? ''
  const joint = added.size === 0 || /[?&]$/.test(whole) ? '' : whole.includes('?') ? '&' : '?'
  return `${whole}${joint}${added.toString()}${back.hash}`
}

function split(target: string): readonly [string, string] {
  const at = target.indexOf('?')
  return at === -1 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)]
}
