// Discord. An avatar's URL holds the hash of the picture: a new picture, a new URL; the old one ends in 404 sooner or
// later, sizes apart. Attachments are signed and carry their end. discord.com never serves avatars.
// Not death: 403, which all avatars answered in an incident of 2024-02 (PluralKit/PluralKit#610); a 404 of discord.com,
// where no avatar ever was; an attachment without its signature.
import { discord as discordScheme } from '../expiry.ts'
import type { Provider, UrlHints } from '../provider.ts'
import { type UrlParts, joinUrl, queryParameter, withParameter } from '../url.ts'

const sizes = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096]

const avatarPath =
  /^\/(?:avatars\/\d+|guilds\/\d+\/users\/\d+\/avatars)\/(?:a_)?([^/.]*)(?:\.[a-z]+)?$/

export const discord: Provider = {
  name: 'discord',
  title: 'Discord',
  hosts: ['cdn.discordapp.com', 'media.discordapp.net', 'discord.com', 'discordapp.com'],
  read: readDiscord,
  expiry: [discordScheme],
  probe: { method: 'HEAD' },
  defaults: [
    {
      id: 'discord.default-avatar',
      url: /^[^/]+\/embed\/avatars\/\d+\.png/,
      says: 'One of the coloured logos for people without a picture.',
      evidence: {
        source: 'Discord documentation, image formatting; discord-api-docs#2977',
        date: '2026',
      },
    },
  ],
  rules: [
    {
      id: 'discord.wrong-host',
      verdict: 'malformed',
      when: { status: 404, finalUrl: /^https?:\/\/(?:www\.)?discord(?:app)?\.com\// },
      says: 'HTTP 404: this host never serves avatars; cdn.discordapp.com does.',
      evidence: {
        source: 'Discord documentation, image formatting: the base address of the CDN',
        date: '2026',
      },
    },
    {
      id: 'discord.attachment-expired',
      verdict: 'gone',
      when: { status: 404, expired: true },
      says: 'The signature in the attachment’s URL has expired.',
      evidence: { source: 'Zeptosec/Thermastore#10, mautrix/discord#134', date: '2024-02' },
    },
    {
      id: 'discord.attachment-unsigned',
      verdict: 'malformed',
      when: {
        status: 404,
        finalUrl: /^https?:\/\/[^/]*\.discordapp\.(?:com|net)\/attachments\/(?!.*[?&]hm=)/,
      },
      says: 'The attachment’s URL lost its signature (ex, is, hm).',
      evidence: {
        source:
          'mautrix/discord#134, dortania/bugtracker#353: the same file answers once signed again',
        date: '2024-02',
      },
    },
    {
      id: 'discord.not-found',
      verdict: 'gone',
      when: { status: 404 },
      says: 'HTTP 404: the picture was replaced or removed by its owner.',
      evidence: {
        source: 'mppnet/frontend#64, GOATS2K/overpass#17, bdejesus/xiv-bars#403',
        date: '2026-08',
      },
    },
  ],
}

function readDiscord(parts: UrlParts): UrlHints {
  const found = avatarPath.exec(parts.path)
  if (found === null) return {}
  const hash = found[1] ?? ''
  if (!/^[0-9a-f]{32}$/.test(hash)) {
    // Made-up or foreign names are let pass; a shortened hash is not one.
    if (!/^[0-9a-f]{0,31}$/.test(hash)) return { sizes }
    const detail = `The picture’s hash is cut: ${hash.length} of 32 digits (a column too short?).`
    return { fault: { reason: 'cut-hash', detail }, sizes }
  }
  const on = (host: string, query: string) =>
    joinUrl({ ...parts, scheme: 'https', port: 443, host, query })
  if (parts.host === 'discord.com' || parts.host === 'discordapp.com') {
    const detail = `${parts.host} never serves avatars; cdn.discordapp.com does.`
    return {
      fault: { reason: 'wrong-host', detail },
      sizes,
      siblings: () => [on('cdn.discordapp.com', parts.query)],
    }
  }
  const size = queryParameter(parts.query, 'size')
  return {
    sizes,
    siblings: () =>
      ['1024', '512', '256', '128', '64', '32']
        .filter((one) => one !== size)
        .map((one) => on(parts.host, withParameter(parts.query, 'size', one))),
  }
}
