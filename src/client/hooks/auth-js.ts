// For Auth.js and NextAuth (`@auth/core` 0.41, `next-auth` 5 and 4): registers picture and grant at every sign-in. Typed
// by the shape of its events, so that nothing of Auth.js is needed here.
//   NextAuth({ …, events: everfaceAuthJs(client, { subject: 'user' }) })
import { pictureOf, textOf, webAddress } from './picture-of.ts'
import {
  type HookOptions,
  type Registrar,
  type SignIn,
  grantOf,
  tellSignIn,
  wechatApp,
} from './sign-in.ts'

/** What the event `signIn` of Auth.js carries, as far as it is read here. */
export interface AuthJsSignIn {
  readonly user: {
    readonly id?: string | undefined
    readonly name?: string | null | undefined
    readonly image?: string | null | undefined
  }
  readonly account?:
    | {
        readonly provider: string
        readonly providerAccountId: string
        readonly type: string
      }
    | null
    | undefined
  readonly profile?: object | undefined
  readonly isNewUser?: boolean | undefined
}

/** How Auth.js is hooked. */
export interface AuthJsOptions extends HookOptions {
  /**
   * Who the subject is: `user`, the id of the user in your database; `account`, provider and account id joined by a
   * colon; or a function. Without a database adapter Auth.js makes up a new user id at every sign-in: then it must not
   * be `user`. Nothing is registered where a function gives null.
   */
  readonly subject: 'user' | 'account' | ((message: AuthJsSignIn) => string | null)
  readonly now?: () => number
}

/** Events for the configuration of Auth.js. Never throws into a sign-in. */
export function everfaceAuthJs(
  client: Registrar,
  options: AuthJsOptions,
): { signIn(message: AuthJsSignIn): Promise<void> } {
  return {
    async signIn(message) {
      const signIn = signInOf(message, options)
      if (signIn !== null) await tellSignIn(client, signIn, options)
    },
  }
}

function signInOf(message: AuthJsSignIn, options: AuthJsOptions): SignIn | null {
  const { user, account, profile, isNewUser } = message
  // What did not come from a platform (passwords, e-mail links) has no picture that somebody else keeps.
  if (account == null || (account.type !== 'oauth' && account.type !== 'oidc')) return null
  const subject = subjectOf(message, options.subject)
  if (subject === null) return null
  const appid = wechatApp(account.provider, options.wechat)
  const grantedAt = (options.now ?? Date.now)()
  return {
    subject,
    // A user who was here before is told of as the database has them: their image is that of the first sign-in.
    url: pictureOf(profile) ?? (isNewUser === false ? null : webAddress(user.image)),
    name: textOf(profile, 'nickname') ?? textOf(profile, 'name') ?? user.name ?? null,
    grant: appid === undefined ? null : grantOf([account, profile], { appid, grantedAt }),
    snapshot: appid !== undefined && isSnapshot(account, profile),
  }
}

function subjectOf(message: AuthJsSignIn, subject: AuthJsOptions['subject']): string | null {
  if (typeof subject === 'function') return subject(message)
  const { user, account } = message
  if (subject === 'user') return user.id ?? null
  return account == null ? null : `${account.provider}:${account.providerAccountId}`
}

/** WeChat marks snapshots in the answer that carries the tokens; some libraries hand it on with the profile. */
function isSnapshot(...sources: readonly unknown[]): boolean {
  return sources.some(
    (one) =>
      typeof one === 'object' &&
      one !== null &&
      'is_snapshotuser' in one &&
      Number(one.is_snapshotuser) === 1,
  )
}
