// In which language and in which light a page is drawn: what the visitor chose, else what the browser asks for.
import { type Language, languages } from '../../look/words.ts'
import { cookieOf } from './cookies.ts'

/** Light and dark, or as the system has it. */
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** Cookies that hold what was chosen; no secret, no id. */
export const languageCookie = 'everface-language'
export const themeCookie = 'everface-theme'

/** The language of the page: the cookie's, else the first that the browser names and we speak, else English. */
export function languageOf(request: Request): Language {
  const chosen = languages.find((one) => one === cookieOf(request, languageCookie))
  return chosen ?? accepted(request.headers.get('accept-language') ?? '')
}

/** The light of the page. */
export function themeOf(request: Request): Theme {
  return themes.find((one) => one === cookieOf(request, themeCookie)) ?? 'system'
}

function accepted(header: string): Language {
  const wanted = header
    .slice(0, 512)
    .split(',')
    .map((part, at) => {
      const [tag = '', ...rest] = part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/)
      const quality = rest.map((one) => /^q=([01](?:\.\d{0,3})?)$/.exec(one)?.[1]).find(Boolean)
      return { tag, at, weight: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || a.at - b.at)
  for (const { tag } of wanted) {
    const language = languages.find((one) => tag === one || tag.startsWith(`${one}-`))
    if (language !== undefined) return language
  }
  return 'en'
}
