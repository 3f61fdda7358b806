// The platform's error codes and the sentences that go with them. All arrive with HTTP 200; the sentence ends
// in a mark of the request, of one form until about 2021 and of another since, so that only the code can be
// matched. Sentences as the vendor's list has them; those marked "added" are not in our notes.

/** How the end of a sentence looks: ", rid: …" or " rid: …" (today), ", hints: [ req_id: … ]" (to 2021), or bare. */
export const suffixes = ['rid', 'hints', 'none'] as const

/** A form of the end of a sentence. */
export type Suffix = (typeof suffixes)[number]

/** A code of `errcodes`. */
export type Errcode = number

/** Sentences by code. */
export const errcodes: ReadonlyMap<Errcode, string> = new Map([
  [-1, 'system error'],
  [40001, 'invalid credential, access_token is invalid or not latest'],
  // Added.
  [40002, 'invalid grant_type'],
  [40003, 'invalid openid'],
  [40013, 'invalid appid'],
  [40014, 'invalid access_token'],
  [40029, 'invalid code'],
  [40030, 'invalid refresh_token'],
  // Added.
  [40066, 'invalid url'],
  [40125, 'invalid appsecret'],
  [40163, 'code been used'],
  [40226, 'code blocked'],
  [41001, 'access_token missing'],
  [41002, 'appid missing'],
  [41003, 'refresh_token missing'],
  [41004, 'appsecret missing'],
  [41008, 'missing code'],
  [41009, 'missing openid'],
  [42001, 'access_token expired'],
  [42002, 'refresh_token expired'],
  [42003, 'code expired'],
  [42007, 'access_token and refresh_token exception'],
  [45009, 'reach max api daily quota limit'],
  [45011, 'api minute-quota reach limit, must slower, retry next minute'],
  [48001, 'api unauthorized'],
  [48004, 'api forbidden for irregularities'],
  [50001, 'api unauthorized or user unauthorized'],
  [50002, 'user limited'],
  [87008, 'invalid sig_method'],
  [87009, 'invalid signature'],
])

/** Codes of the older interfaces, which have no comma before the mark. Which code has which is assumed. */
const withoutComma: ReadonlySet<Errcode> = new Set([
  -1, 40001, 40014, 41001, 42001, 42007, 45009, 45011, 48001, 48004, 50001, 50002,
])

/** The sentence for a code, with the mark of the request at its end. `now` in milliseconds. */
export function errmsg(code: Errcode, suffix: Suffix, now: number, mark: () => string): string {
  const sentence = errcodes.get(code) ?? 'system error'
  if (suffix === 'none') return sentence
  if (suffix === 'hints') return `${sentence}, hints: [ req_id: ${mark()} ]`
  // The first part of the mark is the time in seconds; the rest names a machine and a request.
  const seconds = Math.floor(now / 1000)
    .toString(16)
    .padStart(8, '0')
  const id = Buffer.from(mark()).toString('hex').padEnd(16, '0')
  const comma = withoutComma.has(code) ? '' : ','
  return `${sentence}${comma} rid: ${seconds}-${id.slice(0, 8)}-${id.slice(8, 16)}`
}
