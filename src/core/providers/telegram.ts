// Telegram. A bot's file link lives for an hour at least and then ends without a date in it; it also holds the bot's
// token, so it must never reach a page. t.me/i/userpic and the CDN behind it show the newest picture.
// Not death: 401 (the token was revoked, or an hour's disorder as in tdlib/telegram-bot-api#779), a missing userpic on
// t.me, whose answer for hidden pictures is not known.
import type { Provider, UrlHints } from '../provider.ts'
import type { UrlParts } from '../url.ts'

export const telegram: Provider = {
  name: 'telegram',
  title: 'Telegram',
  hosts: ['api.telegram.org', 't.me', '.telesco.pe', '.telegram-cdn.org', '.cdn-telegram.org'],
  read: readTelegram,
  expiry: [],
  probe: { method: 'GET' },
  defaults: [],
  rules: [
    {
      id: 'telegram.file-over',
      verdict: 'gone',
      when: { status: 404, finalUrl: /^https?:\/\/api\.telegram\.org\/file\/bot/ },
      says: 'HTTP 404: the bot’s link to this file is over; getFile gives a new one.',
      evidence: {
        source: 'Telegram Bot API, File: valid for at least an hour, then getFile again',
        date: '2025',
        note: 'tdlib/telegram-bot-api#42 (2020-11) saw it on fresh links too: the link is dead, not the picture',
      },
    },
    {
      id: 'telegram.not-found',
      verdict: 'unknown',
      when: { status: 404, finalUrl: /^https?:\/\/t\.me\// },
      says: 'HTTP 404: the picture is hidden, or gone, or the name has changed.',
      evidence: {
        source: 'tactilenews/100eyes#557: what ends a link to a photo is unclear',
        date: '2020-11-29',
      },
    },
  ],
}

function readTelegram(parts: UrlParts): UrlHints {
  if (parts.host !== 'api.telegram.org') return {}
  const found = /^\/file\/bot([^/]*)(?:\/(.*))?$/.exec(parts.path)
  if (found === null) return {}
  if (!/^\d+:/.test(found[1] ?? '') || (found[2] ?? '') === '') {
    return {
      fault: {
        reason: 'file-link',
        detail: 'The link lacks the bot’s token or the path of the file.',
      },
    }
  }
  return {
    note: 'The URL carries a bot’s token: whoever reads it commands the bot. Store the file, never the link.',
  }
}
