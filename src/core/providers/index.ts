// Every provider, one line each. The first whose hosts match a URL speaks for it.
import type { Provider } from '../provider.ts'
import type { Rule } from '../rules.ts'
import { elsewhereRules, failureRules, httpRules } from './common.ts'
import { discord } from './discord.ts'
import { facebook } from './facebook.ts'
import { feishu } from './feishu.ts'
import { generic } from './generic.ts'
import { github } from './github.ts'
import { google } from './google.ts'
import { gravatar } from './gravatar.ts'
import { instagram } from './instagram.ts'
import { linkedin } from './linkedin.ts'
import { qq } from './qq.ts'
import { slack } from './slack.ts'
import { telegram } from './telegram.ts'
import { wechat } from './wechat.ts'
import { wecom } from './wecom.ts'
import { weibo } from './weibo.ts'
import { x } from './x.ts'

/** All providers but `generic`, which takes what is left. */
export const providers: readonly Provider[] = [
  wechat,
  wecom,
  qq,
  weibo,
  feishu,
  google,
  facebook,
  instagram,
  discord,
  github,
  linkedin,
  slack,
  x,
  telegram,
  gravatar,
]

const byHost = new Map<string, Provider>()
const bySuffix = new Map<string, Provider>()
const byPattern: [RegExp, Provider][] = []
for (const provider of providers) {
  for (const host of provider.hosts) {
    if (typeof host !== 'string') byPattern.push([host, provider])
    else if (host.startsWith('.')) bySuffix.set(host.slice(1), provider)
    else byHost.set(host, provider)
  }
}

/** The provider of a host, `generic` when nobody claims it. Whole names win over patterns, patterns over suffixes. */
export function providerOf(host: string): Provider {
  const exact = byHost.get(host)
  if (exact !== undefined) return exact
  for (const [pattern, provider] of byPattern) if (pattern.test(host)) return provider
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    const found = bySuffix.get(host.slice(dot + 1))
    if (found !== undefined) return found
  }
  return generic
}

const rulesByProvider = new Map<string, readonly Rule[]>(
  [...providers, generic].map((provider) => [
    provider.name,
    [...failureRules, ...elsewhereRules, ...provider.rules, ...httpRules],
  ]),
)

/** The rules that hold for a provider, in order: failures, answers of others, its own, HTTP as it is written. */
export function rulesOf(provider: Provider): readonly Rule[] {
  return rulesByProvider.get(provider.name) ?? httpRules
}

export { generic }
