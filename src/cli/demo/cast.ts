// The made people of the demo: their names, and what they write under the article. Nobody real; pure and the same every time.

/** Somebody in the demo. */
export interface Reader {
  /** The app's id of the person. */
  readonly subject: string
  /** The simulator's id of the person. */
  readonly person: string
  readonly name: string
}

/** What somebody wrote. */
export interface Comment {
  readonly reader: Reader
  readonly text: string
  /** BCP 47. */
  readonly language: string
  /** Minutes since it was written. */
  readonly minutes: number
  readonly likes: number
}

/** The subject of whoever looks at the page. */
export const viewer = 'reader-1'

/** So many people of a demo, in the order of the simulator's. The first is whoever looks at the page. */
export function makeReaders(count: number): readonly Reader[] {
  return Array.from({ length: count }, (_, n) => ({
    subject: `reader-${n + 1}`,
    person: `p${n}`,
    name: nameOf(n),
  }))
}

/** What the first of them wrote, the viewer first. */
export function makeComments(readers: readonly Reader[]): readonly Comment[] {
  return texts.flatMap(([language, text], n) => {
    const reader = readers[n]
    if (reader === undefined) return []
    return [{ reader, text, language, minutes: 2 + n * 7, likes: (n * 37 + 11) % 128 }]
  })
}

/** Three of five write their name in Chinese, as the readers of an app of WeChat do; the rest as they like. */
function nameOf(n: number): string {
  const round = Math.floor(n / 5)
  switch (n % 5) {
    case 1:
      return `${at(firstNames, round)} ${at(lastNames, round * 5 + 3)}`
    case 3:
      return at(chosenNames, round)
    default:
      return at(families, n * 7) + at(givenNames, n * 11 + Math.floor(n / 24))
  }
}

function at(list: readonly string[], n: number): string {
  return list[n % list.length] ?? ''
}

const families = '王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓冯'.split('')
const givenNames =
  '小明,晓雨,子涵,秀英,建国,思远,雨桐,志强,婷婷,浩然,静,一诺,欣怡,明哲,海燕,若曦,文博,丽华,天宇,梓萱,春梅,立新,可儿,嘉豪,清源,云朵,知夏,沐阳,书瑶'.split(
    ',',
  )
const firstNames =
  'Emma,Oliver,Amara,Liam,Sofia,Noah,Priya,Lucas,Grace,Mateo,Hannah,Kofi,Alice,Felix,Zoe,Omar,Ruth,Theo,Nina,Samuel,Ivy,Hugo,Leila,Jack,Clara,Diego,Maya,Henry,Ada,Victor,Elif,Martin,June,Rosa,Tom,Lena,Abel,Iris,Max,Nora,Paul,Eva,Ben,Tara,Sean,Yara,Karl,Dana'.split(
    ',',
  )
const lastNames =
  'Brown,Okafor,Silva,Novak,Kim,Müller,Rossi,Larsen,Mehta,Dubois,Walsh,Tanaka,Costa,Haddad,Fischer,Adeyemi,Moreau,Lindgren,Kaya,Stone,Reyes,Popov,Byrne'.split(
    ',',
  )
const chosenNames = [
  '阿狸🦊',
  'momo',
  '山有木兮',
  'さくら',
  '🌻向日葵',
  'нина',
  '김하늘',
  '一只小船',
  'Lotus 莲',
  '早睡早起☀️',
  'مريم',
  '老陈的茶',
  'J.',
  '云上的日子',
  'Ελένη',
  '🐱橘子妈妈',
  'ஆதி',
  '慢慢走',
  'Bao Ngọc',
  '小王子🌹',
  'अनिका',
  '半糖去冰',
  'Łukasz',
  '🚲城南旧事',
  'ธิดา',
  '听雨',
  'דוד',
  '胖达🐼',
  'Zoë',
  '星星的孩子⭐',
  'Søren',
  '南山南',
]

const texts: readonly (readonly [language: string, text: string])[] = [
  ['zh', '读完想马上去河边坐一会儿。'],
  ['en', 'We had two nests under the eaves last year. I leave the window open for them.'],
  ['zh', '小时候外婆家的屋檐下也有一窝，每年春天都等着。'],
  ['zh', '图拍得真好，第三张可以当壁纸吗？'],
  ['zh', '原来它们一边飞一边睡觉，羡慕了。'],
  ['zh', '我们小区去年装修封了檐口，今年一只都没来，有点难过。'],
  ['en', 'Beautifully written. Sending this to my dad, he counts them every May.'],
  ['zh', '春天的第一声，是它们先听见的。'],
  ['zh', '求问哪里可以买到人工巢箱？想给学校装几个。'],
  ['zh', '看得我眼眶一热。'],
  ['zh', '作者写得像在跟老朋友聊天。'],
  ['en', 'Is there a map of the old towers? I would love to walk that route.'],
  ['zh', '昨天傍晚在鼓楼看到一大群，绕了好几圈。'],
  ['zh', '孩子问我它们记得路吗，现在终于能回答了。'],
  ['zh', '收藏了，周末带全家去看。'],
  ['zh', '十年前的今天，我也写过一篇关于它们的作文。'],
  ['en', 'The line about “the same beam, the same day” stayed with me.'],
  ['zh', '城市变了那么多，还好有些东西会回来。'],
  ['zh', '声音那段写得太准了，像拉开一块绸子。'],
  ['zh', '已转发给物业，希望今年檐口留一条缝。'],
]
