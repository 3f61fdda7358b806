// The app of the demo signs its people up as an app would: a code of the platform, the call that exchanges it, and the real
// HTTP interface of the service. Most come with a grant; some only with a link out of an old table.
import type { App, Control } from '../../../simulator/simulator.ts'
import type { Everface, Grant } from '../../client/client.ts'
import { type Reader, viewer } from './cast.ts'
import type { PlatformDoor } from './platform-door.ts'

const dayMs = 86_400_000
const atOnce = 8
/** One in six came without a grant: only they themselves can bring a new picture. */
const grantless = 6
/** Entries of the app that all show one picture, as test accounts and mascots do. */
export const mascots = ['mascot-1', 'mascot-2', 'mascot-3', 'mascot-4'] as const

/** Signs everybody up. */
export async function signUp(parts: {
  readonly everface: Pick<Everface, 'register'>
  readonly control: Pick<Control, 'person' | 'authorize'>
  readonly app: Pick<App, 'appid' | 'secret'>
  readonly door: Pick<PlatformDoor, 'addressOf'>
  readonly readers: readonly Reader[]
  readonly now: () => number
}): Promise<void> {
  const { everface, control, readers } = parts
  const waiting = [...readers.entries()]
  const worker = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const [n, { subject, person, name }] = one
      const { url, provider } = control.person(person)
      const granted = provider === 'wechat' && subject !== viewer && n % grantless !== 3
      const registration = { url, name }
      await everface.register(
        subject,
        granted ? { ...registration, grant: await authorize(parts, person, n) } : registration,
      )
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  const { url } = control.person(readers.at(-1)?.person ?? 'p0')
  for (const subject of mascots) await everface.register(subject, { url, name: subject })
}

/** What the platform hands to an app whose person has just agreed. */
async function authorize(
  {
    control,
    app,
    door,
    now,
  }: Pick<Parameters<typeof signUp>[0], 'control' | 'app' | 'door' | 'now'>,
  person: string,
  n: number,
): Promise<Grant> {
  const { code } = control.authorize(person, app.appid, { scope: 'snsapi_userinfo' })
  const query = new URLSearchParams({
    appid: app.appid,
    secret: app.secret,
    code,
    grant_type: 'authorization_code',
  })
  const link = `https://api.weixin.qq.com/sns/oauth2/access_token?${query.toString()}`
  const answer = await fetch(door.addressOf(link))
  const told = (await answer.json()) as Record<string, unknown>
  const { openid, refresh_token: refreshToken, scope } = told
  if (typeof openid !== 'string' || typeof refreshToken !== 'string') {
    throw new Error(`The simulator gave no token: ${JSON.stringify(told)}`)
  }
  // As if they had signed in within the last days: a profile is not read twice within an hour.
  const grantedAt = now() - dayMs * (1 + (n % 5))
  return { appid: app.appid, openid, refreshToken, scope: String(scope), grantedAt }
}
