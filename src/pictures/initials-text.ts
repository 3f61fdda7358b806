// Which characters of a name stand for a person. Names come from strangers: any script, any length, any mischief.

/** What is written on an initials face. */
export interface Initials {
  /** One to three graphemes, safe to show; empty when the name has none. */
  readonly text: string
  /** How wide a grapheme of it is: `wide` as an ideograph or an emoji, `narrow` as a letter. */
  readonly kind: 'wide' | 'narrow'
}

/** No name is longer; what follows is noise. */
const longestName = 256
/** An emoji family of four has 7 code points, with skin tones 11, the flag of Scotland 7. */
const longestEmoji = 16
/** A letter with more marks than these has them to spill over its neighbours. */
const mostMarks = 3

/** Surnames of two characters, that a given name of one follows: 欧阳修 is 修 and not 阳修. */
const compoundSurnames = new Set(
  (
    '欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 东方 東方 皇甫 尉迟 尉遲 公孙 公孫 慕容 令狐 宇文 长孙 長孫 司徒 司空 ' +
    '夏侯 端木 南宫 南宮 轩辕 軒轅 独孤 獨孤 百里 呼延 西门 西門 东郭 東郭 申屠 闻人 聞人 太史 澹台 澹臺 ' +
    '公冶 濮阳 濮陽 淳于 单于 單于 太叔 钟离 鍾離 鲜于 鮮于 闾丘 閭丘 仲孙 仲孫 赫连 赫連 万俟 拓跋 完颜 完顏 ' +
    '纳兰 納蘭 第五 남궁 황보 제갈 사공 선우 서문 독고'
  ).split(' '),
)

const segments = new Intl.Segmenter('und', { granularity: 'grapheme' })

const emoji = /\p{RGI_Emoji}/v
const onlyEmoji = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|[0-9#*]\ufe0f?\u20e3)/u
const letterOrDigit = /[\p{L}\p{N}]/u
const han = /^[\p{Script=Han}]/u
const kana = /^[\p{Script=Hiragana}\p{Script=Katakana}ー]/u
const hangul = /^\p{Script=Hangul}/u
/** Scripts with capitals that a single letter looks best in. */
const capitals = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}]/u
/** Letters that change their shape beside others: two initials would read as a word. */
const joining =
  /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}\p{Script=Adlam}]/u
/** Thai and Lao write these vowels before the consonant that a name begins with. */
const leadingVowel = /^[\u0e40-\u0e44\u0ec0-\u0ec4]/u
/**
 * What must not be in a face: controls, marks of direction, invisible, private and unassigned characters. What holds
 * emoji together and the scripts of India and Persia apart may stay.
 */
const unwanted =
  /(?!\ufe0f|\p{Join_Control}|[\u{e0020}-\u{e007f}])[\p{Cc}\p{Co}\p{Cn}\p{Cs}\p{DI}\u2800\ufff9-\uffff]/gu

type Script = 'cjk' | 'letters' | 'digits'

/** The initials of a name: of 王小明 小明, of Ada Lovelace AL, of 🐱 itself; none of what has nothing to show. */
export function initialsOf(name: string | null): Initials {
  const graphemes = read(name ?? '')
  const script = scriptOf(graphemes)
  if (script === null) {
    const first = graphemes.find((one) => isEmoji(one))
    return { text: first ?? '', kind: 'wide' }
  }
  const words = wordsOf(graphemes, script)
  const first = words[0] ?? []
  const last = words.length > 1 ? (words.at(-1) ?? []) : []
  if (script === 'digits') return { text: first.slice(0, 2).join(''), kind: 'narrow' }
  if (script === 'letters') return { text: ofLetters(first, last), kind: 'narrow' }
  return { text: ofCjk(first, last), kind: 'wide' }
}

