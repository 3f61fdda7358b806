// From texts to settings: reads the table of settings out of the environment, flags and files that are handed in. All that is
// wrong is told at once. Pure: who reads the process is src/cli.
import { join } from 'node:path'
import { EverfaceError } from '../errors.ts'
import {
  type Setting,
  type SettingKey,
  fileVariableOf,
  flagOf,
  settingKeys,
  table,
} from './config-table.ts'
import { wechatDisagreements } from './config-wechat.ts'
import type { Secrets, Settings } from './settings.ts'

/** Texts by name. */
export type Texts = Readonly<Record<string, string | undefined>>

/** Where the texts of settings come from. An empty text is none. */
export interface ConfigTexts {
  /** The environment, by variable. */
  readonly env: Texts
  /** What the command line says, by key of the table; strongest. */
  readonly flags?: Partial<Readonly<Record<SettingKey, string>>>
  /** Secrets that were read from files, by key; weakest. */
  readonly files?: Partial<Readonly<Record<SettingKey, string>>>
}

/** Where a value came from. */
export type From = 'default' | 'environment' | 'flag' | 'file'

/** One setting as it is in force. */
export interface Origin {
  readonly key: SettingKey
  readonly variable: string
  readonly flag: string | null
  /** As text; `[secret]` for a secret, passwords left out; null: none. */
  readonly value: string | null
  readonly from: From
}

/** Everything that is set. */
export interface Config {
  readonly settings: Settings
  readonly secrets: Secrets
  /** One for each row of the table, in its order. */
  readonly origins: readonly Origin[]
}

type Values = {
  [K in SettingKey]: (typeof table)[K] extends Setting<infer T> & { readonly standard: infer S }
    ? S extends null
      ? T | null
      : T
    : never
}

/** How to read. */
export interface ConfigOptions {
  /** False where nothing is signed: keys, migrations, telling the settings. */
  readonly needsSecret?: boolean
  /** Which name an unknown one was meant to be. */
  readonly nearest?: (wanted: string, names: readonly string[]) => string | undefined
}

/**
 * Reads all settings.
 * Throws `config-invalid` with every problem, each with name, shape and place in the documentation.
 */
export function readConfig(texts: ConfigTexts, options: ConfigOptions = {}): Config {
  const problems = unknownVariables(texts.env, options.nearest)
  const values: Partial<Record<SettingKey, unknown>> = {}
  const origins: Origin[] = []
  for (const key of settingKeys) {
    const setting: Setting<unknown> = table[key]
    const found = findText(key, texts, problems)
    const text = found.text ?? setting.standard
    const value = text === null ? null : setting.kind.read(text)
    if (value === null && text !== null) problems.push(wrongValue(key, found.name, text))
    values[key] = value
    origins.push({
      key,
      variable: setting.variable,
      flag: flagOf(key),
      value: text === null ? null : setting.secret ? '[secret]' : withoutPassword(text),
      from: found.from,
    })
  }
  const read = values as Values
  problems.push(...disagreements(read, origins, options.needsSecret !== false))
  if (problems.length > 0) throw invalid(problems)
  const settings = settingsOf(read)
  return {
    settings,
    secrets: sealed({
      secret: read.secret ?? '',
      oldSecrets: read.oldSecrets ?? [],
      databaseUrl: read.databaseUrl,
      webhookSecret: read.webhookSecret,
      wechatSecrets: Object.fromEntries(read.wechatSecrets ?? []),
      wechatPush: Object.fromEntries(read.wechatPush ?? []),
      s3AccessKeyId: read.s3AccessKeyId,
      s3SecretAccessKey: read.s3SecretAccessKey,
    }),
    origins: origins.map((one) =>
      one.key === 'blobs' && one.value === null ? { ...one, value: settings.blobs } : one,
    ),
  }
}

/** The problems of settings as the one failure that they are. */
export function invalid(problems: readonly string[]): EverfaceError {
  const [only = ''] = problems
  const message =
    problems.length === 1
      ? only
      : `${problems.length} settings are wrong:\n${problems.map((one) => `- ${one}`).join('\n')}`
  return new EverfaceError('config-invalid', message)
}

/** Hides secrets in logs, JSON and inspection. The values can be read one by one, and copied. */
export function sealed(secrets: Secrets): Secrets {
  const hide = { value: () => '[secret]', enumerable: false }
  return Object.freeze(
    Object.defineProperties(
      { ...secrets },
      { toJSON: hide, toString: hide, [Symbol.for('nodejs.util.inspect.custom')]: hide },
    ),
  )
}

/** A text without the user and password of an address in it. */
export function withoutPassword(text: string): string {
  return text.replace(/\/\/[^\s,]*@/g, '//[secret]@')
}

