// The verbs that rule accounts: apps, consent, profiles, the end of grants, and what is pushed. They are part of
// `Control` and served beside the others.
import { appKinds, appStandings } from './apps.ts'
import type { App, Apps, ChangeApp, MakeApp } from './apps.ts'
import { consentAnswers } from './authorize.ts'
import type { Consent, OpenPages } from './authorize.ts'
import type { Clock } from './clock.ts'
import { FieldError } from './fields.ts'
import type { Grant, Grants, Scope } from './grants.ts'
import { lifetimes } from './grants.ts'
import type { MiniSide } from './mini.ts'
import type { PlatformSettings } from './platform.ts'
import { withheldName } from './profiles.ts'
import type { Account, Profile, Profiles } from './profiles.ts'
import type { PushEvent } from './push-message.ts'
import type { Pushes, PushView, Verification } from './push.ts'

/** A grant as the control interface shows it. */
export interface GrantView {
  readonly person: string
  readonly appid: string
  readonly openid: string
  readonly unionid: string | null
  readonly scope: Scope
  /** Whether it is a snapshot visitor's. */
  readonly snapshot: boolean
  readonly accessToken: string
  readonly refreshToken: string
  /** Milliseconds, as all times. */
  readonly grantedAt: number
  readonly accessUntil: number
  readonly refreshUntil: number
  readonly state: 'in force' | 'expired' | 'over'
}

/** An account as the control interface shows it. */
export interface AccountView extends Account {
  readonly person: string
  /** What a profile call tells now. */
  readonly profile: Profile
}

/** What came of the end of grants. */
export interface Ended {
  /** How many grants were in force. */
  readonly ended: number
  /** The ids of the messages that are being pushed. */
  readonly pushes: readonly number[]
}

/** Rules the accounts side. */
export interface AccountControl {
  makeApp(wish: MakeApp): App
  changeApp(appid: string, wish: ChangeApp): App
  apps(): readonly App[]
  /** Answers all consent pages from now on; `ask`, as at the start, shows them. */
  setConsent(wish: Partial<Consent>): Consent
  /** A code for a web authorization, as if the person had said yes just now. */
  authorize(
    person: string,
    appid: string,
    wish?: { readonly scope?: Scope; readonly snapshot?: boolean },
  ): { code: string }
  /** A login code of a mini program, as `wx.login` gives it. */
  loginCode(person: string, appid: string): { code: string; openid: string }
  account(person: string): AccountView
  changeNickname(person: string, nickname: string): AccountView
  /** Which picture the profile shows, and how the account is. */
  setAccount(person: string, wish: Partial<Omit<Account, 'nickname'>>): AccountView
  /** Ends all grants of a person, silently (42007). */
  changePassword(person: string): Ended
  /** The person withdraws consent: the grants end (42007) and the app is told. */
  revoke(person: string, appid: string, info?: string): Ended
  /** The person closes the account: everything ends (50002) and every app is told. */
  cancelAccount(person: string): Ended
  /** The platform takes a risky name and picture away, and tells apps of the last thirty days. */
  cleanProfile(person: string, wish?: { readonly withOpenid?: boolean }): Ended
  /** Settings for everybody; returns all of them. */
  setPlatform(wish: Partial<PlatformSettings>): PlatformSettings
  grants(): readonly GrantView[]
  /** The last thousand messages, oldest first. */
  pushes(): readonly PushView[]
  /** Pushes a message once more. */
  pushAgain(id: number): { id: number }
  /** Resolves when no push is under way. */
  pushesSettled(): Promise<readonly PushView[]>
  /** Asks an app's callback address to echo, as when it is entered into the platform's form. */
  verifyPush(appid: string): Promise<Verification>
}

/** What the verbs rest on. */
export interface AccountControlParts {
  readonly apps: Apps
  readonly grants: Grants
  readonly mini: MiniSide
  readonly profiles: Profiles
  readonly pushes: Pushes
  readonly pages: OpenPages
  readonly clock: Clock
  readonly settings: () => PlatformSettings
  readonly set: (settings: PlatformSettings) => void
}

/** The consent that "name and picture" is, in the numbering of each kind of app. */
const revokeInfos = { official: '205', website: '301', mini: '6' } as const

