// The words of summaries and reports in English and Chinese. `{name}` stands for a value. One table, so that
// the terminal, the page and later the dashboard say the same thing the same way.
import type { FindingKind } from '../../core/verdict.ts'

/** The languages that people can read us in. */
export const languages = ['en', 'zh'] as const

/** A language that people can read us in. */
export type Language = (typeof languages)[number]

/** How a finding is spoken of. */
export interface FindingWords {
  readonly label: string
  /** What it means, one sentence. */
  readonly meaning: string
  /** What to do about it; `''` where nothing is to be done. */
  readonly advice: string
}

const en = {
  titleCheck: 'Picture audit',
  titleForecast: 'Picture forecast',
  headlineBroken: '{n} of {total} faces are broken',
  headlineBrokenOne: '1 of {total} faces is broken',
  headlineNone: 'None of {total} faces is broken',
  headlineEmpty: 'The list had no row',
  headlineNothing: 'Nothing could be learnt of {n} of {total} faces',
  headlineExpiring: '{n} of {total} links expire within {days} days',
  headlineExpiringOne: '1 of {total} links expires within {days} days',
  headlineNoExpiring: 'None of {total} links expires within {days} days',
  undecidedNote: '{n} could not be decided; they are not counted as broken.',
  brokenAlready: '{n} are broken already.',
  forecastNote: 'Read from the URLs alone, without one request.',
  wallLabel: 'Each tile stands for one per cent of the list.',
  byProvider: 'By provider',
  byAge: 'By age',
  byAgeNote: 'When the row was made. Older links have had more time to die.',
  byPlace: 'By place in the list',
  byPlaceNote: 'The input has no column of time; lists are often sorted by age.',
  shares: 'Shares',
  numbers: 'Numbers',
  row: 'Row',
  figures: 'The figures as a table',
  provider: 'Provider',
  period: 'Period',
  total: 'Total',
  broken: 'broken',
  expiry: 'Links with a death date',
  expiryNote: 'Signed URLs tell when they stop working. Copy these pictures before that day.',
  expiryNone: 'No link in this list carries a death date.',
  past: 'already past',
  withinDay: '≤ 1 day',
  withinDays: '≤ {n} days',
  later: 'later',
  why: 'What decided',
  next: 'What to do next',
  pictures: 'The pictures',
  sampleNote: '{n} of {total} rows are in this page, bad news first.',
  sampleWhole: 'All {n} rows are in this page, bad news first.',
  completeIn: 'The complete list is in {file}.',
  completeNone: 'Run again with --out FILE for the complete list.',
  all: 'All',
  allProviders: 'All providers',
  search: 'Search id, URL or sentence',
  shown: '{n} rows',
  nothing: 'No row matches. Clear the search or choose another verdict.',
  more: 'Show more',
  download: 'Download these rows (CSV)',
  language: '中文',
  light: 'Light',
  dark: 'Dark',
  toPictures: 'Skip to the pictures',
  noPicture: 'no picture fetched',
  noLink: 'no link: the address cannot be opened safely',
  opens: 'opens the picture’s own address in a new tab',
  input: 'Input',
  took: 'took {time}',
  notes: 'How the input was read',
  made: 'Made by Everface. This page asks nobody for anything: all of it is in this one file.',
}

/** Every sentence of the page. */
export type WordKey = keyof typeof en

const zh: Record<WordKey, string> = {
  titleCheck: '头像检查',
  titleForecast: '头像预报',
  headlineBroken: '{total} 个头像中有 {n} 个有问题',
  headlineBrokenOne: '{total} 个头像中有 1 个有问题',
  headlineNone: '{total} 个头像都没有问题',
  headlineEmpty: '列表中没有任何行',
  headlineNothing: '{total} 个头像中有 {n} 个无法判断',
  headlineExpiring: '{total} 个链接中有 {n} 个将在 {days} 天内过期',
  headlineExpiringOne: '{total} 个链接中有 1 个将在 {days} 天内过期',
  headlineNoExpiring: '{total} 个链接中没有一个会在 {days} 天内过期',
  undecidedNote: '另有 {n} 个无法判定，不计入失效。',
  brokenAlready: '另有 {n} 个已经失效。',
  forecastNote: '仅从网址读出，没有发出任何请求。',
  wallLabel: '每一格代表列表的百分之一。',
  byProvider: '按平台',
  byAge: '按时间',
  byAgeNote: '按该行的创建时间。链接越老，失效的可能越大。',
  byPlace: '按列表位置',
  byPlaceNote: '输入中没有时间列；列表通常按时间先后排列。',
  shares: '占比',
  numbers: '数量',
  row: '行',
  figures: '数据表',
  provider: '平台',
  period: '时间段',
  total: '合计',
  broken: '失效',
  expiry: '有失效日期的链接',
  expiryNote: '签名网址自带失效日期。请在此之前保存这些头像。',
  expiryNone: '此列表中没有带失效日期的链接。',
  past: '已过期',
  withinDay: '1 天内',
  withinDays: '{n} 天内',
  later: '更晚',
  why: '判定依据',
  next: '下一步',
  pictures: '头像',
  sampleNote: '本页收录 {total} 行中的 {n} 行，问题行在前。',
  sampleWhole: '本页收录全部 {n} 行，问题行在前。',
  completeIn: '完整列表见 {file}。',
  completeNone: '如需完整列表，请加 --out FILE 再运行一次。',
  all: '全部',
  allProviders: '全部平台',
  search: '搜索 ID、网址或说明',
  shown: '共 {n} 行',
  nothing: '没有符合条件的行。请清空搜索或选择其他结论。',
  more: '显示更多',
  download: '下载这些行（CSV）',
  language: 'English',
  light: '浅色',
  dark: '深色',
  toPictures: '跳到头像列表',
  noPicture: '未获取图片',
  noLink: '无链接：该地址不能安全打开',
  opens: '在新标签页打开头像原地址',
  input: '输入',
  took: '用时 {time}',
  notes: '输入的读取方式',
  made: '由 Everface 生成。本页不向任何服务器发出请求，全部内容都在这一个文件里。',
}

