// A policy in sentences, English and Chinese, so that an operator can read on the dashboard what is in force.
import type { Condition } from './condition.ts'
import type { Policy, Scene } from './policy.ts'

/** The same sentence twice. */
export interface Words {
  readonly en: string
  readonly zh: string
}

/** A sentence on one part of a policy. */
export interface PolicySentence extends Words {
  readonly topic: 'refresh' | 'ask' | 'show' | 'keep'
  /** Of a sentence on one scene. */
  readonly scene: string | null
}

const plain: Readonly<Record<Exclude<Condition['kind'], 'age'>, Words>> = {
  gone: { en: 'the picture is gone', zh: '头像已失效' },
  dying: { en: 'the picture is dying', zh: '头像正在失效' },
  changed: { en: 'the picture has probably changed', zh: '头像很可能已更换' },
  placeholder: { en: 'the platform shows its default face', zh: '平台显示的是默认头像' },
  unknown: { en: 'nothing is known of the picture yet', zh: '尚不了解头像的情况' },
  'session-expired': {
    en: 'the session has expired since the picture was last confirmed',
    zh: '最近一次确认头像之后会话已过期',
  },
  login: { en: 'the person has just logged in', zh: '用户刚刚登录' },
}

const shown: Readonly<Record<Policy['show']['mode'], Words>> = {
  copy: { en: 'People see our copy', zh: '显示我们保存的副本' },
  redirect: { en: 'People are sent to the platform’s picture', zh: '跳转到平台的头像' },
  auto: {
    en: 'People are sent to the platform’s picture while it is believed alive, else they see our copy',
    zh: '平台头像有效时跳转到平台，否则显示我们保存的副本',
  },
}

const fallen: Readonly<Record<Policy['show']['fallback'], Words>> = {
  initials: { en: 'without a picture, a face of initials', zh: '没有头像时显示首字头像' },
  none: { en: 'without a picture, nothing', zh: '没有头像时不显示' },
}

/** A condition as half a sentence. */
export function conditionWords(condition: Condition): Words {
  if (condition.kind !== 'age') return plain[condition.kind]
  const { en, zh } = timeWords(condition.overMs)
  return {
    en: `the picture was last confirmed more than ${en} ago`,
    zh: `头像已超过${zh}未确认`,
  }
}

/** The whole policy, in the order of its file: scenes each by a sentence of its own. */
export function policyWords(policy: Policy): readonly PolicySentence[] {
  return [
    { topic: 'refresh', scene: null, ...refreshWords(policy.refresh) },
    { topic: 'ask', scene: null, ...askWords(policy.ask) },
    ...[...policy.ask.scenes].map(([name, scene]): PolicySentence => {
      return { topic: 'ask', scene: name, ...sceneWords(name, scene) }
    }),
    { topic: 'show', scene: null, ...showWords(policy.show) },
    { topic: 'keep', scene: null, ...keepWords(policy.keep) },
  ]
}

function refreshWords({ when, polls }: Policy['refresh']): Words {
  if (when.length === 0 && polls === 0) {
    return {
      en: 'Nothing is renewed silently, except where a person would have to be asked otherwise.',
      zh: '不做静默刷新，除非否则就得询问用户。',
    }
  }
  const causes = anyOf(when)
  const times = polls === 1 ? 'once' : `${polls} times`
  const en = [
    ...(when.length === 0 ? [] : [`when ${causes.en}`]),
    ...(polls === 0
      ? []
      : [
          `${times} over the life of a token, ${polls === 1 ? '' : 'the last time '}12 hours before its end`,
        ]),
  ]
  const zh = [
    ...(when.length === 0 ? [] : [`在${causes.zh}时`]),
    ...(polls === 0
      ? []
      : [`在令牌有效期内共 ${polls} 次（${polls === 1 ? '' : '最后一次'}在到期前 12 小时）`]),
  ]
  return {
    en: `Picture and name are renewed silently ${en.join(', and ')}.`,
    zh: `静默刷新头像和昵称：${zh.join('；并')}。`,
  }
}

function askWords({ budget, afterDeclineMs }: Policy['ask']): Words {
  if (budget.count === 0) return { en: 'Nobody is ever asked.', zh: '从不询问任何用户。' }
  const per = timeWords(budget.perMs)
  const pause = timeWords(afterDeclineMs)
  const times = budget.count === 1 ? 'once' : `${budget.count} times`
  return {
    en: `A person is asked at most ${times} in ${per.en}, only after a tap of their own, and not for ${pause.en} after saying no.`,
    zh: `每位用户在${per.zh}内最多询问 ${budget.count} 次，仅在其主动点击之后；被拒绝后${pause.zh}内不再询问。`,
  }
}

function sceneWords(name: string, scene: Scene | 'never'): Words {
  if (scene === 'never') {
    return { en: `In “${name}” nobody is asked.`, zh: `在“${name}”场景从不询问。` }
  }
  const causes = anyOf(scene.when)
  const pause = timeWords(scene.cooldownMs)
  return {
    en: `In “${name}” a person may be asked when ${causes.en}; then not again there for ${pause.en}.`,
    zh: `在“${name}”场景，${causes.zh}时可以询问；之后${pause.zh}内不在此再次询问。`,
  }
}

function showWords({ mode, fallback }: Policy['show']): Words {
  return {
    en: `${shown[mode].en}; ${fallen[fallback].en}.`,
    zh: `${shown[mode].zh}；${fallen[fallback].zh}。`,
  }
}

function keepWords({ historyMs, unseenCopiesMs }: Policy['keep']): Words {
  const history = timeWords(historyMs)
  const copies = timeWords(unseenCopiesMs)
  return {
    en: `Observations, prompts and events are kept for ${history.en}, copies that nobody sees any more for ${copies.en}.`,
    zh: `观测、询问和事件保留${history.zh}，不再显示的副本保留${copies.zh}。`,
  }
}

function anyOf(conditions: readonly Condition[]): Words {
  const words = conditions.map(conditionWords)
  return {
    en: listed(
      words.map(({ en }) => en),
      ', ',
      ', or ',
    ),
    zh: listed(
      words.map(({ zh }) => zh),
      '、',
      '或',
    ),
  }
}

function listed(parts: readonly string[], between: string, last: string): string {
  const head = parts.slice(0, -1).join(between)
  const tail = parts.at(-1) ?? ''
  return head === '' ? tail : `${head}${last}${tail}`
}

const units = [
  { ms: 86_400_000, en: 'day', zh: '天' },
  { ms: 3_600_000, en: 'hour', zh: '小时' },
  { ms: 60_000, en: 'minute', zh: '分钟' },
] as const

function timeWords(ms: number): Words {
  const unit = units.find((one) => ms % one.ms === 0) ?? units[2]
  const count = Math.floor(ms / unit.ms)
  return {
    en: `${count} ${unit.en}${count === 1 ? '' : 's'}`,
    zh: ` ${count} ${unit.zh}`,
  }
}
