// docs/config.md, made from the table of settings, so that the page cannot say anything else than the code does.
import {
  type Setting,
  type SettingKey,
  fileVariableOf,
  flagOf,
  settingKeys,
  table,
  topics,
} from './config-table.ts'

/** The page on settings, as Markdown. */
export function describeConfig(): string {
  return [
    '# Settings',
    '',
    'Made from `src/service/config-table.ts` by `npm run docs`; do not edit. Flags override the environment, the environment',
    'overrides the defaults; there is no file of settings. An empty value counts as none. A variable `EVERFACE_…` that is none',
    'of these is an error. `everface config` prints what is in force and where each value came from.',
    '',
    'A secret has no flag, because command lines can be seen by everybody on the machine; instead, `NAME_FILE` may name a file',
    'that holds it, as Docker and Kubernetes mount them. In logs and output a secret is `[secret]`.',
    '',
    ...Object.entries(topics).flatMap(([topic, title]) => [
      `## ${title}`,
      '',
      ...settingKeys.filter((key) => table[key].topic === topic).flatMap(sectionOf),
    ]),
  ].join('\n')
}

function sectionOf(key: SettingKey): string[] {
  const setting: Setting<unknown> = table[key]
  const other = flagOf(key) ?? fileVariableOf(key)
  return [
    `### ${setting.variable}`,
    '',
    setting.about,
    '',
    `- Takes ${setting.kind.shape}.`,
    `- Default: ${standardOf(setting)}.`,
    `- ${flagOf(key) === null ? 'Or from the file named by' : 'Flag:'} \`${other}\`.`,
    '',
  ]
}

function standardOf({ standard, otherwise }: Setting<unknown>): string {
  if (standard === null) return `none; ${otherwise ?? 'it stays unset'}`
  return standard === '' ? 'none' : `\`${standard}\``
}
