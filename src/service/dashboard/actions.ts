// What can be done from the pages. Each action leads on to a page that tells what became of it.
import type { Avatar } from '../../core/avatar.ts'
import { isSubject } from '../../core/avatar.ts'
import type { Denial, Keeper } from '../../jobs/keeper.ts'
import type { Store } from '../../store/store.ts'
import type { Form } from './form.ts'

/** What actions need. */
export interface ActionParts {
  readonly keeper: Pick<Keeper, 'probe' | 'upload' | 'forget' | 'mark'>
  readonly store: Pick<Store, 'avatar' | 'resend'>
  readonly now: () => number
}

/** What became of it, as the page tells it: `told-…` of the words. */
export type Told =
  | 'looked'
  | 'busy'
  | 'no-source'
  | 'looked-page'
  | 'uploaded'
  | 'upload-wrong'
  | 'forgotten'
  | 'placeholder'
  | 'face'
  | 'resent'
  | 'not-resent'
  | 'unknown'

/** Looks on their way for one page of faces. */
const atOnce = 8
/** Faces of one page, and deliveries of one list. */
const mostSubjects = 24
const mostDeliveries = 50

const denials: Readonly<Partial<Record<Denial['code'], Told>>> = {
  'look-in-progress': 'busy',
  'source-missing': 'no-source',
  'subject-unknown': 'unknown',
  'subject-invalid': 'unknown',
}

/** Looks at one face now. */
export async function lookNow({ keeper }: ActionParts, subject: string): Promise<Told> {
  const probed = await keeper.probe(subject)
  return probed.kind === 'probed' ? 'looked' : (denials[probed.code] ?? 'unknown')
}

/** Looks at the faces of a page, some at once. */
export async function lookAtPage(parts: ActionParts, form: Form): Promise<readonly Avatar[]> {
  const subjects = [...new Set(form.texts('subject'))].filter(isSubject).slice(0, mostSubjects)
  const waiting = [...subjects]
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await lookNow(parts, next)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  const avatars = await Promise.all(subjects.map((subject) => parts.store.avatar(subject)))
  return avatars.filter((avatar) => avatar !== null)
}

/** Takes in the picture of a form. */
export async function upload(
  { keeper, store }: ActionParts,
  subject: string,
  form: Form,
): Promise<Told> {
  const bytes = form.file('picture')
  if (bytes === null || bytes.length === 0) return 'upload-wrong'
  // From here nobody is registered: a mistyped address must not make a person.
  if ((await store.avatar(subject)) === null) return 'unknown'
  const taken = await keeper.upload(subject, bytes)
  return taken.kind === 'registered' ? 'uploaded' : (denials[taken.code] ?? 'upload-wrong')
}

/** Forgets a person for good. */
export async function forget({ keeper }: ActionParts, subject: string): Promise<Told> {
  const forgotten = await keeper.forget(subject)
  return forgotten.kind === 'forgotten' ? 'forgotten' : 'unknown'
}

/** Says what bytes are; null when the form says neither. */
export async function judge(
  { keeper }: ActionParts,
  rawSha256: string,
  form: Form,
): Promise<Told | null> {
  const mark = form.text('mark')
  if ((mark !== 'placeholder' && mark !== 'face') || !/^[0-9a-f]{64}$/.test(rawSha256)) return null
  await keeper.mark(rawSha256, mark)
  return mark
}

/** Sends failed deliveries again. */
export async function resend({ store, now }: ActionParts, form: Form): Promise<Told> {
  const ids = form
    .texts('id')
    .filter((id) => /^[1-9]\d{0,14}$/.test(id))
    .slice(0, mostDeliveries)
  let sent = 0
  for (const id of ids) if (await store.resend(Number(id), now())) sent++
  return sent > 0 ? 'resent' : 'not-resent'
}
