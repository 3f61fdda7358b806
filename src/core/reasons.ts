// Why a decision is what it is: a stable code, what is then done, and one sentence for people in English and Chinese.
// docs/policy.md lists all of them.

/** What may be done for an avatar. */
export const decisionKinds = [
  'keep',
  'copy',
  'confirm',
  'rescue',
  'refresh',
  'ask',
  'choose',
  'forget',
] as const
export type DecisionKind = (typeof decisionKinds)[number]

/** A reason in words. */
export interface ReasonWords {
  /** What is decided for this reason. */
  readonly kind: DecisionKind
  readonly en: string
  readonly zh: string
}

/** Every reason, from the strongest to "nothing to do". */
export const reasons = {
  'consent-withdrawn': {
    kind: 'forget',
    en: 'The person withdrew their consent: everything kept of them is to be deleted.',
    zh: '用户撤回了授权：与其有关的一切都应删除。',
  },
  snapshot: {
    kind: 'keep',
    en: 'This is a snapshot (virtual) profile: nobody is there to be asked, and nothing of it is stored.',
    zh: '这是快照页的虚拟资料：没有可询问的真人，资料也不保存。',
  },
  'refresh-due': {
    kind: 'refresh',
    en: 'A condition for a silent refresh holds, and the grant is valid.',
    zh: '满足静默刷新的条件，且授权有效。',
  },
  'refresh-again': {
    kind: 'refresh',
    en: 'The last refresh still showed the old picture; it is tried again, three times at the most.',
    zh: '上次刷新得到的仍是旧头像；再试一次，最多再试三次。',
  },
  'refresh-poll': {
    kind: 'refresh',
    en: 'A poll is due: they are spread over the life of the token.',
    zh: '到了轮询的时间：轮询分布在令牌的有效期内。',
  },
  'refresh-first': {
    kind: 'refresh',
    en: 'The person could be asked, but a silent refresh may make that needless.',
    zh: '本可询问用户，但静默刷新也许就够了。',
  },
  'look-first': {
    kind: 'confirm',
    en: 'The person could be asked, but a look at the source may make that needless.',
    zh: '本可询问用户，但先查看一次来源也许就够了。',
  },
  'person-needed': {
    kind: 'ask',
    en: 'Only the person can help, and may be asked now.',
    zh: '只有用户本人能解决，现在可以询问。',
  },
  'picture-needed': {
    kind: 'choose',
    en: 'Only the person can help, and may be asked now to choose a picture: authorization is not possible here.',
    zh: '只有用户本人能解决，现在可以请其选择头像：此处无法授权。',
  },
  'last-chance': {
    kind: 'rescue',
    en: 'The source is dying or gone and its picture is not stored: other nodes, sizes and hosts may still have it.',
    zh: '来源正在失效或已失效，而头像尚未保存：其他节点、尺寸或域名上也许还有。',
  },
  'no-copy': {
    kind: 'copy',
    en: 'The picture of the source is not stored yet.',
    zh: '来源的头像尚未保存。',
  },
  'look-due': {
    kind: 'confirm',
    en: 'The schedule owes the source a look.',
    zh: '按计划应查看来源。',
  },
  'refresh-waits': {
    kind: 'keep',
    en: 'A silent refresh will be tried first, but not yet.',
    zh: '将先尝试静默刷新，但还未到时间。',
  },
  'prompt-open': {
    kind: 'keep',
    en: 'A prompt is open already.',
    zh: '已有一个询问尚未结束。',
  },
  cooldown: {
    kind: 'keep',
    en: 'The person was asked in this scene a short while ago.',
    zh: '不久前已在此场景询问过。',
  },
  'after-decline': {
    kind: 'keep',
    en: 'The person said no and is left alone for a while.',
    zh: '用户已拒绝，一段时间内不再打扰。',
  },
  'budget-spent': {
    kind: 'keep',
    en: 'The person has been asked as often as the policy allows.',
    zh: '询问次数已达到策略上限。',
  },
  'scene-unknown': {
    kind: 'keep',
    en: 'The policy does not name this scene; nobody is asked there.',
    zh: '策略中没有此场景；在此不询问。',
  },
  'scene-never': {
    kind: 'keep',
    en: 'The policy never asks in this scene.',
    zh: '策略规定在此场景从不询问。',
  },
  'condition-unmet': {
    kind: 'keep',
    en: 'None of the conditions of this scene holds.',
    zh: '此场景的条件均不满足。',
  },
  'waits-for-tap': {
    kind: 'keep',
    en: 'Only the person can help, and is asked only after a tap of their own in a scene.',
    zh: '只有用户本人能解决，但仅在其于某个场景中主动点击之后才询问。',
  },
  uploaded: {
    kind: 'keep',
    en: 'The person gave this picture themselves; another is not asked for here.',
    zh: '头像由用户自己上传；在此不再询问。',
  },
  fine: {
    kind: 'keep',
    en: 'Nothing needs to be done.',
    zh: '无需处理。',
  },
} as const satisfies Readonly<Record<string, ReasonWords>>

/** A stable, machine-readable reason. */
export type Reason = keyof typeof reasons
