// Refresh tokens lie sealed in the store, each for its person and app: a row that is copied elsewhere opens nothing.

/** Seals texts; src/store/seal.ts makes one. */
export interface Seal {
  seal(plain: string, context: string): string
  /** Throws `secret-wrong`. */
  open(sealed: string, context: string): string
  /** Whether it is to be sealed anew. */
  isOld(sealed: string): boolean
}

/** Whom a refresh token is sealed for. */
export function contextOf(subject: string, appid: string): string {
  return `grant ${appid} ${subject}`
}
