// What the document tells of the addresses that WeChat, and people on their way through it, come to. They are no calls: what
// stands there looks at path, query and body by itself, because people are to be answered in sentences.
import { z } from '@hono/zod-openapi'
import { scenePattern } from '../../core/policy.ts'
import { pushAnswer } from '../../wechat/push.ts'
import type { AnswerShape, Described } from './operation.ts'
import { subject } from './shapes.ts'

const page = { body: z.string(), type: 'text/html' } as const
const later = { 'Retry-After': 'Seconds.' } as const
const tooMany: AnswerShape = {
  description: 'A page: too many requests from this address in a minute.',
  ...page,
  headers: later,
}
const away: AnswerShape = {
  description: 'A page: a part of the service is away. The link may be opened again.',
  ...page,
  headers: later,
}

const ending =
  '`everface=ok`, or `refused` when the person did not agree, or `failed` with an `everface-reason`'

const signed = {
  timestamp: z
    .string()
    .regex(/^\d{1,12}$/)
    .openapi({ description: 'Seconds; believed for ten minutes.', example: '1790000000' }),
  nonce: z.string().openapi({ description: 'As the platform chose it.', example: '1320562132' }),
}
const signature = z.string().regex(/^[0-9a-f]{40}$/)
const plainly = signature.openapi({
  description: 'SHA-1 of token, `timestamp` and `nonce`, sorted.',
  example: 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00',
})

const refusals =
  '`signature-invalid` where the app’s token or key did not sign, or more than ten minutes ago; `route-unknown` '
const ofAll = `The address of all apps. ${refusals}where no app has a push token.`
const ofOne = `The address of one app. ${refusals}where the app has no push token.`
const appid = z.object({
  appid: z.string().openapi({ description: 'The app’s id.', example: 'wx0123456789abcdef' }),
})

const echo = {
  tag: 'wechat',
  access: 'open',
  query: z.object({
    signature: plainly,
    ...signed,
    echostr: z
      .string()
      .regex(/^[\w+/=.-]{1,512}$/)
      .openapi({ description: 'What is to be echoed.', example: '5837105221938120473' }),
  }),
  answers: {
    200: {
      description: '`echostr`: the token is known here.',
      body: z.string(),
      type: 'text/plain',
    },
  },
  problems: ['query-invalid', 'signature-invalid', 'route-unknown'],
} as const

const message = z
  .union([
    z.looseObject({ ToUserName: z.string(), Encrypt: z.string() }),
    z.looseObject({ MsgType: z.string(), Event: z.string().optional() }),
  ])
  .openapi({
    description: 'A message of the platform: sealed, or plain for an app without a key. Or XML.',
    example: { ToUserName: 'gh_0123456789ab', Encrypt: 'c2VhbGVk' },
  })

const take = {
  tag: 'wechat',
  access: 'open',
  query: z.object({
    ...signed,
    signature: plainly.optional(),
    msg_signature: signature.optional().openapi({
      description: 'SHA-1 of token, `timestamp`, `nonce` and `Encrypt`: of a sealed message.',
      example: 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00',
    }),
  }),
  body: {
    kind: 'raw',
    // Either is taken whatever is said of it: the platform sends JSON that it calls XML.
    types: ['application/json', 'text/xml'],
    schema: message,
    description: 'At most 64 KiB.',
  },
  answers: {
    200: {
      description: 'The message is written down; what it demands is done afterwards, once.',
      body: z.literal(pushAnswer),
      type: 'text/plain',
    },
  },
  problems: [
    'body-malformed',
    'signature-invalid',
    'route-unknown',
    'body-too-large',
    'media-type-unsupported',
    'store-unreachable',
  ],
} as const

/** The addresses, as rows of the document. */
export const wechatUrls = {
  'GET /oauth/wechat/start': {
    id: 'startWechat',
    tag: 'wechat',
    summary: 'Send a person to the consent page of WeChat',
    description:
      'For a browser: `authorizeUrl` of a decision leads here. Inside WeChat an official account opens, elsewhere the code ' +
      'of a website; `appid` names another. Counts as a prompt.',
    access: 'page',
    query: z.object({
      subject,
      token: z
        .string()
        .openapi({ description: 'A page token for this subject.', example: 'ept_made-up' }),
      scene: z
        .string()
        .regex(new RegExp(scenePattern))
        .optional()
        .openapi({ description: 'Where the person was asked.', example: 'profile' }),
      return: z.string().optional().openapi({
        description: 'Where to go afterwards, at an origin of `EVERFACE_RETURN_ORIGINS`.',
        example: 'https://app.example.com/me',
      }),
      appid: z
        .string()
        .optional()
        .openapi({ description: 'One of our apps.', example: 'wx0123456789abcdef' }),
    }),
    answers: {
      302: {
        description: 'On to WeChat.',
        headers: {
          Location: 'The consent page.',
          'Set-Cookie': 'The journey; it is believed in this browser alone, for ten minutes.',
        },
      },
      400: {
        description:
          'A page: the link is not valid (any more), or may not return where it wants to.',
        ...page,
      },
      404: { description: 'A page: no app of WeChat is set up, or not the one named.', ...page },
      429: tooMany,
      503: away,
    },
  },
  'GET /oauth/wechat/callback': {
    id: 'endWechat',
    tag: 'wechat',
    summary: 'Take a person back from the consent page of WeChat',
    description:
      'For a browser, with the cookie of the journey. A journey ends once; the page loaded again ends the same way.',
    access: 'page',
    query: z.object({
      state: z
        .string()
        .regex(/^[0-9a-f]{96}$/)
        .openapi({ description: 'As it was sent along.', example: '0123456789abcdef'.repeat(6) }),
      code: z.string().optional().openapi({
        description: 'What the platform gave; absent when the person did not agree.',
        example: '061AbC0w3made1up',
      }),
    }),
    answers: {
      200: {
        description: 'A page: how it ended, where no address to return to is known.',
        ...page,
      },
      302: {
        description: 'Back to the app.',
        headers: { Location: `The address to return to, with ${ending}.` },
      },
      400: {
        description: 'A page: the journey is unknown, too old, or began in another browser.',
        ...page,
      },
      429: tooMany,
      503: away,
    },
  },
  'GET /webhooks/wechat': {
    ...echo,
    id: 'echoWechat',
    summary: 'Show WeChat that the token is known',
    description: ofAll,
  },
  'POST /webhooks/wechat': {
    ...take,
    id: 'takeWechat',
    summary: 'Take a message of WeChat',
    description: ofAll,
  },
  'GET /webhooks/wechat/{appid}': {
    ...echo,
    id: 'echoWechatApp',
    summary: 'Show WeChat that the token of an app is known',
    description: ofOne,
    params: appid,
  },
  'POST /webhooks/wechat/{appid}': {
    ...take,
    id: 'takeWechatApp',
    summary: 'Take a message of WeChat for an app',
    description: ofOne,
    params: appid,
  },
} as const satisfies Readonly<Record<string, Described>>
