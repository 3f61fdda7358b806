// The one table of settings. What `serve --help`, docs/config.md, `everface config` and every message about a wrong value say
// comes from here. To add a setting: one row, and one line in config.ts where the settings are put together.
import * as kinds from './config-values.ts'
import type { Kind } from './config-values.ts'
import * as wechatKinds from './config-wechat.ts'
import { fallbacks, showModes } from './settings.ts'

/** The headings under which settings are told of, in order. */
export const topics = {
  place: 'Where it listens, where things are kept',
  secrets: 'Secrets',
  pictures: 'Pictures',
  looks: 'Looking at sources',
  network: 'The way to the sources',
  keeping: 'How long things are kept',
  webhooks: 'Webhooks',
  people: 'People: what may be asked of them, and WeChat',
  service: 'The service itself',
} as const
export type Topic = keyof typeof topics

/** One setting. `T` is what its text is read into. */
export interface Setting<T> {
  readonly topic: Topic
  /** Its name in the environment. */
  readonly variable: string
  readonly kind: Kind<T>
  /** Its value when nothing is said, as one would write it; null: none. */
  readonly standard: string | null
  /** What holds when nothing is said and there is no standard. */
  readonly otherwise?: string
  /** One sentence, or two. */
  readonly about: string
  /** Never printed, no flag (command lines can be seen by everybody), may come from a file. */
  readonly secret: boolean
}

function given<T>(
  topic: Topic,
  variable: string,
  kind: Kind<T>,
  standard: string,
  about: string,
): Setting<T> & { readonly standard: string } {
  return { topic, variable, kind, standard, about, secret: false }
}

function maybe<T>(
  topic: Topic,
  variable: string,
  kind: Kind<T>,
  otherwise: string,
  about: string,
): Setting<T> & { readonly standard: null } {
  return { topic, variable, kind, standard: null, otherwise, about, secret: false }
}

function hidden<T>(
  topic: Topic,
  variable: string,
  kind: Kind<T>,
  otherwise: string,
  about: string,
): Setting<T> & { readonly standard: null } {
  return { ...maybe(topic, variable, kind, otherwise, about), secret: true }
}

