// What Everface knows of every provider, as the Markdown page docs/providers.md. Made from the rules themselves, so
// that the page cannot say anything else than the code does.
import type { Provider } from '../provider.ts'
import type { DefaultPicture, Rule } from '../rules.ts'
import { elsewhereRules, failureRules, httpRules } from './common.ts'
import { generic, providers } from './index.ts'

/** The page on providers, as Markdown. */
export function describeProviders(): string {
  const all = [...providers, generic]
  return [
    '# Providers',
    '',
    'Generated from `src/core/providers`; do not edit. What a URL or an answer means is decided by these rules alone,',
    'from top to bottom: failures of the network, the provider’s own rules, then HTTP as it is written. The first rule',
    'that holds speaks; where redirects led to another provider, it is one of that provider’s. What no rule covers is',
    '`unknown`, and unknown never means dead.',
    '',
    ...table(
      ['provider', 'hosts', 'asked by', 'death dates in the URL', 'default faces', 'own rules'],
      all.map((provider) => [
        `[${provider.title}](#${provider.name})`,
        `${provider.hosts.length === 0 ? 'all others' : provider.hosts.length}`,
        provider.probe.method,
        datesOf(provider),
        `${provider.defaults.length}`,
        `${provider.rules.length}`,
      ]),
    ),
    '',
    ...all.flatMap(sectionOf),
    '## All providers',
    '',
    'Failures, before a provider’s own rules:',
    '',
    ...rulesTable(failureRules),
    '',
    'Answers of others, where redirects led, before them too:',
    '',
    ...rulesTable(elsewhereRules),
    '',
    'HTTP, after them:',
    '',
    ...rulesTable(httpRules),
    '',
  ].join('\n')
}

function sectionOf(provider: Provider): string[] {
  const { hosts } = provider
  const { headers } = provider.probe
  const lines = [
    `## ${provider.title}`,
    '',
    `<a id="${provider.name}"></a>`,
    '',
    `- Name in results: \`${provider.name}\``,
    `- Hosts: ${hosts.length === 0 ? 'every host that no other provider claims' : hosts.map(hostText).join(', ')}`,
    `- Asked by: ${provider.probe.method}${headers === undefined ? '' : `, with ${headersText(headers)}`}`,
    `- Death dates in the URL: ${datesOf(provider)}`,
    '',
  ]
  if (provider.defaults.length > 0) {
    lines.push('Default faces, known by their URL:', '', ...defaultsTable(provider.defaults), '')
  }
  if (provider.rules.length === 0) {
    lines.push('No rules of its own: the [common ones](#all-providers) hold.', '')
  } else {
    lines.push(...rulesTable(provider.rules), '')
  }
  return lines
}

function datesOf({ expiry }: Provider): string {
  const names = [...new Set(expiry.map(({ name }) => `\`${name}\``))]
  return names.length === 0 ? 'none' : names.join(', ')
}

function hostText(host: string | RegExp): string {
  if (typeof host !== 'string') return `\`/${host.source}/\``
  return host.startsWith('.') ? `\`*${host}\`` : `\`${host}\``
}

function headersText(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `\`${name}: ${value}\``)
    .join(', ')
}

function rulesTable(rules: readonly Rule[]): string[] {
  return table(
    ['rule', 'verdict', 'what it says', 'evidence'],
    rules.map((rule) => [`\`${rule.id}\``, rule.verdict, saysOf(rule), evidenceOf(rule)]),
  )
}

function defaultsTable(defaults: readonly DefaultPicture[]): string[] {
  return table(
    ['default face', 'URL', 'what it says', 'evidence'],
    defaults.map((picture) => [
      `\`${picture.id}\``,
      `\`${picture.url.source}\``,
      picture.says,
      evidenceOf(picture),
    ]),
  )
}

function saysOf({ says }: Rule): string {
  return says.replace('{failure}', 'What went wrong, in words.').replace('{status}', '…')
}

function evidenceOf({ evidence }: Rule | DefaultPicture): string {
  const note = evidence.note === undefined ? '' : `. Note: ${evidence.note}`
  return `${evidence.source} (${evidence.date})${note}`
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)]
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
