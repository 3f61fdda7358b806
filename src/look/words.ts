// What every output of ours says alike: the languages, and how findings are spoken of. `{name}` stands for a value.
import type { FindingKind } from '../core/verdict.ts'

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

/** Names of providers that are not their ids, by language; what is missing is called what it is called in English. */
const providerNames: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  en: {
    discord: 'Discord',
    facebook: 'Facebook',
    feishu: 'Feishu',
    generic: 'Other hosts',
    github: 'GitHub',
    google: 'Google',
    gravatar: 'Gravatar',
    instagram: 'Instagram',
    linkedin: 'LinkedIn',
    qq: 'QQ',
    slack: 'Slack',
    telegram: 'Telegram',
    upload: 'Uploaded',
    wechat: 'WeChat',
    wecom: 'WeCom',
    weibo: 'Weibo',
    x: 'X',
  },
  zh: {
    feishu: '飞书',
    generic: '其他网站',
    upload: '自行上传',
    wechat: '微信',
    wecom: '企业微信',
    weibo: '微博',
  },
}

/** What people call a provider; its id where nobody has named it. */
export function providerName(provider: string, language: Language): string {
  const named = (one: Language) =>
    Object.hasOwn(providerNames[one], provider) ? providerNames[one][provider] : undefined
  return named(language) ?? named('en') ?? provider
}

/** A sentence with its values put in; a value that is not given stays as it is written. */
export function say(sentence: string, values: Readonly<Record<string, string>> = {}): string {
  return sentence.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}
