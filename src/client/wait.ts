// How long to wait before a call is tried again, and the waiting itself.

const firstMs = 200
const longestMs = 10_000

/**
 * Milliseconds before try number `tries + 1`, of which `tries` have failed: a random part of a bound that doubles, so
 * that many clients do not come back together. What the service asked for is a floor.
 * @param random 0 to below 1
 */
export function waitMs(tries: number, retryAfterMs: number | null, random: () => number): number {
  const bound = Math.min(longestMs, firstMs * 2 ** (tries - 1))
  return Math.round((retryAfterMs ?? 0) + random() * bound)
}

/** `Retry-After` in milliseconds: seconds, or a date; null for anything else. */
export function readRetryAfter(value: string | null, now: number): number | null {
  if (value === null) return null
  const text = value.trim()
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000
  // Only the form that HTTP knows: Date.parse takes a bare "-1" for a year.
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(text)) return null
  const at = Date.parse(text)
  return Number.isFinite(at) ? Math.max(0, at - now) : null
}

/** Resolves after so many milliseconds; rejects with the signal's reason when it is aborted before. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    function stop(): void {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
