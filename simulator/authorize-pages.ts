// The pages of `open.weixin.qq.com`: consent, refusals and mistakes, in Chinese and English, for a phone's width,
// without a line of JavaScript. Pure: what they show comes in as arguments.
import type { HeaderList } from './answers.ts'
import type { Answer } from './respond.ts'

/** Somebody who can be chosen. */
export interface Choice {
  readonly id: string
  readonly nickname: string
}

/** What a consent page asks. */
export interface ConsentPage {
  readonly appid: string
  /** Where a yes leads to. */
  readonly domain: string
  readonly scope: string
  /** Whether it stands for a QR code on a website. */
  readonly isQr: boolean
  /** Names this question when the form comes back. */
  readonly ticket: string
  readonly people: readonly Choice[]
  /** Who is chosen to begin with. */
  readonly chosen: string
  /** What was wrong with the answer before; null at first. */
  readonly problem: string | null
}

/** A page that ends the way: in the platform's words, with its code, and in ours. */
export interface EndPage {
  /** The platform's sentence. */
  readonly says: string
  readonly code: number | null
  /** What it means, for the developer in front of it. */
  readonly meaning: string
}

/** The page that asks. */
export function consentPage(page: ConsentPage): Answer {
  const what =
    page.scope === 'snsapi_userinfo' || page.scope === 'snsapi_login'
      ? ['获得你的昵称、头像', 'Use your name and picture']
      : ['获得你的帐号标识', 'Use your account’s identifier']
  const people = page.people.map(
    ({ id, nickname }) => `<label class="person">
<input type="radio" name="person" value="${id}"${id === page.chosen ? ' checked' : ''}>
<img src="/connect/face/${id}" width="40" height="40" alt="">
<span dir="auto">${escapeHtml(nickname)}</span> <small>${id}</small></label>`,
  )
  const scanned = page.isQr
    ? `<p class="qr" lang="zh">请使用微信扫描二维码登录<br><span lang="en">This page stands for the QR code and for the phone that scans it.</span></p>`
    : ''
  const problem = page.problem === null ? '' : `<p role="alert">${escapeHtml(page.problem)}</p>`
  return html(
    200,
    '微信授权 · WeChat sign-in (simulated)',
    `<h1 lang="zh">微信授权 <span lang="en">WeChat sign-in</span></h1>
${scanned}<p><code>${escapeHtml(page.appid)}</code> (${escapeHtml(page.domain)}) 申请 <span lang="en">asks to</span></p>
<ul><li>${what[0]} <span lang="en">${what[1]}</span></li></ul>${problem}
<form method="post" action="/connect/confirm">
<input type="hidden" name="ticket" value="${page.ticket}">
<fieldset><legend>谁来回答 <span lang="en">Who answers</span></legend>
${people.join('\n')}
<label class="other">其他 <span lang="en">Somebody else</span> <input name="other" placeholder="p123" pattern="p[0-9]+" autocomplete="off"></label></fieldset>
<button name="answer" value="allow" class="yes">允许 <span lang="en">Allow</span></button>
<button name="answer" value="refuse">拒绝 <span lang="en">Refuse</span></button>
${page.isQr ? '' : '<button name="answer" value="snapshot">快照页模式 <span lang="en">Allow as a snapshot visitor (virtual profile)</span></button>'}
</form>`,
  )
}

/** The page at which the way ends. The status is 200, as with everything else of the platform; assumed. */
export function endPage({ says, code, meaning }: EndPage): Answer {
  const number = code === null ? '' : `<p>错误码:${code}</p>`
  return html(
    200,
    code === null ? says : `${says}，错误码:${code}`,
    `<h1 lang="zh">${escapeHtml(says)}</h1>
${number}<p lang="en">${escapeHtml(meaning)}</p>`,
  )
}

/** Sends on to an address, with a cookie that remembers who answered. */
export function sendOn(to: string, person: string): Answer {
  const headers = ['Location', to, 'Set-Cookie', `sim_person=${person}; Path=/connect; HttpOnly`]
  return {
    status: 302,
    headers: [...common('text/html; charset=utf-8', 0), ...headers],
    body: none,
  }
}

/** Headers that every answer of the two account hosts has. */
export function common(type: string, bytes: number): HeaderList {
  return ['Connection', 'keep-alive', 'Content-Type', type, 'Content-Length', String(bytes)]
}

const none = Buffer.alloc(0)

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:0 auto;padding:1rem;color:#191919;background:#fff}
h1{font-size:1.25rem}[lang=en]{color:#595959;font-size:.875rem;font-weight:400}fieldset{border:1px solid #d9d9d9;border-radius:8px;margin:0 0 1rem;padding:.5rem}
.person{display:flex;align-items:center;gap:.5rem;min-height:48px}.person span{overflow-wrap:anywhere}.person img{border-radius:4px;background:#ededed}
.other{display:block;padding-top:.5rem}.other input{font:inherit;width:7rem}small{color:#595959}
button{display:block;width:100%;min-height:48px;margin:.5rem 0;border:1px solid #b2b2b2;border-radius:8px;background:#f7f7f7;color:inherit;font:inherit}
.yes{background:#06764a;border-color:#06764a;color:#fff}.yes [lang=en]{color:#fff}.qr{border:1px dashed #b2b2b2;border-radius:8px;padding:.75rem}[role=alert]{color:#a8071a}
@media (prefers-color-scheme:dark){body{background:#111;color:#eee}[lang=en],small{color:#b2b2b2}button{background:#2c2c2c}[role=alert]{color:#ff9c9c}}`

function html(status: number, title: string, body: string): Answer {
  const page = Buffer.from(`<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><main>${body}</main></body></html>
`)
  const headers = [
    ...common('text/html; charset=utf-8', page.length),
    'Cache-Control',
    'no-store',
    'Content-Security-Policy',
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'",
  ]
  return { status, headers, body: page }
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`)
}
