// The token in Tencent's avatar URLs. Measured on 66 distinct well-formed public tokens: base64 without padding, where
// `ia` is `+`, `ib` is `/` and `ic` is `i`; the bytes behind it are a multiple of 8. A cut token breaks one of the two,
// or leaves bits in its last character that no whole byte needs.

/** What is wrong with a URL: the last part of a rule's id, and a sentence. */
export interface TokenFault {
  readonly reason: string
  readonly detail: string
}

/** Fewest bytes seen, by path form. Other multiples of 8 are let pass: the sample is small. */
const shortest: Readonly<Record<string, number>> = {
  'mmopen/vi_32': 64,
  mmopen: 64,
  mmhead: 40,
  'mmhead/ver_1': 64,
  bizmail: 40,
  bizmp: 40,
}

/** The six bits of each base64 letter or digit by its code; -1 for any other character. */
const bitsOf = new Int8Array(128).fill(-1)
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
for (let at = 0; at < alphabet.length; at++) bitsOf[alphabet.charCodeAt(at)] = at
const bitsOfI = 34

/**
 * Says what is wrong with a token, or null when nothing is.
 * @param form the path in front of the token, such as `mmopen/vi_32`
 */
export function checkToken(form: string, token: string): TokenFault | null {
  let characters = 0
  let last = 0
  for (let at = 0; at < token.length; at++) {
    let bits = bitsOf[token.charCodeAt(at)] ?? -1
    if (bits < 0) return strange
    if (bits === bitsOfI) {
      const escape = ++at < token.length ? token.charCodeAt(at) : 0
      if (escape === 0) return cut('it ends inside an escape')
      // ia, ib, ic: the characters + and /, which a path cannot carry, and i itself.
      if (escape < 97 || escape > 99) return strange
      bits = escape === 97 ? 62 : escape === 98 ? 63 : bitsOfI
    }
    last = bits
    characters++
  }
  const bytes = Math.floor((characters * 6) / 8)
  const spare = characters * 6 - bytes * 8
  if (spare === 6 || bytes % 8 !== 0) {
    return cut(`${characters} base64 characters are no whole number of 8-byte blocks`)
  }
  if ((last & ((1 << spare) - 1)) !== 0) return cut('its last character stands inside a byte')
  const least = shortest[form] ?? 40
  return bytes < least ? cut(`${bytes} bytes where at least ${least} are usual`) : null
}

const strange: TokenFault = {
  reason: 'token',
  detail: 'The token has characters that WeChat’s escape does not use.',
}

function cut(why: string): TokenFault {
  return {
    reason: 'cut-token',
    detail: `The token is cut or changed: ${why} (a column too short?).`,
  }
}
