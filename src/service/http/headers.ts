// Headers that every answer carries unless its route said otherwise: nothing here is to be framed, sniffed, or run.

const usual: readonly (readonly [name: string, value: string])[] = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Cache-Control', 'no-store'],
]

/** For routes that pages of any origin may use; no cookie or key of the browser goes along. */
export const crossOrigin: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'RateLimit, RateLimit-Policy, Retry-After, X-Request-Id',
  'Cross-Origin-Resource-Policy': 'cross-origin',
}

/** Adds what the route did not say. */
export function secure(headers: Headers): void {
  for (const [name, value] of usual) if (!headers.has(name)) headers.set(name, value)
}
