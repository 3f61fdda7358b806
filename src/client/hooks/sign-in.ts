// Tells the service of a sign-in. Whatever happens here, the person gets in: nothing is thrown, and nobody waits long.
import type { Everface } from '../client.ts'
import { EverfaceClientError } from '../error.ts'
import type { Grant } from '../nouns.ts'
import { textOf } from './picture-of.ts'

/** A person who just signed in. */
export interface SignIn {
  readonly subject: string
  /** What the platform says their picture is; null when it says nothing. */
  readonly url: string | null
  readonly name: string | null
  readonly grant: Grant | null
  /** The platform said that the profile is a snapshot: nobody’s. */
  readonly snapshot: boolean
}

/** What all hooks may be told. */
export interface HookOptions {
  /**
   * Provider ids of this app that are WeChat’s, each with its appid; null where the service knows one app only. Their
   * refresh tokens go to the service as grants. Default `{ wechat: null }`; `{}` for no grants.
   */
  readonly wechat?: Readonly<Record<string, string | null>>
  /** Milliseconds that a sign-in waits for the service. Default 2 000. */
  readonly waitMs?: number
  /** Keeps work alive behind the answer, as serverless platforms offer it; the sign-in then does not wait at all. */
  readonly waitUntil?: (work: Promise<void>) => void
  /** Hears what went wrong. Default: a warning on the console. */
  readonly onError?: (error: unknown, subject: string) => void
}

/** The part of the client that hooks use. */
export type Registrar = Pick<Everface, 'register'>

const usualWaitMs = 2_000

/** Registers the picture, and the grant with it. Never rejects. */
export async function tellSignIn(
  client: Registrar,
  signIn: SignIn,
  { waitMs = usualWaitMs, waitUntil, onError = warn }: HookOptions,
): Promise<void> {
  const { url } = signIn
  if (url === null) return
  const heard = (error: unknown): void => {
    try {
      onError(error, signIn.subject)
    } catch {
      // A broken ear is no reason to keep the person out.
    }
  }
  if (waitUntil !== undefined) {
    waitUntil(register(client, signIn, url, undefined, heard))
    return
  }
  await register(client, signIn, url, AbortSignal.timeout(waitMs), heard)
}

async function register(
  client: Registrar,
  { subject, name, grant, snapshot }: SignIn,
  url: string,
  signal: AbortSignal | undefined,
  heard: (error: unknown) => void,
): Promise<void> {
  const picture = { url, ...(name === null ? {} : { name }), ...(snapshot ? { snapshot } : {}) }
  const how = signal === undefined ? {} : { signal }
  try {
    if (grant !== null && !snapshot) {
      const kept = await registerWithGrant(client, subject, { ...picture, grant }, how, heard)
      if (kept) return
    }
    await client.register(subject, picture, how)
  } catch (error) {
    // Snapshots are refused by design; that is no trouble.
    if (!(error instanceof EverfaceClientError && error.code === 'snapshot-profile')) heard(error)
  }
}

/** False when the service refused it: a grant that it does not want must not cost the picture. */
async function registerWithGrant(
  client: Registrar,
  subject: string,
  picture: Parameters<Everface['register']>[1],
  how: { readonly signal?: AbortSignal },
  heard: (error: unknown) => void,
): Promise<boolean> {
  try {
    await client.register(subject, picture, how)
    return true
  } catch (error) {
    const { status = null } = error instanceof EverfaceClientError ? error : {}
    if (status !== 422 && status !== 409) throw error
    heard(error)
    return false
  }
}

/** What a sign-in with WeChat granted, put together from tokens and profile; null when something is missing. */
export function grantOf(
  sources: readonly unknown[],
  { appid, grantedAt }: { readonly appid: string | null; readonly grantedAt: number },
): Grant | null {
  const first = (...names: readonly string[]) => {
    for (const source of sources) {
      for (const name of names) {
        const found = textOf(source, name)
        if (found !== null) return found
      }
    }
    return null
  }
  const openid = first('openid')
  const unionid = first('unionid')
  const refreshToken = first('refresh_token', 'refreshToken')
  const scope = first('scope')
  if (openid === null || refreshToken === null || scope === null) return null
  return {
    ...(appid === null ? {} : { appid }),
    openid,
    ...(unionid === null ? {} : { unionid }),
    refreshToken,
    scope,
    grantedAt,
  }
}

/** The appid of a provider id that is WeChat’s; undefined when it is not. */
export function wechatApp(
  provider: string,
  wechat: HookOptions['wechat'] = { wechat: null },
): string | null | undefined {
  return Object.hasOwn(wechat, provider) ? wechat[provider] : undefined
}

function warn(error: unknown, subject: string): void {
  const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  console.warn(`everface: the picture of ${subject} was not registered: ${words}`)
}
