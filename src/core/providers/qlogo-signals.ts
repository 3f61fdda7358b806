// What Tencent's picture servers (ImgHttp, NWS) say in their headers: common to WeChat, WeCom and QQ, each of which
// makes its own rules of it. Header values decide, never their presence: X-ErrNo stands on harmless refusals too.
import type { Condition, Evidence, Rule } from '../rules.ts'

/** Headers of a picture that is there. In every capture they agree; one of them beside a dead sign means a mixture. */
export const healthySigns: readonly Condition[] = [
  { headers: { 'x-info': 'real data' } },
  { headers: { 'x-bcheck': /^(?!0_0$)\d+_\d+$/ } },
  { headers: { 'cache-control': /max-age=[1-9]/ } },
]

/** The picture that stands for a missing one. */
export interface StandIn {
  /** Its size and type as captured: a sign beside the headers'. */
  readonly sign: Condition
  /** What an answer must not contradict: sizes that its versions may have, its type. */
  readonly about: Pick<Condition, 'bytes' | 'mime'>
}

/** The grey "cannot be viewed" picture: 5093 bytes in one capture of 2020, "about 5k" already in 2016. */
export const grey: StandIn = {
  sign: { bytes: 5093, mime: /^image\/png$/ },
  about: { bytes: [4608, 5632], mime: /^image\/png$/ },
}

/** Headers of the picture that stands for a missing one, besides the code itself. */
export const deadSigns: readonly Condition[] = [
  { headers: { 'cache-control': /no-cache/ } },
  { headers: { 'last-modified': 'Mon, 01 Jan 1990 00:00:00 GMT' } },
  { headers: { 'x-bcheck': '0_0' } },
]

/** The two capture runs that the rules for missing pictures rest on. */
export const capture2020: Evidence = {
  source: 'public Go source printing http.Head of a dead wx.qlogo.cn picture',
  date: '2020-06-07',
  note: 'the only complete dead answer found as text; cnblogs.com/flyrock/p/11507341.html shows the same two values in 2019',
}

/**
 * Rules for X-ErrNo -6101, "the picture was replaced": by the code, by X-Info, by three of the other signs.
 * @param limits what is not known about this provider, for the evidence
 */
export function goneRules(name: string, limits?: string): readonly Rule[] {
  const evidence = limits === undefined ? capture2020 : { ...capture2020, note: limits }
  return [
    {
      id: `${name}.signals-disagree`,
      verdict: 'unknown',
      when: { headers: { 'x-errno': '-6101' } },
      signs: { atLeast: 1, of: healthySigns },
      says: 'Dead and healthy headers in one answer: something between us and the host mixed two answers.',
      evidence: { ...capture2020, note: 'in every capture the five signals agree' },
    },
    {
      id: `${name}.errno-6101`,
      verdict: 'gone',
      when: { status: 200, headers: { 'x-errno': '-6101' } },
      says: 'X-ErrNo -6101: the picture was replaced by its owner',
      evidence,
    },
    {
      id: `${name}.notexist`,
      verdict: 'gone',
      when: { status: 200, headers: { 'x-errno': null, 'x-info': /^notexist:-6101$/ } },
      unless: healthySigns,
      says: 'X-Info notexist:-6101: the picture was replaced by its owner',
      evidence,
    },
    {
      id: `${name}.grey-picture`,
      verdict: 'gone',
      // The bytes may be unknown after a HEAD; known ones must be the grey picture's.
      when: { status: 200, headers: { 'x-errno': null, 'x-info': null }, ...grey.about },
      signs: { atLeast: 3, of: [...deadSigns, grey.sign] },
      unless: healthySigns,
      says: 'The grey "cannot be viewed" picture by its other signs; X-ErrNo was lost on the way.',
      evidence: {
        ...capture2020,
        note:
          limits ??
          'relays that strip x-info and x-bcheck are reported; three of the four other signs must agree',
      },
    },
  ]
}

/**
 * What follows a provider's rules for missing pictures: the healthy answers, then every answer that is not death.
 * @param title the provider for people
 * @param standIn the picture that would stand for a missing one
 */