/** Graphemes of the name, without what has no place in a face. */
function read(name: string): string[] {
  const spaced = name.slice(0, longestName).toWellFormed().normalize('NFKC').replaceAll(/\s/gu, ' ')
  const plain = spaced.replaceAll(unwanted, '')
  // Asides tell what somebody does, not who they are: 王小明（前端）, Ada (she/her).
  const bare = plain.replaceAll(/[([{【「<《][^)\]}】」>》]*[)\]}】」>》]/gu, ' ')
  const text = letterOrDigit.test(bare) || emoji.test(bare) ? bare : plain
  return Array.from(segments.segment(text.slice(0, longestName).toWellFormed()), ({ segment }) =>
    tame(segment),
  )
}

function isEmoji(grapheme: string): boolean {
  return onlyEmoji.test(grapheme)
}

/** A grapheme of bounded length: an emoji whole or not at all, a letter with few marks. */
function tame(grapheme: string): string {
  const points = Array.from(grapheme)
  if (isEmoji(grapheme)) return points.length <= longestEmoji ? grapheme : (points[0] ?? '')
  // What follows a letter is marks, or joined letters in the scripts of India.
  const [base = '', ...rest] = points
  if (han.test(base)) return base
  const marks = rest.filter((point) => /[\p{L}\p{M}\u200c\u200d]/u.test(point))
  return (base + marks.slice(0, mostMarks).join('')).replace(/[\u200c\u200d]+$/u, '')
}

/** In which kind of script a person's name is, when it is in several: where most of it is. */
function scriptOf(graphemes: readonly string[]): Script | null {
  const counts = { cjk: 0, letters: 0, digits: 0 }
  for (const one of graphemes) {
    const script = scriptOfOne(one)
    if (script !== null) counts[script]++
  }
  if (counts.cjk > 0 && counts.cjk >= counts.letters) return 'cjk'
  if (counts.letters > 0) return 'letters'
  return counts.digits > 0 ? 'digits' : null
}

function scriptOfOne(grapheme: string): Script | null {
  if (isEmoji(grapheme)) return null
  if (han.test(grapheme) || kana.test(grapheme) || hangul.test(grapheme)) return 'cjk'
  if (/^\p{L}/u.test(grapheme)) return 'letters'
  return /^\p{N}/u.test(grapheme) ? 'digits' : null
}

/**
 * Runs of graphemes of one script. Chinese is also written with spaces in between: 王 小明 is one word. Only a dot parts
 * the words of a Chinese name; after anything else comes what is no name.
 */
function wordsOf(graphemes: readonly string[], script: Script): string[][] {
  const words: string[][] = []
  let word: string[] | null = null
  for (const one of graphemes) {
    if (scriptOfOne(one) === script) {
      if (word === null) words.push((word = []))
      word.push(one)
      continue
    }
    if (script === 'cjk' ? /^\s/u.test(one) : /^['’ʼ]/u.test(one)) continue
    if (script === 'cjk' && words.length > 0 && !/^[·‧•・]/u.test(one)) break
    word = null
  }
  return words
}

function ofLetters(first: readonly string[], last: readonly string[]): string {
  const one = initialOf(first)
  if (joining.test(one) || last.length === 0) return one
  const other = initialOf(last)
  return joining.test(other) ? one : one + other
}

function initialOf(word: readonly string[]): string {
  const at = word.length > 1 && leadingVowel.test(word[0] ?? '') ? 1 : 0
  const letter = word[at] ?? ''
  if (!capitals.test(letter)) return letter
  const capital = letter.toUpperCase()
  // ß would become two letters.
  return Array.from(capital).length === Array.from(letter).length ? capital : letter
}

function ofCjk(first: readonly string[], last: readonly string[]): string {
  if (first.some((one) => kana.test(one))) return first[0] ?? ''
  // 迈克尔·杰克逊: a name from elsewhere, spelt by sound and written with a dot, has initials as such names do.
  if (first.length > 1 && last.length > 1 && !last.some((one) => kana.test(one)))
    return (first[0] ?? '') + (last[0] ?? '')
  const whole = first.join('')
  const given = first.length === 3 && compoundSurnames.has(first.slice(0, 2).join(''))
  return first.length <= 2 ? whole : first.slice(given ? -1 : -2).join('')
}
