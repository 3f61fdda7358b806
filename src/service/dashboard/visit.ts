// What a page is told of the one who looks at it, and of what stands in every page's frame.
import type { Assets } from './assets.ts'
import type { Theme } from './language.ts'
import type { Speech } from './speech.ts'
import type { WordKey } from './words-en.ts'

/** One request for a page. */
export interface Visit {
  readonly speech: Speech
  readonly theme: Theme
  readonly assets: Assets
  /** What forms must carry. */
  readonly token: string
  /** Path and query, for coming back to. */
  readonly here: string
  /** What was just done, to be told at the top. */
  readonly told: WordKey | null
  /** What waits for a person, for the navigation; null where nobody is signed in. */
  readonly waiting: { readonly suspects: number; readonly failed: number } | null
}
