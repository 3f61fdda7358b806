// Finds the picture in what a platform says of a person. Each platform has its own word for it; the profile of this very
// sign-in is looked at, since what an app stored at the first one may be years old.
import { isObject } from '../answer.ts'

/** Where pictures stand, the largest of a platform first. */
const places: readonly (readonly string[])[] = [
  ['headimgurl'], // WeChat
  ['figureurl_qq_2'], // QQ, 100 pixels
  ['figureurl_qq'],
  ['figureurl_qq_1'],
  ['avatar_hd'], // Weibo
  ['avatar_large'],
  ['avatar_url'], // GitHub, GitLab, Feishu, Gitee
  ['image_url'], // Discord, as Auth.js completes it
  ['picture', 'data', 'url'], // Facebook
  ['picture'], // Google, LinkedIn, LINE, Slack: OpenID Connect
  ['data', 'profile_image_url'], // X
  ['profile_image_url_https'],
  ['profile_image_url'], // Twitch
  ['properties', 'profile_image'], // Kakao
  ['pictureUrl'], // LINE
]
const longestUrl = 8_192

/** The URL of the picture in a profile; null where there is none that could be asked for. */
export function pictureOf(profile: unknown): string | null {
  for (const place of places) {
    const found = webAddress(at(profile, place))
    if (found !== null) return found
  }
  return null
}

/** A text that is an http or https URL, or null. Pictures that came as `data:` have nothing to be watched. */
export function webAddress(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > longestUrl) return null
  return /^https?:\/\/[^/\s]/i.test(value) ? value : null
}

/** A member that is a text with something in it. */
export function textOf(object: unknown, name: string): string | null {
  const value = isObject(object) ? object[name] : null
  return typeof value === 'string' && value !== '' ? value : null
}

function at(value: unknown, place: readonly string[]): unknown {
  let here = value
  for (const name of place) here = isObject(here) ? here[name] : null
  return here
}
