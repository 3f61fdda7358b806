// An answer that costs something and may be a little late: asked for once by all who want it, and kept for a while.

/** Makes a reader that asks `read` at most once in `keptMs`, and once at a time. Failures are not kept. */
export function createKept<T>(
  read: () => Promise<T>,
  keptMs: number,
  now: () => number,
): () => Promise<T> {
  let kept: { readonly value: T; readonly at: number } | null = null
  let asking: Promise<T> | null = null

  async function ask(): Promise<T> {
    const value = await read()
    kept = { value, at: now() }
    return value
  }

  return () => {
    const ageMs = kept === null ? 0 : now() - kept.at
    // A negative age is that of a clock which was set back.
    if (kept !== null && ageMs >= 0 && ageMs < keptMs) return Promise.resolve(kept.value)
    asking ??= ask().finally(() => {
      asking = null
    })
    return asking
  }
}
