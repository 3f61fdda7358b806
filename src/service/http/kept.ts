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
    if (kept !== null && now() - kept.at < keptMs) return Promise.resolve(kept.value)
    asking ??= ask().finally(() => {
      asking = null
    })
    return asking
  }
}
