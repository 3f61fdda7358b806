// How the commands of the service come to their settings: flags, environment, files with secrets, and the secret in the data
// folder, which the first start makes.
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { nearest } from '../audit/sources/nearest.ts'
import { EverfaceError } from '../errors.ts'
import { type Config, type Texts, readConfig } from '../service/config.ts'
import {
  type Setting,
  type SettingKey,
  fileVariableOf,
  flagOf,
  settingKeys,
  table,
  topics,
} from '../service/config-table.ts'
import { secretText } from '../service/config-values.ts'
import type { Terminal } from './terminal.ts'

/** Values of the flags of settings, by key. */
export type SettingFlags = Partial<Readonly<Record<SettingKey, string>>>

/** Adds the flags of settings, under the headings of their topics. */
export function addSettingOptions(
  command: Command,
  keys: readonly SettingKey[] = settingKeys,
): Command {
  for (const key of keys) {
    const flag = flagOf(key)
    if (flag === null) continue
    const { topic, about, standard, kind, variable }: Setting<unknown> = table[key]
    const option = command.createOption(
      kind.shape === 'yes or no' ? `${flag} [yes|no]` : `${flag} <value>`,
      `${about} [${variable}${standard === null || standard === '' ? '' : `, ${standard}`}]`,
    )
    option.helpGroup(`${topics[topic]}:`)
    if (kind.shape === 'yes or no') option.preset('yes')
    // A list may be given piece by piece.
    else if (kind.shape.includes('separated by')) option.argParser(joinTexts)
    command.addOption(option)
  }
  return command
}

function joinTexts(text: string, before: string | undefined): string {
  return before === undefined ? text : `${before} ${text}`
}

/** The flags of settings among all flags of a command. */
export function settingFlagsOf(flags: Readonly<Record<string, unknown>>): SettingFlags {
  return Object.fromEntries(
    settingKeys.flatMap((key) => {
      const value = flags[key]
      return typeof value === 'string' && !table[key].secret ? [[key, value]] : []
    }),
  )
}

/**
 * Reads the settings of this process.
 * @param options `secret`: `make` one in the data folder where it is the embedded store's to have and there is none;
 * `need` one that is there; `none` where nothing is signed
 * Throws `config-invalid` with every problem, `secret-unreadable`.
 */
export async function readSettings(
  terminal: Pick<Terminal, 'env'>,
  flags: SettingFlags,
  { secret }: { secret: 'make' | 'need' | 'none' },
): Promise<Config> {
  const { env } = terminal
  const files = await readNamedFiles(env)
  const first = readConfig({ env, flags, files }, { needsSecret: false, nearest })
  const embedded = first.secrets.databaseUrl === null
  if (first.secrets.secret !== '' || !embedded || secret === 'none') {
    return readConfig({ env, flags, files }, { needsSecret: secret !== 'none', nearest })
  }
  const file = secretFileOf(first.settings.data)
  const found = (await readSecret(file)) ?? (secret === 'make' ? await makeSecret(file) : null)
  if (found !== null) files.secret = found
  return readConfig({ env, flags, files }, { nearest })
}

/** Where the embedded store's secret is kept. */
export function secretFileOf(data: string): string {
  return join(data, 'secret')
}

/** The secret in the data folder, null when there is none. Throws `secret-unreadable`. */
export async function readSecret(file: string): Promise<string | null> {
  const text = await readText(file, true)
  if (text === null) return null
  if (secretText.read(text) !== null) return text
  throw new EverfaceError('secret-unreadable', `${file} holds no secret.`, {
    hint: `Restore it from a backup. Without the right one picture signatures and webhooks change, and what was encrypted with it is lost.`,
  })
}

/** Of two processes that start at once, one makes the secret and both take it. */
async function makeSecret(file: string): Promise<string> {
  const made = randomBytes(32).toString('base64url')
  const aside = `${file}.${randomBytes(6).toString('hex')}`
  try {
    await mkdir(join(file, '..'), { recursive: true, mode: 0o700 })
    try {
      await writeSafely(aside, made)
      // Whole or not at all, and never over one that is there.
      await link(aside, file)
    } finally {
      await rm(aside, { force: true })
    }
    await flushFolder(join(file, '..'))
    return made
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST') return (await readSecret(file)) ?? made
    throw new EverfaceError('secret-unreadable', `${file} cannot be written (${code}).`, { cause })
  }
}

async function writeSafely(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(`${text}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path)
  await folder.sync().finally(() => folder.close())
}

/** What `EVERFACE_SECRET_FILE` and its like name. */
async function readNamedFiles(env: Texts): Promise<Partial<Record<SettingKey, string>>> {
  const files: Partial<Record<SettingKey, string>> = {}
  for (const key of settingKeys) {
    const variable = fileVariableOf(key)
    const file = variable === null ? '' : (env[variable]?.trim() ?? '')
    if (file === '') continue
    const text = await readText(file, false)
    if (text === null || text === '') {
      throw new EverfaceError('secret-unreadable', `${file} (${variable}) is empty.`)
    }
    files[key] = text
  }
  return files
}

async function readText(file: string, mayMiss: boolean): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (mayMiss && code === 'ENOENT') return null
    throw new EverfaceError('secret-unreadable', `${file} cannot be read (${code}).`, { cause })
  }
}