function settingsOf(read: Values): Settings {
  return Object.freeze<Settings>({
    listen: read.listen,
    publicUrl: read.publicUrl,
    data: read.data,
    blobs: read.blobs ?? join(read.data, 'blobs'),
    s3: { endpoint: read.s3Endpoint, region: read.s3Region, pathStyle: read.s3PathStyle },
    hosts: read.hosts,
    limits: { pace: read.rate, budget: read.budget },
    concurrency: read.concurrency,
    edges: read.edges,
    timeoutMs: read.timeout,
    connectTo: read.connectTo,
    caFile: read.ca,
    proxy: read.proxy,
    allowPrivate: read.allowPrivate,
    allowPorts: read.allowPorts,
    mode: read.mode,
    fallback: read.fallback,
    signing: read.signing,
    historyMs: read.history,
    copiesMs: read.unseenCopies,
    webhooks: read.webhooks,
    wechatApps: read.wechatApps,
    returnOrigins: read.returnOrigins,
    policyFile: read.policy,
    suspectAt: read.suspectAt,
    placeholderAt: read.placeholderAt,
    rateLimit: read.rateLimit,
    cacheBytes: read.cache,
    log: read.log,
  })
}

interface Found {
  readonly text: string | null
  readonly from: From
  /** What a message calls it: the variable, or the flag. */
  readonly name: string
}

function findText(key: SettingKey, { env, flags, files }: ConfigTexts, problems: string[]): Found {
  const { variable, secret } = table[key]
  const flag = textOf(flags?.[key])
  if (flag !== null && !secret) return { text: flag, from: 'flag', name: flagOf(key) ?? variable }
  const text = textOf(env[variable])
  const fileVariable = fileVariableOf(key)
  const namesFile = fileVariable !== null && textOf(env[fileVariable]) !== null
  if (text !== null && namesFile) {
    problems.push(
      `${variable} and ${fileVariable} are both set; one of them must go.${pageOf(variable)}`,
    )
  }
  if (text !== null) return { text, from: 'environment', name: variable }
  const file = textOf(files?.[key])
  if (file !== null) return { text: file, from: 'file', name: fileVariable ?? variable }
  return { text: null, from: 'default', name: variable }
}

function textOf(text: string | undefined): string | null {
  const trimmed = text?.trim() ?? ''
  return trimmed === '' ? null : trimmed
}

function wrongValue(key: SettingKey, name: string, text: string): string {
  const { variable, kind, secret } = table[key] as Setting<unknown>
  const shown = withoutPassword(text.length > 80 ? `${text.slice(0, 80)}…` : text)
  const value = secret ? 'its value is not shown' : `this is "${shown}"`
  return `${name} takes ${kind.shape}; ${value}.${pageOf(variable)}`
}

function pageOf(variable: string): string {
  return ` (docs/config.md#${variable.toLowerCase()})`
}

const variables = settingKeys.flatMap((key) => {
  const file = fileVariableOf(key)
  return file === null ? [table[key].variable] : [table[key].variable, file]
})

function unknownVariables(env: Texts, nearest: ConfigOptions['nearest']): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('EVERFACE_') && !variables.includes(name))
    .filter((name) => textOf(env[name]) !== null)
    .sort()
    .map((name) => {
      const near = nearest?.(name, variables)
      const advice = near === undefined ? '' : ` Did you mean ${near}?`
      return `${name} is no setting.${advice} (docs/config.md)`
    })
}

/** What is right by itself and wrong together. */
function disagreements(read: Values, origins: readonly Origin[], needsSecret: boolean): string[] {
  const problems: string[] = []
  const isSet = (key: SettingKey) => origins.some((one) => one.key === key && one.value !== null)
  const shared = isSet('databaseUrl')
  if (needsSecret && !isSet('secret')) {
    const why = shared
      ? 'EVERFACE_SECRET is required with PostgreSQL: all processes need the same.'
      : 'EVERFACE_SECRET is not set, and there is none in the data folder.'
    problems.push(`${why} It takes ${table.secret.kind.shape}.${pageOf('EVERFACE_SECRET')}`)
  }
  if (isSet('s3AccessKeyId') !== isSet('s3SecretAccessKey')) {
    const missing = !isSet('s3AccessKeyId') ? table.s3AccessKeyId : table.s3SecretAccessKey
    problems.push(
      `EVERFACE_S3_ACCESS_KEY_ID and EVERFACE_S3_SECRET_ACCESS_KEY belong together; ${missing.variable} is missing.${pageOf(missing.variable)}`,
    )
  }
  if (read.blobs?.startsWith('s3://') === true && !isSet('s3Endpoint') && !isSet('s3Region')) {
    problems.push(
      `EVERFACE_S3_REGION is required for ${read.blobs} where EVERFACE_S3_ENDPOINT names no other store.${pageOf('EVERFACE_S3_REGION')}`,
    )
  }
  problems.push(...wechatDisagreements(read, pageOf))
  // What could not be read is null here, and has been told of.
  if (read.placeholderAt > 0 && read.placeholderAt < read.suspectAt) {
    problems.push(
      `EVERFACE_PLACEHOLDER_AT (${read.placeholderAt}) takes 0 or at least EVERFACE_SUSPECT_AT (${read.suspectAt}).${pageOf('EVERFACE_PLACEHOLDER_AT')}`,
    )
  }
  return problems
}
