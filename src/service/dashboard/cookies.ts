// Cookies: read strictly, written with everything that keeps them from scripts and from other sites.

/** The cookie's value; null without one. A name that stands there twice counts as absent: one of them is a stranger's. */
export function cookieOf(request: Request, name: string): string | null {
  const found = (request.headers.get('cookie') ?? '')
    .slice(0, 8_192)
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
  const [value] = found
  return found.length === 1 && value !== undefined && /^[\w.~-]{1,512}$/.test(value) ? value : null
}

/** A `Set-Cookie` value. `ageSeconds` 0 takes the cookie away. */
export function cookie(
  name: string,
  value: string,
  { ageSeconds, secure }: { ageSeconds: number; secure: boolean },
): string {
  const rest = `Path=/; Max-Age=${ageSeconds}; HttpOnly; SameSite=Strict`
  return `${name}=${value}; ${rest}${secure ? '; Secure' : ''}`
}
