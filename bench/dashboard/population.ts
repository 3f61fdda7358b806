// A million people as a service has them after more than a year: eight providers, every standing, copies, three looks and
// an event or two each, prompts, webhooks that failed, suspects, figures of 90 days. Made by SQL that both engines read.
import type { Standing } from '../../src/core/avatar.ts'
import type { DayFigures } from '../../src/store/figures.ts'

/** How one engine writes what the other writes otherwise. */
export interface Writer {
  /** Rows `s (n)` with the numbers from the one to the other. */
  readonly series: (from: number, to: number) => string
  /** SHA-256 of a number, as text: a digit and the number. */
  readonly hash: (digit: string, number: string) => string
  /** A number as so many digits. */
  readonly padded: (number: string, digits: number) => string
}

/** SQLite. */
export const sqliteWriter: Writer = {
  series: (from, to) => `(WITH RECURSIVE s (n) AS (SELECT ${from} UNION ALL
    SELECT n + 1 FROM s LIMIT ${to - from + 1}) SELECT n FROM s) AS s`,
  hash: (digit, number) =>
    `(replace(hex(zeroblob(28)), '0', '${digit}') || printf('%08d', ${number}))`,
  padded: (number, digits) => `printf('%0${digits}d', ${number})`,
}

/** PostgreSQL. */
export const postgresWriter: Writer = {
  series: (from, to) => `generate_series(${from}::bigint, ${to}::bigint) AS s (n)`,
  hash: (digit, number) => `(repeat('${digit}', 56) || lpad((${number})::text, 8, '0'))`,
  padded: (number, digits) => `lpad((${number})::text, ${digits}, '0')`,
}

const dayMs = 86_400_000
const looksEach = 3
const failedDeliveries = 2_000
const marks = 240
const shownDays = 90
/** Numbers spread evenly, always the same way; the one is no function of the other. */
const spread = '(n * 2654435761 % 1000003)'
const other = '(n * 40503 % 999983)'

/** The first value whose bound the number is below. */
function pick(
  number: string,
  bounds: readonly (readonly [below: number, value: string])[],
): string {
  const cases = bounds.map(([below, value]) => `WHEN ${number} < ${below} THEN '${value}'`)
  return `CASE ${cases.join(' ')} ELSE '${bounds.at(-1)?.[1] ?? ''}' END`
}

const provider = pick(`(${spread} % 1000)`, [
  [690, 'wechat'],
  [790, 'qq'],
  [870, 'google'],
  [910, 'facebook'],
  [940, 'github'],
  [960, 'discord'],
  [980, 'generic'],
  [1_000, 'upload'],
])
const standing = `CASE WHEN ${spread} % 1000 >= 980 THEN 'uploaded' ELSE ${pick(
  `(${other} % 1000)`,
  [
    [840, 'alive'],
    [848, 'dying'],
    [930, 'gone'],
    [970, 'placeholder'],
    [1_000, 'unknown'],
  ],
)} END`

/** Statements that fill an empty store with so many people, in this order. @param now milliseconds UTC */
export function fillingOf(people: number, now: number, writer: Writer): readonly string[] {
  const pieces: string[] = []
  const piece = 200_000
  for (let from = 1; from <= people; from += piece) {
    const series = writer.series(from, Math.min(people, from + piece - 1))
    pieces.push(avatars(series, now, writer), schedules(series, now))
    pieces.push(pictures(series, now, writer), copies(series, writer))
    for (let look = 0; look < looksEach; look++) pieces.push(looks(series, now, look))
    pieces.push(events(series, now, writer))
  }
  return [...pieces, ...deliveries(now), ...suspects(now, writer), ...clocks(now), ...days(now)]
}

/** When somebody was last looked at: within ten days. */
const lookedAt = (now: number) => `(${now} - ${other} * 864)`

function avatars(series: string, now: number, { hash }: Writer): string {
  const url = `CASE WHEN ${spread} % 1000 >= 980 THEN NULL ELSE
    'https://thirdwx.qlogo.cn/mmopen/vi_32/' || ${hash('U', 'n')} || ${hash('V', 'n')} || '/132' END`
  // One of twenty has no copy; one of a thousand waits for a look out of turn, some for long.
  const kept = (value: string) => `CASE WHEN n % 20 = 7 THEN NULL ELSE ${value} END`
  return `INSERT INTO avatar (subject, name, url, url_at, provider, standing, standing_at, views,
      views_at, logins, opens, first_seen_at, copy_sha256, copy_raw_sha256, copy_phash, copy_url,
      copy_taken_at, created_at)
    SELECT 'user-' || n, CASE WHEN n % 3 = 0 THEN NULL ELSE '用户 ' || n END, ${url},
      ${now} - ${spread} * 34560, ${provider}, ${standing}, ${now} - ${other} * 8640,
      CAST(1 + ${spread} % 40 AS double precision) / 10, ${now}, 3, 9, ${now} - ${spread} * 34560,
      ${kept(hash('a', 'n'))}, ${kept(hash('b', 'n'))}, ${kept(`'00ff00ff00ff00ff'`)}, ${kept(url)},
      ${kept(`${now} - ${spread} * 34560`)}, ${now} - ${spread} * 34560
    FROM ${series}`
}

function schedules(series: string, now: number): string {
  return `INSERT INTO schedule (avatar_id, provider, swept, next_check_at, urgent_at, urgency, alpha, beta,
      confirmed_at, suspect, unknown_streak, revision)
    SELECT avatar.id, avatar.provider, ${spread} % 1000 < 980, CAST(${other} AS double precision) / 1000,
      CASE WHEN n % 1000 = 1 THEN ${now} - ${other} * 60 ELSE NULL END,
      CASE WHEN n % 1000 = 1 THEN 'retry' ELSE NULL END, 0.6, 100 + ${other} % 300, ${lookedAt(now)}, 0, 0, 0
    FROM ${series} JOIN avatar ON avatar.subject = 'user-' || n`
}

