// The few words that a person sees on the way through an authorization when there is nowhere to send them on: Chinese and
// English, for a phone, without a script.

/** What may be said. */
const words = {
  done: [200, '授权完成，可以关闭此页面了。', 'Done. You may close this page.'],
  refused: [200, '未授权，头像不会更新。', 'You did not agree; nothing was changed.'],
  failed: [
    200,
    '未能更新头像，请稍后再试。',
    'The picture could not be renewed. Please try again later.',
  ],
  'link-invalid': [
    400,
    '链接无效或已过期，请返回应用重试。',
    'This link is not valid any more. Please go back to the app.',
  ],
  'return-refused': [
    400,
    '返回地址不在允许的范围内。',
    'The address to return to is not one of EVERFACE_RETURN_ORIGINS.',
  ],
  'app-missing': [404, '未配置微信应用。', 'No app of WeChat is set up for this.'],
  'other-browser': [
    400,
    '请在发起授权的浏览器中完成授权。',
    'Please finish in the browser in which you began.',
  ],
  'too-many': [429, '请求过于频繁，请稍后再试。', 'Too many requests. Please wait a moment.'],
  away: [
    503,
    '服务暂时不可用，请稍后再试。',
    'The service cannot be reached right now. Please try again soon.',
  ],
} as const satisfies Readonly<Record<string, readonly [status: number, zh: string, en: string]>>

/** A page that ends the way. */
export type EndPage = keyof typeof words

/** The page. */
export function endPage(which: EndPage): Response {
  const [status, zh, en] = words[which]
  const body = `<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${zh}</title></head>
<body><main><p>${zh}</p><p lang="en">${en}</p></main></body></html>
`
  return new Response(body, {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      ...(status === 503 ? { 'Retry-After': '5' } : {}),
    },
  })
}
