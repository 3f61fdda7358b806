// What the comparison page says, in both languages. `{…}` stands for a value.
import type { Language } from '../../look/words.ts'

const en = {
  tag: 'en',
  other: '中文',
  otherTag: 'zh-CN',
  title: 'The same people, twice',
  eyebrow:
    'A live demonstration on this machine: made people, a simulated WeChat, the real Everface',
  lead: 'On the left an app shows the picture links that WeChat handed out at sign-in. On the right it shows Everface’s. People change their pictures; watch what happens.',
  raw: 'Raw platform links',
  ours: 'Everface',
  broken: 'of {n} broken',
  old: '{n} more show a face that the person has replaced',
  kept: '{n} dead links still show a face from our copy',
  renewed: '{n} renewed silently, {asked} waiting for the person',
  drawn: '{n} drawn as initials: no picture was ever to be had',
  dashboard: 'Open the dashboard',
  now: 'Now',
  calm: 'Everybody has just signed up, and every link works.',
  rot: 'People change their pictures. Old links die, server by server, and answer “200 OK” with a grey picture.',
  throttle: 'WeChat tells Everface to slow down. It does, and takes nobody for dead.',
  outage: 'WeChat’s servers fail for Everface. No standing changes; it comes back by itself.',
  on: 'You have seen everything once. It goes on, more gently.',
  article: 'The swifts are back',
  by: 'City Notes · 3 minutes to read',
  text: 'On the last day of April the first of them came over the old drum tower, as they do every year: the same beam, the same day. They have slept on the wing since August. By noon the whole quarter could hear them.',
  comments: 'Comments',
  everybody: 'Everybody else',
  minutes: '{n} min',
  hours: '{n} h',
  you: 'you',
  youCalm: 'This is you. In a moment you will change your picture in WeChat.',
  youDead:
    'Your old link is dead, and you gave no lasting permission, so only you can bring the new picture. Until then your old face is kept. Tap your face on the right.',
  youDone: 'Your new picture is here. Your app did nothing but show the same address.',
  youRefused: 'You said no. Nobody asks again for sixty days; your old face is kept.',
  youFailed: 'The way to WeChat was not finished. Tap your face on the right once more.',
  how: 'How this is counted',
  how1: 'This page requests every picture itself, on both sides in the same way, and looks at the bytes: a picture is broken when it does not come, or when it is one of the two grey pictures that WeChat and QQ send instead of a dead one.',
  how2: 'The links on the left are the simulated platform’s. Browsers know no road to it, so each link is taken through {door} to the server of it that is nearest to you; status and bytes are its own. Nothing else is altered.',
  how3: 'Which links show a replaced face is told by the simulator, the rest by Everface’s own interface and webhooks. A picture that changed is requested again at once, all others in turn every minute.',
  how4: 'Only the time is made: people here change within minutes what takes months in life, and Everface looks at everybody about every {s} seconds instead of weekly.',
  noscript: 'Without JavaScript the pictures are shown once and not counted.',
  faceOf: 'Picture of {name}',
}

/** A text of the page. */
export type WordKey = keyof typeof en

const zh: Readonly<Record<WordKey, string>> = {
  tag: 'zh-CN',
  other: 'English',
  otherTag: 'en',
  title: '同一群人，两种头像',
  eyebrow: '本机现场演示：虚构的用户、模拟的微信、真实的 Everface',
  lead: '左边，应用直接使用登录时微信给出的头像链接；右边使用 Everface 的地址。人们会不断更换头像，请看两边的变化。',
  raw: '平台原始链接',
  ours: 'Everface',
  broken: '/ {n} 已失效',
  old: '另有 {n} 个仍显示本人已换掉的旧头像',
  kept: '{n} 个链接已失效，仍由我们的副本显示头像',
  renewed: '静默更新 {n} 次，{asked} 人需本人授权',
  drawn: '{n} 个以姓名首字显示：从未取得过图片',
  dashboard: '打开控制台',
  now: '现在',
  calm: '所有人刚刚登录，链接全部有效。',
  rot: '人们更换头像，旧链接在各台服务器上陆续失效，返回的却是“200 OK”和一张灰图。',
  throttle: '微信要求 Everface 放慢速度。它照办，也不会误判任何人。',
  outage: '微信的服务器对 Everface 出错。所有状态保持不变，稍后自动恢复。',
  on: '该看的都看过了。演示会继续，节奏放缓。',
  article: '雨燕回来了',
  by: '城市笔记 · 阅读约 3 分钟',
  text: '四月的最后一天，第一只雨燕掠过老鼓楼，年年如此：同一根梁，同一天。从去年八月起，它们一直睡在风里。到了中午，整条街都听见了它们。',
  comments: '留言',
  everybody: '其他人',
  minutes: '{n} 分钟前',
  hours: '{n} 小时前',
  you: '我',
  youCalm: '这是您。过一会儿，您会在微信里换一张头像。',
  youDead:
    '您的旧链接已失效，而您没有给过长期授权，新头像只能由您本人带来；在此之前保留旧头像。请点右边您的头像。',
  youDone: '您的新头像到了。应用什么也没做，只是显示同一个地址。',
  youRefused: '您没有同意。六十天内不会再问；旧头像会保留。',
  youFailed: '微信授权没有完成。请再点一次右边您的头像。',
  how: '如何计数',
  how1: '本页以同样的方式逐一请求两边的每张图片，并检查收到的内容：取不到图片，或收到微信、QQ 用来代替失效头像的灰图，即算失效。',
  how2: '左边的链接属于模拟平台。浏览器无法直接到达，因此每个链接都经由 {door} 转到离您最近的一台平台服务器；状态与内容都是它自己的，其余未作改动。',
  how3: '哪些链接仍显示旧头像由模拟器告知，其余数据来自 Everface 的接口与 webhook。有变化的图片立即重新请求，其余图片每分钟轮流请求一次。',
  how4: '只有时间是加快的：现实中几个月的变化在几分钟内发生，Everface 大约每 {s} 秒查看一次每个人，而不是每周一次。',
  noscript: '未启用 JavaScript：图片只显示一次，也不计数。',
  faceOf: '{name} 的头像',
}

const words: Readonly<Record<Language, Readonly<Record<WordKey, string>>>> = { en, zh }

/** Says something; numbers and names are put in. */
export type Say = (key: WordKey, values?: Readonly<Record<string, string | number>>) => string

export function sayIn(language: Language): Say {
  return (key, values = {}) =>
    words[language][key].replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
      String(values[name] ?? whole),
    )
}