function pictures(series: string, now: number, { hash }: Writer): string {
  return `INSERT INTO picture (sha256, raw_sha256, phash, bytes, width, height, raw_mime, first_seen_at)
    SELECT ${hash('a', 'n')}, ${hash('b', 'n')}, '00ff00ff00ff00ff', 4000 + ${other} % 8000, 132, 132,
      'image/jpeg', ${now} - ${spread} * 34560 FROM ${series} WHERE n % 20 <> 7`
}

function copies(series: string, { hash }: Writer): string {
  return `INSERT INTO copy (avatar_id, raw_sha256, sha256, url, taken_at, shown)
    SELECT avatar.id, avatar.copy_raw_sha256, ${hash('a', 'n')}, avatar.copy_url, avatar.copy_taken_at,
      TRUE FROM ${series} JOIN avatar ON avatar.subject = 'user-' || n
    WHERE avatar.copy_sha256 IS NOT NULL`
}

/** Each round a month before the one after it. */
function looks(series: string, now: number, round: number): string {
  const at = `(${lookedAt(now)} - ${round} * ${30 * dayMs})`
  return `INSERT INTO observation (avatar_id, at, edge, url, method, status, verdict, rule, detail, sha256,
      bytes, mime, ms)
    SELECT avatar.id, ${at}, '203.0.113.' || (${other} % 24), NULL, 'HEAD', 200,
      CASE WHEN avatar.standing IN ('gone', 'dying') AND ${round} = 0 THEN 'gone' ELSE 'alive' END,
      'wechat.picture', 'The picture is there.', NULL, 5093, 'image/jpeg', 8.5 + ${other} % 40
    FROM ${series} JOIN avatar ON avatar.subject = 'user-' || n WHERE avatar.url IS NOT NULL`
}

/** The registration of each, and what became of one of six. Ids ascend with time. */
function events(series: string, now: number, { padded }: Writer): string {
  const one = (at: string, type: string, where: string) =>
    `SELECT 'evt_' || ${padded(at, 15)} || ${padded('n', 9)} || substr(${type}, 8), avatar.id,
       avatar.subject, ${type}, ${at}, '{}'
     FROM ${series} JOIN avatar ON avatar.subject = 'user-' || n WHERE ${where}`
  const news = pick(`(${spread} % 100)`, [
    [40, 'avatar.gone'],
    [60, 'avatar.changed'],
    [75, 'avatar.rescued'],
    [85, 'person.prompt-shown'],
    [90, 'person.prompt-accepted'],
    [100, 'avatar.dying'],
  ])
  return `INSERT INTO event (id, avatar_id, subject, type, at, data)
    ${one(`(${now} - ${spread} * 34560)`, `'avatar.registered'`, 'TRUE')} UNION ALL
    ${one(lookedAt(now), news, 'n % 6 = 0')}`
}

function deliveries(now: number): readonly string[] {
  const of = (state: string, limit: number, order: string) =>
    `INSERT INTO delivery (event_id, hook, state, attempts, next_at, last_status, last_error)
     SELECT id, 'https://app.example/hooks/everface', '${state}', 14, ${now}, 503, 'It answered 503.'
     FROM (SELECT id FROM event ORDER BY id ${order} LIMIT ${limit}) AS part`
  return [of('failed', failedDeliveries, 'DESC'), of('pending', failedDeliveries, '')]
}

/** One of eight is still to be judged. */
function suspects(now: number, { hash, series }: Writer): readonly string[] {
  return [
    `INSERT INTO mark (raw_sha256, mark, marked_at, subjects)
     SELECT ${hash('b', 'n')}, CASE WHEN n % 8 = 0 THEN 'suspected' WHEN n % 8 = 1 THEN 'face'
       ELSE 'placeholder' END, ${now} - n * 60000, 3 + n % 50 FROM ${series(1, marks)}`,
  ]
}

function clocks(now: number): readonly string[] {
  return [
    `INSERT INTO clock (provider, v, omega, v_seen, seen_at, live, pace_tokens, sweep_tokens,
       event_tokens, refilled_at, pace, slowed_at, death_days, spurious)
     SELECT provider, 0, 0.02, 0, ${now}, count(*), 0, 0, 0, ${now}, 50,
       CASE WHEN provider = 'qq' THEN ${now} - 60000 ELSE 0 END, 3.5, 0.001
     FROM avatar WHERE provider <> 'upload' GROUP BY provider`,
  ]
}

function days(now: number): readonly string[] {
  return Array.from({ length: shownDays }, (_, back) => {
    const day = new Date(now - back * dayMs).toISOString().slice(0, 10)
    const held = (1 - back / 400) * 1_000_000
    const standings: Record<Standing, number> = {
      alive: Math.round(held * 0.823),
      dying: Math.round(held * 0.008),
      gone: Math.round(held * 0.08),
      placeholder: Math.round(held * 0.039),
      unknown: Math.round(held * 0.03),
      uploaded: Math.round(held * 0.02),
    }
    const figures: Omit<DayFigures, 'day'> = {
      standings,
      copies: Math.round(held * 0.95),
      looks: 100_000,
      events: { 'avatar.gone': 900, 'avatar.rescued': 240, 'avatar.changed': 700 },
    }
    return `INSERT INTO note (name, value) VALUES ('day ${day}', '${JSON.stringify(figures)}')`
  }).concat(
    `INSERT INTO note (name, value) VALUES ('figures', '${JSON.stringify({ event: 'evt_~', looksUntil: now })}')`,
  )
}
