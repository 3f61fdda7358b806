// The verbs of accounts over HTTP: each reads and checks its fields, then asks the control.
import type { AccountControl } from './account-control.ts'
import { appKinds, appStandings, pushFormats, pushModes } from './apps.ts'
import type { ChangeApp, PushWish } from './apps.ts'
import { consentAnswers } from './authorize.ts'
import { suffixes } from './errcodes.ts'
import { readChoice, readFlag, readNumber, readText, readWhole } from './fields.ts'
import { FieldError, refuseOthers, required } from './fields.ts'
import type { Fields } from './fields.ts'
import { accountStandings, profilePictures } from './profiles.ts'
import { get, post } from './verbs.ts'
import type { Verb } from './verbs.ts'

const appFields = ['appid', 'secret', 'domain', 'platform', 'push', 'perMinute', 'perDay']
const platformFields = [
  'lag',
  'suffix',
  'refusal',
  'snapshotProfile',
  'snapshotFlag',
  'session',
] as const

/** The verbs by name. */
export function createAccountVerbs(control: AccountControl): Readonly<Record<string, Verb>> {
  const person = (f: Fields) => required('person', readText(f, 'person'))
  const appid = (f: Fields) => required('appid', readText(f, 'appid'))
  const optional = <Key extends string, const Value>(key: Key, value: Value | undefined) =>
    (value === undefined ? {} : { [key]: value }) as { [Each in Key]?: Value }

  return {
    'make-app': post('Registers an app.', ['kind', ...appFields], (f) => {
      const { push, ...wish } = readApp(f)
      return control.makeApp({
        kind: required('kind', readChoice(f, 'kind', appKinds)),
        ...optional('appid', readText(f, 'appid')),
        ...wish,
        ...(push && { push }),
      })
    }),
    'change-app': post('Changes what is given of an app.', ['standing', ...appFields], (f) =>
      control.changeApp(appid(f), {
        ...readApp(f),
        ...optional('standing', readChoice(f, 'standing', appStandings)),
      }),
    ),
    apps: get('Lists apps.', [], () => control.apps()),
    'set-consent': post('Answers consent pages from now on.', ['person', 'answer'], (f) =>
      control.setConsent({
        ...optional('person', f['person'] === null ? null : readText(f, 'person')),
        ...optional('answer', readChoice(f, 'answer', ['ask', ...consentAnswers] as const)),
      }),
    ),
    authorize: post('A code, as after a yes.', ['person', 'appid', 'scope', 'snapshot'], (f) =>
      control.authorize(person(f), appid(f), {
        ...optional('scope', readChoice(f, 'scope', scopes)),
        ...optional('snapshot', readFlag(f, 'snapshot')),
      }),
    ),
    'login-code': post('A mini program’s login code.', ['person', 'appid'], (f) =>
      control.loginCode(person(f), appid(f)),
    ),
    account: get('Shows an account.', ['person'], (f) => control.account(person(f))),
    'change-nickname': post('Renames a person.', ['person', 'nickname'], (f) => {
      const { nickname } = f
      // The empty name exists, too.
      if (typeof nickname !== 'string') throw new FieldError('nickname', 'must be a text')
      return control.changeNickname(person(f), nickname)
    }),
    'set-account': post('How an account is.', ['person', 'picture', 'standing'], (f) =>
      control.setAccount(person(f), {
        ...optional('picture', readChoice(f, 'picture', profilePictures)),
        ...optional('standing', readChoice(f, 'standing', accountStandings)),
      }),
    ),
    'change-password': post('Ends all grants of a person.', ['person'], (f) =>
      control.changePassword(person(f)),
    ),
    revoke: post('A person withdraws consent.', ['person', 'appid', 'info'], (f) =>
      control.revoke(person(f), appid(f), readText(f, 'info')),
    ),
    'cancel-account': post('A person closes the account.', ['person'], (f) =>
      control.cancelAccount(person(f)),
    ),
    'clean-profile': post('A risky profile is emptied.', ['person', 'withOpenid'], (f) =>
      control.cleanProfile(person(f), optional('withOpenid', readFlag(f, 'withOpenid'))),
    ),
    'set-platform': post('Settings for everybody.', platformFields, (f) =>
      control.setPlatform({
        ...optional('lag', readNumber(f, 'lag')),
        ...optional('suffix', readChoice(f, 'suffix', suffixes)),
        ...optional('refusal', readChoice(f, 'refusal', ['stays', 'returns'] as const)),
        ...optional(
          'snapshotProfile',
          readChoice(f, 'snapshotProfile', ['virtual', 'refused'] as const),
        ),
        ...optional('snapshotFlag', readChoice(f, 'snapshotFlag', ['always', 'late'] as const)),
        ...optional('session', readNumber(f, 'session', 1)),
      }),
    ),
    grants: get('Lists grants.', [], () => control.grants()),
    pushes: get('What was pushed.', [], () => control.pushes()),
    'push-again': post('Pushes a message once more.', ['id'], (f) =>
      control.pushAgain(required('id', readWhole(f, 'id', 1))),
    ),
    'pushes-settled': get('Waits until nothing is being pushed.', [], () =>
      control.pushesSettled(),
    ),
    'verify-push': post('Asks a callback address to echo.', ['appid'], (f) =>
      control.verifyPush(appid(f)),
    ),
  }
}

const scopes = ['snsapi_base', 'snsapi_userinfo', 'snsapi_login'] as const

function readApp(f: Fields): ChangeApp {
  const secret = readText(f, 'secret')
  const domain = readText(f, 'domain')
  const platform = readText(f, 'platform')
  const perMinute = readWhole(f, 'perMinute')
  const perDay = readWhole(f, 'perDay')
  return {
    ...(secret !== undefined && { secret }),
    ...(domain !== undefined && { domain }),
    ...(platform !== undefined && { platform }),
    ...(perMinute !== undefined && { perMinute }),
    ...(perDay !== undefined && { perDay }),
    ...(f['push'] !== undefined && { push: readPush(f['push']) }),
  }
}

function readPush(value: unknown): PushWish | null {
  if (value === null) return null
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new FieldError('push', 'must be an object with url and token, or null')
  }
  const f: Fields = { ...value }
  refuseOthers(f, ['url', 'token', 'aesKey', 'mode', 'format', 'spaced'])
  const aesKey = readText(f, 'aesKey')
  const mode = readChoice(f, 'mode', pushModes)
  const format = readChoice(f, 'format', pushFormats)
  const spaced = readFlag(f, 'spaced')
  return {
    url: required('url', readText(f, 'url')),
    token: required('token', readText(f, 'token')),
    ...(aesKey !== undefined && { aesKey }),
    ...(mode !== undefined && { mode }),
    ...(format !== undefined && { format }),
    ...(spaced !== undefined && { spaced }),
  }
}