/** Every setting by its key; the flag is the key in kebab-case. */
export const table = {
  listen: given(
    'place',
    'EVERFACE_LISTEN',
    kinds.address,
    '127.0.0.1:8420',
    'Address and port to listen on; port 0 takes a free one. 0.0.0.0 or [::] lets other machines in.',
  ),
  publicUrl: maybe(
    'place',
    'EVERFACE_PUBLIC_URL',
    kinds.webAddress,
    'taken from the Host of each request',
    'How the outside reaches the service, such as https://faces.example.com. Set it wherever a proxy stands in front.',
  ),
  data: given(
    'place',
    'EVERFACE_DATA',
    kinds.words('a folder'),
    './everface-data',
    'Folder of the embedded store (SQLite), of its secret, and of the pictures unless EVERFACE_BLOBS names another place.',
  ),
  databaseUrl: hidden(
    'place',
    'DATABASE_URL',
    kinds.postgresAddress,
    'the embedded store is used',
    'A PostgreSQL database (15 or newer) to keep everything in, so that several machines can share the work.',
  ),
  blobs: maybe(
    'place',
    'EVERFACE_BLOBS',
    kinds.blobPlace,
    '`blobs` in the data folder',
    'Where the bytes of pictures lie: a folder, or a bucket of any S3-compatible store.',
  ),
  s3Endpoint: maybe(
    'place',
    'EVERFACE_S3_ENDPOINT',
    kinds.webAddress,
    'Amazon’s own, by region',
    'Address of the S3-compatible store: Tencent COS, Aliyun OSS, MinIO and others.',
  ),
  s3Region: maybe(
    'place',
    'EVERFACE_S3_REGION',
    kinds.words('a region such as eu-central-1 or ap-guangzhou'),
    '`us-east-1`, which most stores with an endpoint of their own ignore',
    'Region of the bucket. Needed where no endpoint is named.',
  ),
  s3PathStyle: given(
    'place',
    'EVERFACE_S3_PATH_STYLE',
    kinds.yesNo,
    'no',
    'Puts the bucket into the path instead of the host name. MinIO wants yes; Tencent COS and Aliyun OSS want no.',
  ),
  s3AccessKeyId: hidden(
    'place',
    'EVERFACE_S3_ACCESS_KEY_ID',
    kinds.words('an access key id'),
    'the credentials of the machine (role, profile) are used',
    'Access key id for the bucket.',
  ),
  s3SecretAccessKey: hidden(
    'place',
    'EVERFACE_S3_SECRET_ACCESS_KEY',
    kinds.words('a secret access key'),
    'the credentials of the machine (role, profile) are used',
    'Secret access key for the bucket.',
  ),
  secret: hidden(
    'secrets',
    'EVERFACE_SECRET',
    kinds.secretText,
    'made at the first start and kept in the data folder; required with PostgreSQL',
    'Signs page tokens and picture URLs, encrypts what people granted, signs webhooks. All processes need the same.',
  ),
  oldSecrets: hidden(
    'secrets',
    'EVERFACE_OLD_SECRETS',
    kinds.secretTexts,
    'none',
    'Secrets that were in force before: still accepted, never used anew. This is how EVERFACE_SECRET is changed.',
  ),
  mode: given(
    'pictures',
    'EVERFACE_MODE',
    kinds.oneOf(...showModes),
    'copy',
    'What a picture address shows: our copy; a redirect to the platform; or auto, the redirect while the link is believed alive.',
  ),
  fallback: given(
    'pictures',
    'EVERFACE_FALLBACK',
    kinds.oneOf(...fallbacks),
    'initials',
    'What is shown when there is no picture: a face of initials, or none (404).',
  ),
  signing: given(
    'pictures',
    'EVERFACE_SIGNING',
    kinds.oneOf('off', 'required'),
    'off',
    'Whether picture addresses need a signature; with required nobody can find out who is registered.',
  ),
  cache: given(
    'pictures',
    'EVERFACE_CACHE',
    kinds.size('64GiB'),
    '256MiB',
    'Memory for resized pictures that were asked for lately.',
  ),
  suspectAt: given(
    'pictures',
    'EVERFACE_SUSPECT_AT',
    kinds.whole(2, 1_000_000),
    '5',
    'So many people with the very same bytes make a suspected placeholder, which is shown to an operator.',
  ),
  placeholderAt: given(
    'pictures',
    'EVERFACE_PLACEHOLDER_AT',
    kinds.whole(0, 1_000_000_000),
    '0',
    'So many make it a placeholder without asking anybody; 0 always asks.',
  ),
  hosts: given(
    'looks',
    'EVERFACE_HOSTS',
    kinds.hostNames,
    '',
    'Hosts that sources may lie on besides those of known providers. The service asks nobody else.',
  ),
  rate: given(
    'looks',
    'EVERFACE_RATE',
    kinds.rate('s', 0.01, 100_000),
    '50/s',
    'Looks at one provider, all processes together, at the most; it halves by itself when a provider says "slow down".',
  ),
  budget: given(
    'looks',
    'EVERFACE_BUDGET',
    kinds.decimal(0.01, 1_000),
    '4',
    'Looks that the sweep may spend on an avatar in 30 days, on average.',
  ),
  concurrency: given(
    'looks',
    'EVERFACE_CONCURRENCY',
    kinds.whole(1, 10_000),
    '256',
    'Requests on their way at once in one process, all hosts together.',
  ),
  edges: given(
    'looks',
    'EVERFACE_EDGES',
    kinds.whole(1, 64),
    '3',
    'Addresses of a host that are asked when the first answer is bad.',
  ),
  timeout: given(
    'looks',
    'EVERFACE_TIMEOUT',
    kinds.span('100ms', '10m'),
    '10s',
    'Time for one request, redirects included.',
  ),
  connectTo: given(
    'network',
    'EVERFACE_CONNECT_TO',
    kinds.connectRules,
    '',
    'Where to connect instead, as of curl; several for one host are its edges. What is named here is trusted.',
  ),
  ca: maybe(
    'network',
    'EVERFACE_CA',
    kinds.words('a file'),
    'only the system’s are trusted',
    'PEM file of certificates to trust besides the system’s.',
  ),
  proxy: maybe(
    'network',
    'EVERFACE_PROXY',
    kinds.proxyAddress,
    'sources are asked directly',
    'An http:// proxy for looks at sources. It resolves the names, so there is one edge, and addresses cannot be judged.',
  ),
  allowPrivate: given(
    'network',
    'EVERFACE_ALLOW_PRIVATE',
    kinds.yesNo,
    'no',
    'Permits private and loopback addresses, on any port. Whoever may register URLs may then reach your network.',
  ),
  allowPorts: given(
    'network',
    'EVERFACE_ALLOW_PORTS',
    kinds.ports,
    '',
    'Ports that are permitted besides 80 and 443.',
  ),
  history: given(
    'keeping',
    'EVERFACE_HISTORY',
    kinds.span('1d', '36500d'),
    '400d',
    'How long observations and events are kept.',
  ),
  unseenCopies: given(
    'keeping',
    'EVERFACE_UNSEEN_COPIES',
    kinds.span('1d', '36500d'),
    '180d',
    'How long copies are kept that no avatar shows any more.',
  ),
  webhooks: given(
    'webhooks',
    'EVERFACE_WEBHOOKS',
    kinds.webhookAddresses,
    '',
    'Addresses that changes are told to; see [webhooks.md](webhooks.md). Private ones are allowed: you name them yourself.',
  ),
  webhookSecret: hidden(
    'webhooks',
    'EVERFACE_WEBHOOK_SECRET',
    kinds.webhookSecrets,
    'derived from EVERFACE_SECRET; `everface key webhook-secret` prints it',
    'Signs webhooks. Of several, each makes a signature, which is how the secret is changed without a gap.',
  ),
  policy: maybe(
    'people',
    'EVERFACE_POLICY',
    kinds.words('a file'),
    'the standard policy holds, with what the other settings say',
    'The policy file (see [policy.md](policy.md)): when people may be asked, when what they granted is used. It overrides EVERFACE_MODE, EVERFACE_FALLBACK, EVERFACE_HISTORY and EVERFACE_UNSEEN_COPIES where it speaks of the same.',
  ),
  wechatApps: given(
    'people',
    'EVERFACE_WECHAT_APPS',
    wechatKinds.apps,
    '',
    'The apps of WeChat that people authorize; see [wechat.md](wechat.md).',
  ),
  wechatSecrets: hidden(
    'people',
    'EVERFACE_WECHAT_SECRETS',
    wechatKinds.secrets,
    'required by official accounts and websites',
    'The AppSecret of each app.',
  ),
  wechatPush: hidden(
    'people',
    'EVERFACE_WECHAT_PUSH',
    wechatKinds.push,
    'messages of WeChat are refused',
    'Token, and in the secure mode EncodingAESKey, of each app that pushes messages to /webhooks/wechat/APPID.',
  ),
  returnOrigins: given(
    'people',
    'EVERFACE_RETURN_ORIGINS',
    wechatKinds.origins,
    '',
    'Origins that people may be sent back to after they authorized; nobody is sent anywhere else.',
  ),
  rateLimit: given(
    'service',
    'EVERFACE_RATE_LIMIT',
    kinds.rate('min', 0, 100_000_000),
    '6000/min',
    'Requests for each API key; 0 for no bound.',
  ),
  log: given(
    'service',
    'EVERFACE_LOG',
    kinds.oneOf('debug', 'info', 'warn', 'error', 'silent'),
    'info',
    'What is logged, as JSON on standard output.',
  ),
} as const satisfies Record<string, Setting<unknown>>

/** The key of a setting. */
export type SettingKey = keyof typeof table

/** All keys in the order of the table. */
export const settingKeys = Object.keys(table) as SettingKey[]

/** The command-line flag of a setting; null for secrets. */
export function flagOf(key: SettingKey): string | null {
  if (table[key].secret) return null
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** The variable that names a file with the value of a secret, as containers mount them; null for what is no secret. */
export function fileVariableOf(key: SettingKey): string | null {
  return table[key].secret ? `${table[key].variable}_FILE` : null
}
