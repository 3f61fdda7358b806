// For Better Auth (1.7): a plugin that registers picture and grant at every sign-in with a platform. Typed by the shape of
// a plugin, so that nothing of Better Auth is needed here.
//   betterAuth({ …, plugins: [everfaceBetterAuth(client)] })
// Better Auth keeps the picture of the first sign-in. What the platform says now passes through one place only,
// `user.validateUserInfo`; tokens pass through the account, and the session says that the person is in. All three are of
// one request, and that request's context is what ties them together.
import { pictureOf, textOf, webAddress } from './picture-of.ts'
import { type HookOptions, type Registrar, grantOf, tellSignIn, wechatApp } from './sign-in.ts'

/** What `validateUserInfo` of Better Auth is given, as far as it is read here. */
export interface BetterAuthIdentity {
  readonly user: { readonly image?: unknown; readonly name?: unknown }
  readonly source: {
    readonly action: string
    readonly oauth?: { readonly providerId: string; readonly profile?: unknown } | undefined
    readonly sso?: { readonly providerId: string; readonly profile?: unknown } | undefined
  }
}

/** How Better Auth is hooked. */
export interface BetterAuthOptions extends HookOptions {
  /** The app’s id of a user; default: the one of Better Auth. */
  readonly subjectOf?: (userId: string) => string | null
  /** The app has a `validateUserInfo` of its own, and calls the plugin’s `see` in it. */
  readonly ownGate?: boolean
  /**
   * Opens a token that is stored encrypted (`account.encryptOAuthTokens`); without it such tokens make no grant:
   * `(token, context) => decryptOAuthToken(token, context)` with the one of `better-auth/oauth2`.
   */
  readonly openToken?: (token: string, context: never) => Promise<string> | string
  readonly now?: () => number
}

/** The plugin. */
export interface BetterAuthPlugin {
  readonly id: 'everface'
  init(context: BetterAuthContext): { options: BetterAuthHooks }
  /** For an app with a `validateUserInfo` of its own: what that is given is to be given to this as well. */
  see(identity: BetterAuthIdentity, context: unknown): void
}

/** As much of the context of Better Auth as is read here. */
export interface BetterAuthContext {
  readonly options: object
  readonly logger?: { warn(message: string): void }
}

interface BetterAuthHooks {
  user?: { validateUserInfo(identity: BetterAuthIdentity, context: unknown): void }
  databaseHooks: {
    account: { create: { after: Hook }; update: { after: Hook } }
    session: { create: { after: Hook } }
  }
}

type Hook = (row: Record<string, unknown>, context: unknown) => Promise<void>

/** Somebody on their way in. */
interface Arrival {
  readonly provider: string
  readonly profile: unknown
  readonly image: unknown
  readonly name: unknown
  account: { readonly refreshToken: string | null; readonly scope: string | null } | null
}

/** Makes the plugin. Its hooks never throw into a sign-in. */
export function everfaceBetterAuth(
  client: Registrar,
  options: BetterAuthOptions = {},
): BetterAuthPlugin {
  const arrivals = new WeakMap<object, Arrival>()
  const find = (context: unknown): Arrival | undefined =>
    typeof context === 'object' && context !== null ? arrivals.get(context) : undefined

  /** Looks only, and never throws: Better Auth would take that for a no. */
  function see(identity: BetterAuthIdentity, context: unknown): void {
    const source = memberOf(identity, 'source')
    const from = memberOf(source, 'oauth') ?? memberOf(source, 'sso')
    const provider = textOf(from, 'providerId')
    if (provider === null || typeof context !== 'object' || context === null) return
    const user = memberOf(identity, 'user')
    const [image, name] = [memberOf(user, 'image'), memberOf(user, 'name')]
    const profile = memberOf(from, 'profile')
    arrivals.set(context, { provider, profile, image, name, account: null })
  }

  /** Notes the tokens of this sign-in. */
  async function onAccount(row: Record<string, unknown>, context: unknown): Promise<void> {
    const arrival = find(context)
    if (arrival === undefined || row['providerId'] !== arrival.provider) return
    if (wechatApp(arrival.provider, options.wechat) === undefined) return
    const refreshToken = await openToken(textOf(row, 'refreshToken'), context)
    arrival.account = { refreshToken, scope: textOf(row, 'scope') }
  }

  async function openToken(token: string | null, context: unknown): Promise<string | null> {
    const inner = memberOf(context, 'context')
    const isSealed = memberOf(memberOf(memberOf(inner, 'options'), 'account'), 'encryptOAuthTokens')
    if (token === null || isSealed !== true) return token
    try {
      return (await options.openToken?.(token, inner as never)) ?? null
    } catch {
      return null
    }
  }

  async function onSession(row: Record<string, unknown>, context: unknown): Promise<void> {
    const arrival = find(context)
    const userId = textOf(row, 'userId')
    if (arrival === undefined || userId === null) return
    arrivals.delete(context as object)
    const subject = (options.subjectOf ?? ((id) => id))(userId)
    if (subject === null) return
    const { provider, profile, image, name, account } = arrival
    const appid = wechatApp(provider, options.wechat)
    const grantedAt = (options.now ?? Date.now)()
    await tellSignIn(
      client,
      {
        subject,
        url: pictureOf(profile) ?? webAddress(image),
        name: typeof name === 'string' && name !== '' ? name : null,
        grant: appid === undefined ? null : grantOf([account, profile], { appid, grantedAt }),
        snapshot: appid !== undefined && Number(memberOf(profile, 'is_snapshotuser')) === 1,
      },
      options,
    )
  }

  /** Makes a hook harmless: a sign-in is worth more than a picture. */
  function safe(hook: Hook): Hook {
    return async (row, context) => {
      try {
        await hook(row, context)
      } catch (error) {
        options.onError?.(error, textOf(row, 'userId') ?? '')
      }
    }
  }

  return {
    id: 'everface',
    see,
    init(context) {
      const databaseHooks = {
        account: { create: { after: safe(onAccount) }, update: { after: safe(onAccount) } },
        session: { create: { after: safe(onSession) } },
      }
      const own = memberOf(memberOf(context.options, 'user'), 'validateUserInfo')
      // Better Auth prefers the app's own function to ours: without `see` nothing would ever be noticed.
      if (own === undefined) return { options: { user: { validateUserInfo: see }, databaseHooks } }
      if (options.ownGate !== true) {
        context.logger?.warn(
          'everface: this app has its own user.validateUserInfo; call the plugin’s see() in it and set ownGate, or no picture is registered.',
        )
      }
      return { options: { databaseHooks } }
    },
  }
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return (value as Readonly<Record<string, unknown>>)[name]
}
