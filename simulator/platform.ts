// What of the accounts side is set for everybody, since reports differ on it or it changed over the years.
import type { Suffix } from './errcodes.ts'

/** What is set for everybody. */
export interface PlatformSettings {
  /** How long a profile still shows the picture of before, in milliseconds; a day, as was measured in 2024. */
  readonly lag: number
  /** The end of error messages: `rid` (since about 2021), `hints` (before) or `none`. */
  readonly suffix: Suffix
  /** Whether a person who refuses stays where they are (documented now) or returns without a code (before). */
  readonly refusal: 'stays' | 'returns'
  /** Whether the profile of a snapshot visitor is made up (documented) or refused by 48001 (seen in 2022). */
  readonly snapshotProfile: 'virtual' | 'refused'
  /** Whether `is_snapshotuser` is always said, or not yet with an app's first snapshot visitor (reported). */
  readonly snapshotFlag: 'always' | 'late'
  /** How long a mini program's session_key lives, in milliseconds. Nothing is published; three days are assumed. */
  readonly session: number
}

/** As the platform is documented, and lags as it was measured. */
export const platformDefaults: PlatformSettings = {
  lag: 86_400_000,
  suffix: 'rid',
  refusal: 'stays',
  snapshotProfile: 'virtual',
  snapshotFlag: 'always',
  session: 3 * 86_400_000,
}