/** The verbs over the parts of the accounts side. */
export function createAccountControl(parts: AccountControlParts): AccountControl {
  const { apps, grants, mini, profiles, pushes, pages, clock, settings, set } = parts

  function viewAccount(n: number): AccountView {
    return { person: `p${n}`, ...profiles.account(n), profile: profiles.profile(n) }
  }

  function viewGrant(grant: Grant): GrantView {
    const { visitor, isOver, ...rest } = grant
    const isExpired = clock.now() >= grant.refreshUntil
    return {
      person: `p${visitor.n}`,
      appid: visitor.appid,
      openid: visitor.openid,
      unionid: visitor.unionid,
      snapshot: visitor.visit !== null,
      ...rest,
      state: isOver ? 'over' : isExpired ? 'expired' : 'in force',
    }
  }

  /** Whether a person came to an app by an own account after `since`. */
  function isKnown(n: number, app: App, since: number): boolean {
    const { openid } = pages.visitor(app, n, false)
    return mini.knows(app.appid, openid, since) || grants.knows(n, app.appid, since)
  }

  function tell(
    n: number,
    app: App,
    event: Partial<PushEvent> & Pick<PushEvent, 'event'>,
  ): number[] {
    const { openid, unionid } = pages.visitor(app, n, false)
    const at = clock.now()
    const id = pushes.push(app, { openid, unionid, revokeInfo: null, at, ...event })
    return id === null ? [] : [id]
  }

  function tellAll(n: number, since: number, event: Parameters<typeof tell>[2]): number[] {
    const known = apps.list().filter((app) => isKnown(n, app, since))
    return known.flatMap((app) => tell(n, app, event))
  }

  return {
    makeApp(wish) {
      if (!appKinds.includes(wish.kind)) {
        throw new FieldError('kind', `must be one of ${appKinds.join(', ')}`)
      }
      return apps.make(wish)
    },
    changeApp(appid, wish) {
      if (wish.standing !== undefined && !appStandings.includes(wish.standing)) {
        throw new FieldError('standing', `must be one of ${appStandings.join(', ')}`)
      }
      return apps.change(appid, wish)
    },
    apps: () => apps.list(),
    setConsent({ answer = pages.consent().answer, person = pages.consent().person }) {
      if (answer !== 'ask' && !consentAnswers.includes(answer)) {
        throw new FieldError('answer', `must be ask or one of ${consentAnswers.join(', ')}`)
      }
      if (person !== null) profiles.person(person)
      pages.setConsent({ answer, person })
      return pages.consent()
    },
    authorize(id, appid, { scope, snapshot = false } = {}) {
      const { n } = profiles.person(id)
      const app = apps.app(appid)
      if (app.kind === 'mini')
        throw new FieldError('appid', `${appid} is a mini program: loginCode`)
      const usual = app.kind === 'website' ? 'snsapi_login' : 'snsapi_userinfo'
      const code = grants.makeCode(pages.visitor(app, n, snapshot), scope ?? usual)
      return { code }
    },
    loginCode(id, appid) {
      const { n } = profiles.person(id)
      const app = apps.app(appid)
      if (app.kind !== 'mini') throw new FieldError('appid', `${appid} is no mini program`)
      const visitor = pages.visitor(app, n, false)
      return { code: grants.makeCode(visitor, null), openid: visitor.openid }
    },
    account: (id) => viewAccount(profiles.person(id).n),
    changeNickname(id, nickname) {
      const { n } = profiles.person(id)
      profiles.change(n, { nickname })
      return viewAccount(n)
    },
    setAccount(id, wish) {
      const { n } = profiles.person(id)
      profiles.change(n, wish)
      return viewAccount(n)
    },
    changePassword: (id) => ({ ended: grants.end(profiles.person(id).n).length, pushes: [] }),
    revoke(id, appid, info) {
      const { n } = profiles.person(id)
      const app = apps.app(appid)
      if (!isKnown(n, app, -Infinity)) {
        throw new FieldError('appid', `${id} never came to ${appid}, and has nothing to withdraw`)
      }
      const ended = grants.end(n, appid).length
      const revokeInfo = info ?? revokeInfos[app.kind]
      return { ended, pushes: tell(n, app, { event: 'user_authorization_revoke', revokeInfo }) }
    },
    cancelAccount(id) {
      const { n } = profiles.person(id)
      profiles.change(n, { standing: 'closed' })
      const ended = grants.end(n).length
      const event = { event: 'user_authorization_cancellation' } as const
      return { ended, pushes: tellAll(n, -Infinity, event) }
    },
    cleanProfile(id, { withOpenid = true } = {}) {
      const { n } = profiles.person(id)
      profiles.change(n, { nickname: withheldName, picture: 'default' })
      const since = clock.now() - lifetimes.refresh
      const event = { event: 'user_info_modified', ...(!withOpenid && { openid: null }) } as const
      return { ended: 0, pushes: tellAll(n, since, event) }
    },
    setPlatform(wish) {
      set({ ...settings(), ...wish })
      return settings()
    },
    grants: () => grants.list().map(viewGrant),
    pushes: () => pushes.list(),
    pushAgain(id) {
      const appid = pushes.list().find((view) => view.id === id)?.appid
      if (appid === undefined) throw new FieldError('id', `there is no message ${id}`)
      return { id: pushes.again(id, apps.app(appid)) }
    },
    async pushesSettled() {
      await pushes.settled()
      return pushes.list()
    },
    verifyPush: (appid) => pushes.verify(apps.app(appid)),
  }
}
