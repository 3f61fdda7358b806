// The settings in force, as they may be shown: addresses lose what people put secrets into, secrets are only said to be
// there or not.
import { type SettingKey, table } from '../config-table.ts'
import type { Secrets, Settings } from '../settings.ts'

/** One setting for people. `value` null: not set. `secret`: its value is told to nobody. */
export interface ToldSetting {
  readonly variable: string
  readonly value: string | null
  readonly secret: boolean
}

/** An address without user name, password and query. */
export function withoutSecrets(url: string): string {
  if (!/^https?:/i.test(url) || !URL.canParse(url)) return url.includes('@') ? '…' : url
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/** Every setting, in the order of its table. */
export function tellSettings(settings: Settings, secrets: Secrets): readonly ToldSetting[] {
  const values: Readonly<Record<SettingKey, unknown>> = valuesOf(settings, secrets)
  return (Object.keys(table) as SettingKey[]).map((key) => {
    const { variable, secret } = table[key]
    const value = textOf(values[key])
    return { variable, value: secret && value !== null ? '' : value, secret }
  })
}

function valuesOf(settings: Settings, secrets: Secrets): Readonly<Record<SettingKey, unknown>> {
  const { listen, s3, limits } = settings
  return {
    listen: `${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${listen.port}`,
    publicUrl: settings.publicUrl === null ? null : withoutSecrets(settings.publicUrl),
    data: settings.data,
    databaseUrl: secrets.databaseUrl,
    blobs: settings.blobs,
    s3Endpoint: s3.endpoint === null ? null : withoutSecrets(s3.endpoint),
    s3Region: s3.region,
    s3PathStyle: s3.pathStyle,
    s3AccessKeyId: secrets.s3AccessKeyId,
    s3SecretAccessKey: secrets.s3SecretAccessKey,
    secret: secrets.secret,
    oldSecrets: secrets.oldSecrets,
    mode: settings.mode,
    fallback: settings.fallback,
    signing: settings.signing,
    cache: `${settings.cacheBytes / 2 ** 20} MiB`,
    suspectAt: settings.suspectAt,
    placeholderAt: settings.placeholderAt,
    hosts: settings.hosts,
    rate: limits.pace,
    budget: limits.budget,
    concurrency: settings.concurrency,
    edges: settings.edges,
    timeout: `${settings.timeoutMs} ms`,
    connectTo: settings.connectTo,
    ca: settings.caFile,
    proxy: settings.proxy === null ? null : withoutSecrets(settings.proxy),
    allowPrivate: settings.allowPrivate,
    allowPorts: settings.allowPorts,
    history: `${settings.historyMs / 86_400_000} d`,
    unseenCopies: `${settings.copiesMs / 86_400_000} d`,
    webhooks: settings.webhooks.map(withoutSecrets),
    webhookSecret: secrets.webhookSecret,
    policy: settings.policyFile,
    wechatApps: settings.wechatApps.map(({ kind, appid }) => `${kind} ${appid}`),
    wechatSecrets: some(secrets.wechatSecrets),
    wechatPush: some(secrets.wechatPush),
    returnOrigins: settings.returnOrigins,
    rateLimit: settings.rateLimit,
    log: settings.log,
  }
}

/** Something or nothing: what it is is told to nobody. */
function some(secrets: object): string | null {
  return Object.keys(secrets).length === 0 ? null : '…'
}

function textOf(value: unknown): string | null {
  if (value === null || value === '') return null
  if (Array.isArray(value)) return value.length === 0 ? null : value.map(String).join(', ')
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  return plain ? String(value) : null
}
