// How a page speaks: sentences of the table, figures and times, in one language. Times are told as people tell them, with
// the exact time (UTC) in the markup.
import type { Standing } from '../../core/avatar.ts'
import type { FindingKind } from '../../core/verdict.ts'
import { percent, spaced } from '../../look/text.ts'
import { type Language, findingWords, providerName, say } from '../../look/words.ts'
import type { EventType } from '../../store/store.ts'
import { type Markup, type Piece, html, trusted } from './markup.ts'
import { eventWords } from './event-words.ts'
import type { WordKey } from './words-en.ts'
import { words } from './words.ts'

/** Values of a sentence as text. */
export type Values = Readonly<Record<string, string | number>>

/** One language, at one moment. */
export interface Speech {
  readonly language: Language
  /** What `lang` says. */
  readonly tag: 'en' | 'zh-CN'
  readonly now: number
  /** A sentence; whole numbers are spaced. With `n: 1` the sentence `KEYOne` is taken where there is one. */
  say(key: WordKey, values?: Values): string
  /** A sentence with markup in it. */
  tell(key: WordKey, values: Readonly<Record<string, Piece>>): Markup
  standing(standing: Standing | FindingKind): string
  event(type: EventType): string
  /** What people call a provider. */
  provider(id: string): string
  number(value: number): string
  /** A number with at most two digits behind the point, three where it is small. */
  decimal(value: number): string
  percent(part: number, whole: number): string
  bytes(count: number): string
  /** A length of time in its largest whole unit: `3 days`. */
  span(ms: number): string
  /** `3 minutes ago`, `in 2 days`. */
  ago(at: number): string
  /** `ago` as a `time` element. */
  time(at: number): Markup
  /** `22 Nov 2026, 12:00` as a `time` element. */
  date(at: number): Markup
}

const units = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

const tags = { en: 'en', zh: 'zh-CN' } as const
/** British dates: day before month, no confusion. */
const locales = { en: 'en-GB', zh: 'zh-CN' } as const

const makers = {
  en: formatsOf('en'),
  zh: formatsOf('zh'),
}

function formatsOf(language: Language) {
  const locale = locales[language]
  const unit = (name: string) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'long' })
  return {
    relative: new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }),
    date: new Intl.DateTimeFormat(locale, {
      timeZone: 'UTC',
      dateStyle: 'medium',
      timeStyle: 'short',
    }),
    spans: new Map(units.map(([name]) => [name, unit(name)])),
  }
}

/** Figures stand apart from Chinese characters, as they do in our sentences: `3 天`. */
function apart(text: string): string {
  return text.replaceAll(/(\d)(?=\p{Script=Han})/gu, '$1 ')
}

/** Speaks a language, as of `now`. */
export function createSpeech(language: Language, now: number): Speech {
  const table = words[language]
  const { relative, date, spans } = makers[language]

  function sentence(key: WordKey, values: Readonly<Record<string, unknown>>): string {
    const one = values['n'] === 1 ? table[`${key}One` as WordKey] : undefined
    return one ?? table[key] ?? key
  }

  function texts(values: Values): Record<string, string> {
    const entries = Object.entries(values)
    return Object.fromEntries(
      entries.map(([name, one]) => [name, typeof one === 'number' ? spaced(one) : one]),
    )
  }

  function ago(at: number): string {
    const ms = at - now
    // Seconds pass while one reads: the last minute is now.
    const [unit, size] = units.find(([, size]) => Math.abs(ms) >= size) ?? ['second', 1_000]
    return apart(relative.format(unit === 'second' ? 0 : Math.trunc(ms / size), unit))
  }

  function timeElement(at: number, text: string): Markup {
    const iso = new Date(at).toISOString()
    return html`<time datetime="${iso}" title="${iso.slice(0, 19).replace('T', ' ')} UTC"
      >${text}</time
    >`
  }

  return {
    language,
    tag: tags[language],
    now,
    say: (key, values = {}) => say(sentence(key, values), texts(values)),
    tell(key, values) {
      const pieces = sentence(key, values).split(/(\{\w+\})/)
      return html`${pieces.map((piece): Piece => {
        const name = /^\{(\w+)\}$/.exec(piece)?.[1]
        if (name === undefined) return piece
        const value = values[name]
        return typeof value === 'number' ? spaced(value) : (value ?? piece)
      })}`
    },
    standing: (standing) =>
      standing === 'uploaded' ? sentence('uploaded', {}) : findingWords[language][standing].label,
    event: (type) => eventWords[language][type],
    provider: (id) => providerName(id, language),
    number: spaced,
    decimal(value) {
      if (!Number.isFinite(value)) return '∞'
      const size = Math.abs(value)
      return size >= 100 ? spaced(value) : String(Number(value.toPrecision(size >= 1 ? 3 : 2)))
    },
    // Chinese sets no space before the sign.
    percent: (part, whole) =>
      language === 'zh' ? percent(part, whole).replace(' %', '%') : percent(part, whole),
    bytes(count) {
      const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
      const power = Math.min(4, count < 1 ? 0 : Math.floor(Math.log2(count) / 10))
      const value = count / 1024 ** power
      return `${power === 0 ? value : value.toFixed(1)} ${names[power]}`
    },
    span(ms) {
      const [unit, size] = units.find(([, size]) => ms >= size) ?? ['second', 1_000]
      return apart(spans.get(unit)?.format(Math.round(ms / size)) ?? '')
    },
    ago,
    time: (at) => (at <= 0 || at > 8.64e15 ? trusted('–') : timeElement(at, ago(at))),
    date: (at) => (at <= 0 || at > 8.64e15 ? trusted('–') : timeElement(at, date.format(at))),
  }
}
