// The answers that pages are given in: with a policy that lets a page load what is ours and nothing else.
import type { Markup } from './markup.ts'

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Whose headers every page has. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': policy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
  // Forms tell our own origin where they come from; nobody else is told anything.
  'Referrer-Policy': 'same-origin',
  'Cache-Control': 'no-store',
  Vary: 'Cookie, Accept-Language, HX-Request',
}

/** A page or a part of one. */
export function pageAnswer(
  markup: Markup,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(markup.toString(), { status, headers: { ...pageHeaders, ...headers } })
}

/** Leads on to a path of ours, by GET. */
export function leadOn(to: string, cookies: readonly string[] = []): Response {
  const headers = new Headers({ ...pageHeaders, Location: to })
  headers.delete('Content-Type')
  for (const cookie of cookies) headers.append('Set-Cookie', cookie)
  return new Response(null, { status: 303, headers })
}

/** A path of ours, whatever was sent; without what was told last. Nothing leads to another origin. */
export function safePath(text: string): string {
  if (!/^\/(?![/\\])[\x21-\x7e]{0,1024}$/.test(text) || text.includes('\\')) return '/'
  const { origin, pathname, searchParams } = new URL(text, 'http://inside')
  if (origin !== 'http://inside' || pathname.startsWith('//')) return '/'
  searchParams.delete('told')
  return searchParams.size === 0 ? pathname : `${pathname}?${searchParams.toString()}`
}

/** The path with a word on what was done. */
export function withTold(path: string, told: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}told=${told}`
}

/**
 * Whether a form was sent from a page of ours. Browsers say so themselves; where they do not, the token in the form
 * decides alone.
 */
export function isOwnForm(request: Request, publicUrl: string | null): boolean {
  const site = request.headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin' || site === 'none'
  const origin = request.headers.get('origin')
  if (origin === null) return true
  if (!URL.canParse(origin)) return false
  const hosts = [request.url, ...(publicUrl === null ? [] : [publicUrl])].map(
    (url) => new URL(url).host,
  )
  return hosts.includes(new URL(origin).host)
}

/** Whether the browser reaches us by TLS, as far as anybody says. */
export function isSecure(request: Request, publicUrl: string | null): boolean {
  if (publicUrl !== null) return publicUrl.startsWith('https:')
  return (
    request.url.startsWith('https:') || request.headers.get('x-forwarded-proto')?.trim() === 'https'
  )
}
