// Which characters of a name stand for a person: the rules of src/pictures/initials-text.ts in little, for browsers of
// 2020 that know neither Intl.Segmenter nor sets of emoji in patterns. A test holds the two to the same answers.

/** What is written on a drawn face. */
export interface Initials {
  /** One to three characters as a reader counts them; none when the name has nothing to show. Never markup. */
  readonly signs: readonly string[]
  /** They are as wide as an ideograph or an emoji. */
  readonly wide: boolean
}

/** The surnames of two characters that are met most: of 欧阳修 it is 修 that is shown. */
const surname = /^(?:欧阳|歐陽|司马|上官|诸葛|慕容|남궁).$/

const ideograph = '[\\p{sc=Han}\\p{sc=Hang}\\u3041-\\u3096\\u30a1-\\u30fa\\u30fc] *'
/** Of words that a dot parts: 迈克尔·杰克逊. After anything else comes what is no name. */
const ideographs = RegExp(`(?:${ideograph})+(?:[·‧•・](?:${ideograph})+)*`, 'u')
const ideographAlone = RegExp(ideograph, 'gu')
const kana = /[\u3041-\u30ff]/
const emoji =
  /\p{RI}{2}|[\d#*]\ufe0f?\u20e3|\p{Extended_Pictographic}[\p{EMod}\ufe0f\u{e0020}-\u{e007f}]*(?:\u200d\p{Extended_Pictographic}[\p{EMod}\ufe0f]*){0,6}/gu
/** Not the vowels that Thai and Lao write before the consonant that a name begins with. */
const words = /(?![เ-ไເ-ໄ]\p{L})\p{L}[\p{L}\p{M}'’ʼ]*/gu
/** With its marks, and with what Devanagari and Bengali join to it. */
const letter = /^.(?:[\u094d\u09cd]\p{L}|\p{M}){0,3}/u
/** Arabic and its kin, and Mongolian: letters join, and two of them would read as a word. */
const joining = /[\u0600-\u08ff\u1800-\u18af]/
/** Controls, marks of direction, invisible, private and unassigned characters, but not what holds emoji together. */
const unwanted = /(?!\ufe0f|[\u200d\u{e0020}-\u{e007f}])[\p{C}\p{DI}\u2800\ufff9-\uffff]/gu

/** The initials of a name: of 王小明 小明, of Ada Lovelace AL, of 🐱 itself. */
export function initialsOf(name: string): Initials {
  const plain = name.slice(0, 256).normalize('NFKC').replace(/\s/g, ' ').replace(unwanted, '')
  // 王小明（前端）: asides are no part of a name, unless there is nothing else.
  const bare = plain.replace(/[([{【「<《][^)\]}】」>》]*[)\]}】」>》]/g, ' ')
  const text = (/[\p{L}\p{N}]/u.test(bare) || bare.match(emoji) ? bare : plain).slice(0, 256)
  const faces = text.match(emoji) || []
  const rest = text.replace(emoji, '|')
  const ours = rest.match(ideographs)
  const latin = rest.replace(ideographAlone, '|').match(words) || []
  if (ours && rest.match(ideographAlone)!.length >= latin.join('').length) {
    const [first = [], ...others] = ours[0]
      .replace(/ /g, '')
      .split(/[·‧•・]/)
      .map((one) => Array.from(one))
    return { signs: ofIdeographs(first, others.pop() || []), wide: true }
  }
  if (latin.length > 0) {
    const [first, last] = [latin[0], latin[latin.length - 1]].map(initialOf) as [string, string]
    const alone = latin.length < 2 || joining.test(first + last)
    return { signs: alone ? [first] : [first, last], wide: false }
  }
  const digits = rest.match(/\p{N}+/u)
  if (digits) return { signs: Array.from(digits[0]).slice(0, 2), wide: false }
  return { signs: faces.slice(0, 1), wide: true }
}

function initialOf(word: string | undefined): string {
  const [small] = letter.exec(word!) as RegExpExecArray
  const capital = small.toUpperCase()
  // Georgian looks strange in capitals, and ß would become two letters.
  return /^[A-\u058f\u1e00-\u1fff]/.test(small) && capital.length === small.length ? capital : small
}

function ofIdeographs(first: readonly string[], last: readonly string[]): readonly string[] {
  const [one, both] = [first.join(''), last.join('')]
  if (kana.test(one)) return first.slice(0, 1)
  if (first.length > 1 && last.length > 1 && !kana.test(both)) return [first[0]!, last[0]!]
  return first.slice(surname.test(one) ? -1 : -2)
}