export function serverRules(name: string, title: string, standIn: StandIn): readonly Rule[] {
  const dead = [...deadSigns, standIn.sign]
  return [
    {
      id: `${name}.real-data`,
      verdict: 'alive',
      when: {
        status: 200,
        headers: { 'x-info': 'real data', 'x-errno': null, 'x-failno': null },
        mime: /^image\//,
        bytes: [1, Infinity],
      },
      unless: dead,
      says: 'X-Info real data: the picture is there.',
      evidence: {
        source:
          'public Python source with copied headers (2018); satorijs/satori#32 (2022); still served in 2026-08',
        date: '2026-08',
      },
    },
    {
      id: `${name}.nws-cached`,
      verdict: 'alive',
      when: {
        status: 200,
        headers: {
          'x-info': null,
          'x-errno': null,
          'x-failno': null,
          'x-nws-log-uuid': /./,
          'cache-control': /max-age=[1-9]/,
        },
        mime: /^image\//,
        bytes: [1, Infinity],
      },
      unless: dead,
      says: 'Tencent’s CDN (NWS) serves the picture from its cache.',
      evidence: {
        source:
          'captures of imgcache.qq.com (2019-08-24) and of a picture on Tencent Cloud CDN (2020-06-07)',
        date: '2020-06-07',
        note: 'this generation sends no X-Info; no capture of an avatar on it exists',
      },
    },
    {
      id: `${name}.errno-106`,
      verdict: 'refused',
      when: { headers: { 'x-errno': '-106' } },
      says: 'X-ErrNo -106: the host refuses hot-linked or expired article pictures.',
      evidence: {
        source: 'public notes on mmbiz.qpic.cn answering HTTP 400 with x-errno -106',
        date: '2026',
        note: 'read by one author as hot-link refusal, by another as expiry: not death',
      },
    },
    {
      id: `${name}.unknown-errno`,
      verdict: 'unknown',
      when: {},
      signs: {
        atLeast: 1,
        of: [
          { headers: { 'x-errno': /./ } },
          { headers: { 'x-failno': /./ } },
          { headers: { 'x-info': /^notexist:/ } },
        ],
      },
      says: 'A code, or a status beside it, that is not known to mean a dead avatar.',
      evidence: {
        source:
          'Tencent application code: -5103017, -5103059, -3004, -3013 stand for other services’ failures',
        date: '2026',
      },
    },
    {
      id: `${name}.real-data-doubtful`,
      verdict: 'unknown',
      when: { status: 200, headers: { 'x-info': 'real data' }, mime: /^image\// },
      signs: { atLeast: 1, of: dead },
      says: 'X-Info real data beside a sign of the picture for missing ones: one of them is not this picture’s.',
      evidence: { ...capture2020, note: 'in every capture all signs of one answer agree' },
    },
    {
      id: `${name}.nws-doubtful`,
      verdict: 'unknown',
      when: { status: 200, headers: { 'x-nws-log-uuid': /./ }, mime: /^image\// },
      signs: { atLeast: 1, of: dead },
      says: 'Tencent’s CDN (NWS) serves a picture with a sign of the one for missing pictures.',
      evidence: {
        ...capture2020,
        note: 'no capture of an avatar on NWS exists; the living pictures captured there bear no such sign',
      },
    },
    {
      id: `${name}.bad-request`,
      verdict: 'malformed',
      when: { status: 400 },
      says: `HTTP 400: ${title} cannot read this URL (a cut token, a missing or doubled size).`,
      evidence: {
        source:
          'WeChat community oCJUswzSdrPAaatWP_XmQse_wpdI; four of five public reports are malformed URLs',
        date: '2023-12',
      },
    },
    {
      id: `${name}.not-found`,
      verdict: 'unknown',
      when: { status: 404 },
      says: `HTTP 404 is not how ${title} says that a picture is gone; another host may still have it.`,
      evidence: {
        source: 'report of thirdwx.qlogo.cn 404 while wx.qlogo.cn served the same path',
        date: '2018-05-16',
      },
    },
    {
      id: `${name}.not-a-picture`,
      verdict: 'unknown',
      when: { status: [200, 299], mime: /^(?!image\/)/ },
      says: `The answer is no picture: not from ${title} (a login page of a network?).`,
      evidence: { source: 'captive portals answer 200 with their own page', date: '2026' },
    },
    {
      id: `${name}.no-signal`,
      verdict: 'unknown',
      when: { status: [200, 299] },
      says: `No header tells alive from dead: a relay in between strips them. Ask ${title} directly.`,
      evidence: {
        source: 'relays reported to strip x-info, x-bcheck and user-returncode',
        date: '2026',
      },
    },
    {
      id: `${name}.other-status`,
      verdict: 'unknown',
      when: { status: 410 },
      says: `HTTP 410: a status that ${title} is not known to use for pictures.`,
      evidence: { source: 'no public report of HTTP 410 from qlogo.cn', date: '2026' },
    },
  ]
}
