// What the platform knows of people besides their pictures: nicknames, whether an account is in order, and
// which picture a profile shows, which lags behind the true one. Made up from numbers until somebody changes it.
import type { Clock } from './clock.ts'
import { FieldError } from './fields.ts'
import { defaultLink, urlOf } from './people.ts'
import type { Link, Person } from './people.ts'
import type { PlatformSettings } from './platform.ts'
import { mix } from './random.ts'
import type { World } from './world.ts'

/** How an account can be: in order, risky (its codes are blocked), frozen, or closed for good. */
export const accountStandings = ['good', 'risky', 'frozen', 'closed'] as const

/** How an account is. */
export type AccountStanding = (typeof accountStandings)[number]

/** Which picture a profile shows: the person's, none at all (an empty address), or the grey default. */
export const profilePictures = ['own', 'empty', 'default'] as const

/** Which picture a profile shows. */
export type ProfilePicture = (typeof profilePictures)[number]

/** What an account is besides its number. */
export interface Account {
  readonly nickname: string
  readonly picture: ProfilePicture
  readonly standing: AccountStanding
}

/** What a profile call tells of a person. */
export interface Profile {
  readonly nickname: string
  readonly headimgurl: string
}

/** The accounts of people. */
export interface Profiles {
  /** The person with this id as somebody with a WeChat account; a complaint where there is none. */
  person(id: string): Person
  /** The person with this id, if there is one with a WeChat account. */
  find(id: string): Person | undefined
  account(n: number): Account
  change(n: number, wish: Partial<Account>): Account
  /** What a profile call tells now. */
  profile(n: number): Profile
  /** The made-up profile of a snapshot visitor. */
  virtual(visit: number): Profile
  /** The link under which a person's own picture is known now, without lag. */
  face(n: number): Link
  /** Up to `count` people who can be chosen on a page. */
  choices(count: number): readonly { readonly n: number; readonly nickname: string }[]
}

/** The name of everybody whose name is withheld. */
export const withheldName = '微信用户'

/** Everybody has an account, made up. */
export function createProfiles(
  world: World,
  clock: Clock,
  seed: number,
  settings: () => PlatformSettings,
): Profiles {
  const changed = new Map<number, Partial<Account>>()

  function links(n: number): readonly Link[] {
    return world.people[n]?.links ?? []
  }

  function hasAccount(person: Person | undefined): person is Person {
    return person?.links.at(-1)?.form.provider === 'wechat'
  }

  function account(n: number): Account {
    const nickname = links(n).at(-1) === defaultLink ? withheldName : makeNickname(seed, n)
    return { nickname, picture: 'own', standing: 'good', ...changed.get(n) }
  }

  /** The newest link that is older than the lag, or the first. */
  function shown(n: number): Link {
    const before = clock.now() - settings().lag
    return links(n).findLast((link) => link.since <= before) ?? links(n)[0] ?? defaultLink
  }

  return {
    account,
    find(id) {
      const person = /^p\d{1,9}$/.test(id) ? world.people[Number(id.slice(1))] : undefined
      return hasAccount(person) ? person : undefined
    },
    person(id) {
      const person = world.person(id)
      if (hasAccount(person)) return person
      throw new FieldError('person', `${id} has a picture elsewhere, and no WeChat account`)
    },
    change(n, wish) {
      changed.set(n, { ...changed.get(n), ...wish })
      return account(n)
    },
    profile(n) {
      const { nickname, picture } = account(n)
      const person = world.people[n]
      if (picture === 'empty' || person === undefined) return { nickname, headimgurl: '' }
      const link = picture === 'own' ? shown(n) : defaultLink
      // Spoiled addresses are spoiled by apps; the platform's own are whole.
      return { nickname, headimgurl: urlOf({ ...person, spoiling: null }, link) }
    },
    virtual(visit) {
      const link = world.nobody(visit % 8)
      const path = link.form.path(link.key, link.form.size, link.stamp, link.expiresAt)
      return {
        nickname: makeNickname(seed, -1 - visit),
        headimgurl: `https://thirdwx.qlogo.cn${path}`,
      }
    },
    face: (n) => links(n).at(-1) ?? defaultLink,
    choices(count) {
      const found: { n: number; nickname: string }[] = []
      for (let n = 0; n < world.people.length && found.length < count; n++) {
        if (!hasAccount(world.people[n]) || account(n).standing === 'closed') continue
        found.push({ n, nickname: account(n).nickname })
      }
      return found
    },
  }
}

const familyNames = '王,李,张,刘,陈,杨,黄,赵,吴,周,徐,孙,马,朱,欧阳,司马'.split(',')
const givenNames = '小明,晓雨,子涵,伟,秀英,建国,思远,雨桐,志强,婷婷,浩然,静'.split(',')
const pseudonyms = [
  'Lily 🌸',
  '阿狸🦊',
  '一只特立独行的猪',
  'momo',
  '𝓢𝓾𝓷𝓷𝔂',
  '👨‍👩‍👧‍👦 一家四口',
  '"quoted" & <b>bold</b>',
  "Rock'n'Roll \\o/",
  '。',
  '  ',
  'مرحبا 🌙',
  'Müller, Jürgen',
  '🇨🇳🚀',
  '👩🏽‍💻',
  'A',
  '山有木兮木有枝心悦君兮君不知山高水长后会有期也',
]

/** Two of three have a plain Chinese name; the others what people really choose, which is hard on software. */
function makeNickname(seed: number, n: number): string {
  const at = mix(seed, n, 41)
  if (at % 3 === 0) return pick(pseudonyms, mix(seed, n, 42))
  return pick(familyNames, mix(seed, n, 43)) + pick(givenNames, mix(seed, n, 44))
}

function pick(from: readonly string[], at: number): string {
  return from[at % from.length] ?? ''
}
