// The forms of picture URLs: who serves them on which hosts, their sizes, and how a URL is written.
// WeChat's are bound to one picture for ever; QQ's old ones always show the newest; the signed ones of the
// generic provider die at the time written in them (only the `oe=` style, hexadecimal seconds, is made).
import { hash } from 'node:crypto'

import { mix } from './random.ts'
import { makeToken } from './tokens.ts'

/** Who runs a host. */
export type Provider = 'wechat' | 'qq' | 'signed'

/** Every form of URL that is served. */
export const formNames = [
  'mmopen/vi_32',
  'mmopen',
  'mmhead',
  'mmhead/ver_1',
  'g',
  'headimg_dl',
  'qqapp',
  'oidb',
  'qqopen',
  'signed',
] as const

/** A form of URL. */
export type FormName = (typeof formNames)[number]

/** How URLs of one form look and behave. */
export interface Form {
  readonly name: FormName
  readonly provider: Provider
  /** The hosts that serve it, in the order in which people are spread over them. */
  readonly hosts: readonly string[]
  /** The sizes that may be asked for; 0 is the original, here 640 pixels wide. */
  readonly sizes: readonly number[]
  /** The size in a URL as the platform hands it out. */
  readonly size: number
  /** Whether the URL stays the same when the picture changes. */
  readonly stable: boolean
  /** How much of a population uses it when nothing else was asked for. */
  readonly share: number
  /** The part of the URL that names the picture. */
  key(seed: number, n: number, version: number): string
  /** Path and query of the URL. */
  path(key: string, size: number, stamp: number, expiresAt: number): string
}

const wechatHosts = ['thirdwx.qlogo.cn', 'wx.qlogo.cn']
const qqHosts = ['q1.qlogo.cn', 'q2.qlogo.cn', 'q3.qlogo.cn', 'q4.qlogo.cn']
const wechatSizes = [0, 46, 64, 96, 132]
const qqSizes = [1, 2, 3, 4, 5, 40, 100, 140, 640]

const appId = '101234567'

/** The forms by name. */
export const forms: Readonly<Record<FormName, Form>> = {
  'mmopen/vi_32': wechatForm('mmopen/vi_32', wechatHosts, 64, 132, 0.82),
  mmopen: wechatForm('mmopen', wechatHosts, 72, 132, 0.1),
  // Contact cards were only ever seen on wx.qlogo.cn; thirdwx answers 404 for them here.
  mmhead: wechatForm('mmhead', ['wx.qlogo.cn'], 40, 0, 0.02),
  'mmhead/ver_1': wechatForm('mmhead/ver_1', ['wx.qlogo.cn'], 80, 132, 0.06),
  g: {
    ...qqForm('g', qqHosts),
    key: uin,
    path: (key, size) => `/g?b=qq&nk=${key}&s=${size}`,
  },
  headimg_dl: {
    ...qqForm('headimg_dl', ['q.qlogo.cn']),
    key: uin,
    path: (key, size) => `/headimg_dl?dst_uin=${key}&spec=${size}`,
  },
  qqapp: {
    ...qqForm('qqapp', ['q.qlogo.cn', 'thirdqq.qlogo.cn']),
    key: (seed, n, version) => hex(seed, n, version, 4).toUpperCase(),
    path: (key, size) => `/qqapp/${appId}/${key}/${size}`,
  },
  oidb: {
    ...qqForm('oidb', ['thirdqq.qlogo.cn']),
    key: (seed, n, version) => makeToken(16, seed, n, version),
    path: (key, size, stamp) => `/g?b=oidb&k=${key}&kti=${key.slice(0, 10)}&s=${size}&t=${stamp}`,
  },
  qqopen: {
    ...qqForm('qqopen', ['thirdqq.qlogo.cn']),
    key: (seed, n, version) => makeToken(64, seed, n, version),
    path: (key, size, stamp) => `/qqopen/${key}/${size}?v=${stamp.toString(16).slice(-4)}`,
  },
  signed: {
    name: 'signed',
    provider: 'signed',
    hosts: ['scontent.xx.fbcdn.net'],
    sizes: [96],
    size: 96,
    stable: false,
    share: 0,
    key: (seed, n, version) => `${mix(seed, n, version, 1)}_${mix(seed, n, version, 2)}_n.jpg`,
    path(key, size, _stamp, expiresAt) {
      const oe = Math.floor(expiresAt / 1000)
        .toString(16)
        .toUpperCase()
      const target = `/v/t39.30808-1/${key}?stp=cp0_dst-jpg_s${size}x${size}&_nc_cat=1`
      return `${target}&oh=${signature(target, oe)}&oe=${oe}`
    },
  },
}

/** Every host of every form. */
export const hosts: readonly string[] = [...new Set(formNames.flatMap((name) => forms[name].hosts))]

/** The path of the grey default picture of users who show nothing; it is a placeholder by its URL alone. */
export const defaultToken =
  'POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg'

/** The signature of a URL of the generic provider: over all of it, so that no part can be altered. */
export function signature(target: string, oe: string): string {
  return `00_${hash('md5', `not a secret ${target}&oe=${oe}`, 'base64url')}`
}

function wechatForm(
  name: FormName,
  formHosts: readonly string[],
  bytes: number,
  size: number,
  share: number,
): Form {
  return {
    name,
    provider: 'wechat',
    hosts: formHosts,
    sizes: wechatSizes,
    size,
    stable: false,
    share,
    key: (seed, n, version) => makeToken(bytes, seed, n, version),
    path: (key, asked) => `/${name}/${key}/${asked}`,
  }
}

function qqForm(name: FormName, formHosts: readonly string[]): Omit<Form, 'key' | 'path'> {
  return {
    name,
    provider: 'qq',
    hosts: formHosts,
    sizes: qqSizes,
    size: 100,
    stable: true,
    share: 0,
  }
}

function uin(seed: number, n: number, version: number): string {
  return String(100_000_000 + (mix(seed, n, version) % 3_400_000_000))
}

function hex(seed: number, n: number, version: number, words: number): string {
  return Array.from({ length: words }, (_, i) =>
    mix(seed, n, version, i).toString(16).padStart(8, '0'),
  ).join('')
}
