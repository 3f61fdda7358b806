// `everface key`: makes, lists and revokes API keys. A key's secret is shown once; the store keeps its SHA-256.
import { randomBytes } from 'node:crypto'
import { Option } from 'commander'
import { padEnd, textWidth } from '../audit/terminal-text.ts'
import { harmless } from '../look/text.ts'
import { EverfaceError } from '../errors.ts'
import { type ApiKey, type Scope, type Store, scopes } from '../store/store.ts'
import type { AddCommand } from './program.ts'
import {
  type SettingFlags,
  addSettingOptions,
  readSettings,
  settingFlagsOf,
} from './service-settings.ts'
import type { Terminal } from './terminal.ts'

type Flags = SettingFlags & { readonly json?: boolean }
type CreateFlags = Flags & { readonly name: string; readonly scope: Scope }

export const addKey: AddCommand = (program, terminal) => {
  const key = program
    .command('key')
    .description('API keys: create, list, revoke; and the secret of webhooks')
    .addHelpText(
      'after',
      `
Examples:
  everface key create --name app-server --scope write
  everface key list
  everface key revoke key_3f9a1c77b2d0

Scopes: read; write (read, and register, upload, forget); admin (everything). A secret is shown once.`,
    )
  const command = (name: string, about: string) =>
    addSettingOptions(key.command(name).description(about), ['data'])

  command('create', 'make a key; its secret is printed once')
    .requiredOption('--name <name>', 'what it is for, such as app-server')
    .addOption(
      new Option('--scope <scope>', 'what it may do').choices(scopes).makeOptionMandatory(),
    )
    .option('--json', 'print the key as JSON')
    .addHelpText('after', '\nExample:\n  everface key create --name app-server --scope write')
    .action((flags: CreateFlags) =>
      withStore(terminal, flags, (store) => create(store, flags, terminal)),
    )

  command('list', 'list all keys, without their secrets')
    .option('--json', 'print them as JSON')
    .addHelpText('after', '\nExample:\n  everface key list --json')
    .action((flags: Flags) =>
      withStore(terminal, flags, async (store) => {
        const keys = await store.keys()
        const text =
          flags.json === true ? `${JSON.stringify(keys.map(datedKey))}\n` : drawKeys(keys)
        terminal.stdout.write(text)
      }),
    )

  command('revoke', 'end a key; running services notice within seconds')
    .argument('<id>', 'as everface key list shows it')
    .addHelpText('after', '\nExample:\n  everface key revoke key_3f9a1c77b2d0')
    .action((id: string, flags: Flags) =>
      withStore(terminal, flags, async (store) => {
        if (!(await store.revokeKey(id, terminal.now()))) {
          throw new EverfaceError('usage', `There is no key "${id}" in force.`, {
            hint: 'everface key list shows all keys.',
          })
        }
        terminal.stderr.write(`The key ${id} is revoked.\n`)
      }),
    )

  command('webhook-secret', 'print the secret that webhooks are verified with')
    .addHelpText('after', '\nExample:\n  everface key webhook-secret')
    .action(async (flags: Flags) => {
      const { webhookSecretsOf } = await import('../service/webhook-sign.ts')
      const { secrets } = await readSettings(terminal, settingFlagsOf(flags), { secret: 'make' })
      // With several, all sign: receivers are to learn the first.
      terminal.stdout.write(`${webhookSecretsOf(secrets)[0] ?? ''}\n`)
    })
}

async function withStore(
  terminal: Terminal,
  flags: Flags,
  work: (store: Store) => Promise<void>,
): Promise<void> {
  const config = await readSettings(terminal, settingFlagsOf(flags), { secret: 'none' })
  const { openCurrentStore } = await import('./service-parts.ts')
  const store = await openCurrentStore(config)
  try {
    await work(store)
  } finally {
    await store.close()
  }
}

async function create(store: Store, flags: CreateFlags, terminal: Terminal): Promise<void> {
  const name = flags.name.trim()
  if (name === '' || name.length > 100 || harmless(name) !== name) {
    throw new EverfaceError('usage', '--name takes 1 to 100 characters without control characters.')
  }
  const { makeSecret } = await import('../service/http/auth.ts')
  const { secret, sha256 } = makeSecret()
  const key: ApiKey = {
    id: `key_${randomBytes(6).toString('hex')}`,
    name,
    scope: flags.scope,
    createdAt: terminal.now(),
    lastUsedAt: null,
    revokedAt: null,
  }
  await store.addKey(key, sha256)
  if (flags.json === true) {
    terminal.stdout.write(`${JSON.stringify({ ...datedKey(key), secret })}\n`)
    return
  }
  terminal.stdout.write(`${secret}\n`)
  terminal.stderr.write(
    `This is the secret of ${key.id} (${name}, ${key.scope}); it is not shown again. Requests carry it as\n  Authorization: Bearer ef_…\n`,
  )
}

/** Times as the HTTP interface writes them. */
function datedKey({ id, name, scope, createdAt, lastUsedAt, revokedAt }: ApiKey) {
  return {
    id,
    name,
    scope,
    createdAt: date(createdAt),
    lastUsedAt: date(lastUsedAt),
    revokedAt: date(revokedAt),
  }
}

function date(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}

function drawKeys(keys: readonly ApiKey[]): string {
  if (keys.length === 0) {
    return 'There is no key yet. Make one: everface key create --name app-server --scope write\n'
  }
  const day = (at: number | null) => date(at)?.slice(0, 16).replace('T', ' ') ?? 'never'
  const rows = [
    ['id', 'scope', 'name', 'created (UTC)', 'last used', 'state'],
    ...keys.map((key) => [
      key.id,
      key.scope,
      harmless(key.name),
      day(key.createdAt),
      day(key.lastUsedAt),
      key.revokedAt === null ? 'in force' : `revoked ${day(key.revokedAt)}`,
    ]),
  ]
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => textWidth(row[column] ?? ''))),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => padEnd(cell, widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}