/** Every sentence of the page, by language. */
export const words: Readonly<Record<Language, Readonly<Record<WordKey, string>>>> = { en, zh }

/** How each finding is spoken of, by language. */
export const findingWords: Readonly<Record<Language, Readonly<Record<FindingKind, FindingWords>>>> =
  {
    en: {
      alive: { label: 'alive', meaning: 'The picture shows.', advice: '' },
      dying: {
        label: 'dying',
        meaning: 'Some servers still have the picture, others have lost it.',
        advice: 'Copy these pictures today: they are still to be had, but not for long.',
      },
      gone: {
        label: 'gone',
        meaning: 'The picture was replaced or removed; the old link is dead for good.',
        advice: 'Renew these at the person’s next sign-in; until then show initials.',
      },
      placeholder: {
        label: 'placeholder',
        meaning: 'The platform shows its default face, not the person’s.',
        advice: 'Do not store these as faces; show initials, and ask the person for a picture.',
      },
      throttled: {
        label: 'throttled',
        meaning: 'The host asked us to slow down.',
        advice: 'Run again more slowly: --rate 10 --resume FILE.',
      },
      refused: {
        label: 'refused',
        meaning: 'The host refuses to answer us, or the address is not one we may ask.',
        advice:
          'See the sentence of each: private addresses want --allow-private; others, try in a browser.',
      },
      malformed: {
        label: 'malformed',
        meaning: 'The URL can never have worked.',
        advice: 'Correct these in your data: cut off, empty, or no picture’s address.',
      },
      unknown: {
        label: 'unknown',
        meaning: 'Nothing could be learnt: no answer, or none that tells.',
        advice: 'Run again later; a dead network says nothing of a picture.',
      },
    },
    zh: {
      alive: { label: '正常', meaning: '头像可以显示。', advice: '' },
      dying: {
        label: '将失效',
        meaning: '部分服务器仍有此图，其他服务器已经没有。',
        advice: '请今天就保存这些头像：现在还能取到，但时间不多了。',
      },
      gone: {
        label: '已失效',
        meaning: '头像已被更换或删除，旧链接永久失效。',
        advice: '在用户下次登录时更新；在此之前显示姓名首字头像。',
      },
      placeholder: {
        label: '占位图',
        meaning: '平台显示的是默认头像，不是本人的。',
        advice: '不要把它们当作头像保存；显示首字头像，并请用户上传。',
      },
      throttled: {
        label: '被限速',
        meaning: '对方服务器要求放慢速度。',
        advice: '放慢速度再运行：--rate 10 --resume FILE。',
      },
      refused: {
        label: '被拒绝',
        meaning: '对方服务器拒绝回答我们，或该地址不允许访问。',
        advice: '请看每条的说明：内网地址需要 --allow-private；其他的可用浏览器打开试试。',
      },
      malformed: {
        label: '网址错误',
        meaning: '这个网址从来就不可能有效。',
        advice: '请在数据中更正：被截断、为空，或不是图片地址。',
      },
      unknown: {
        label: '未知',
        meaning: '无从得知：没有回答，或回答说明不了什么。',
        advice: '稍后再运行；网络不通并不能说明头像如何。',
      },
    },
  }

/** A sentence with its values put in; a value that is not given stays as it is written. */
export function say(sentence: string, values: Readonly<Record<string, string>> = {}): string {
  return sentence.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}
