// The dashboard's sentences by language. Chinese takes the sentence for many where English has one for exactly one.
import type { Language } from '../../look/words.ts'
import { type WordKey, en } from './words-en.ts'
import { zh } from './words-zh.ts'

/** Every sentence, by language; one that a language does not tell apart is left out. */
export const words: Readonly<Record<Language, Readonly<Partial<Record<WordKey, string>>>>> = {
  en,
  zh,
}
