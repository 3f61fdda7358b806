// Which column holds the URL, which the id, which the time: as told, else guessed from names and values.
// Every guess is said, so that a wrong one is seen at once and mended with --column or --id-column.
import { EverfaceError } from '../../errors.ts'
import { foldName, nearest } from './nearest.ts'
import { readTime } from './time.ts'

/** What the caller wants to be taken for what. */
export interface WantedColumns {
  readonly urlColumn?: string | undefined
  readonly idColumn?: string | undefined
  readonly sinceColumn?: string | undefined
}

/** Positions of the columns; null where there is none. */
export interface ChosenColumns {
  readonly url: number
  readonly id: number | null
  readonly since: number | null
  /** One sentence for each guess. */
  readonly notes: readonly string[]
}

/** Names that mean a picture's URL, the surest first; folded as `foldName` does. */
const urlNames = [
  'headimgurl',
  'headimg',
  'avatarurl',
  'avatar',
  'avatarlink',
  'avatarsrc',
  'headurl',
  'headpic',
  'headimage',
  'headicon',
  'faceurl',
  'face',
  'figureurl',
  'portraiturl',
  'portrait',
  'profilepicture',
  'profilepictureurl',
  'profileimageurl',
  'profileimage',
  'profilepic',
  'photourl',
  'photo',
  'pictureurl',
  'picture',
  'userpic',
  '头像地址',
  '头像链接',
  '头像url',
  '头像',
  '微信头像',
  '用户头像',
  'imageurl',
  'image',
  'imgurl',
  'img',
  'pic',
  'picurl',
  'iconurl',
  'icon',
  '图片地址',
  '图片链接',
  '图片',
  'url',
  'uri',
  'link',
  'href',
  'src',
  '链接',
  '网址',
]
/** Parts of names that mean it, after the whole names. */
const urlParts = ['headimg', 'avatar', '头像', 'portrait', 'photo', 'picture', 'headpic', 'faceurl']
const idNames = [
  'id',
  'userid',
  'uid',
  'subject',
  'sub',
  'openid',
  'unionid',
  '用户id',
  '会员id',
  '编号',
  '用户编号',
  'memberid',
  'accountid',
  'customerid',
  'playerid',
  'pk',
  'userno',
  'username',
  'account',
  'guid',
  'uuid',
]
const sinceNames = [
  'since',
  'createdat',
  'createtime',
  'creationtime',
  'created',
  'gmtcreate',
  'ctime',
  'createdate',
  'datecreated',
  'datejoined',
  'joinedat',
  'registeredat',
  'registertime',
  'regtime',
  'regdate',
  'signupat',
  'addtime',
  'insertedat',
  '创建时间',
  '注册时间',
  'updatedat',
  'updatetime',
  'modifiedat',
  'gmtmodified',
  'lastlogin',
  'lastloginat',
  '更新时间',
  'timestamp',
]

/**
 * Chooses the columns.
 * @param names the columns there are, in order
 * @param sample the first records; may be empty
 * @param wanted what the caller named; everything else is guessed
 * @param where what has these columns, for messages
 */
export function chooseColumns(
  names: readonly string[],
  sample: readonly (readonly string[])[],
  wanted: WantedColumns,
  where: string,
): ChosenColumns {
  const notes: string[] = []
  let url: number
  if (wanted.urlColumn === undefined) {
    url = guessUrlColumn(names, sample, where)
    notes.push(`column ${nameColumn(names, url)} holds the URL`)
  } else url = findColumn(wanted.urlColumn, names, where)

  let id = wanted.idColumn === undefined ? -1 : findColumn(wanted.idColumn, names, where)
  if (id === -1) {
    id = guessByName(names, idNames, url)
    if (id === -1 && url !== 0 && foldName(names[0] ?? '').endsWith('id')) id = 0
    notes.push(
      id === -1
        ? 'no column holds an id: rows are numbered'
        : `column ${nameColumn(names, id)} holds the id`,
    )
  }

  let since = wanted.sinceColumn === undefined ? -1 : findColumn(wanted.sinceColumn, names, where)
  if (since === -1) {
    since = guessSince(names, sample, [url, id])
    if (since !== -1) {
      notes.push(
        `column ${nameColumn(names, since)} tells since when (read as UTC where it names no zone)`,
      )
    }
  }
  return { url, id: id === -1 ? null : id, since: since === -1 ? null : since, notes }
}

/** The position of a column that the caller named, by its name or its 1-based number. */
export function findColumn(wanted: string, names: readonly string[], where: string): number {
  const exact = names.indexOf(wanted)
  if (exact !== -1) return exact
  const folded = names.findIndex((name) => name.trim().toLowerCase() === wanted.toLowerCase())
  if (folded !== -1) return folded
  const position = /^\d+$/.test(wanted) ? Number(wanted) : 0
  if (position >= 1 && position <= names.length) return position - 1
  const meant = nearest(wanted, names)
  throw new EverfaceError(
    'column-missing',
    `${where} has no column "${wanted}"${meant === undefined ? '' : ` (did you mean "${meant}"?)`}; ` +
      listColumns(names),
  )
}

/** Whether a value looks like a picture's URL. */
export function looksLikeUrl(value: string): boolean {
  return /^\s*(?:https?:)?\/\/[^\s/]/i.test(value)
}

/** The column whose name and values look most like a picture's URL. */
export function guessUrlColumn(
  names: readonly string[],
  sample: readonly (readonly string[])[],
  where: string,
): number {
  const named = names
    .map((name, at) => ({ at, rank: rankUrlName(name), urls: countUrls(sample, at) }))
    .sort((a, b) => a.rank - b.rank || a.at - b.at)
  const best = named.find(({ rank, urls }) => rank !== Infinity && urls > 0)
  if (best !== undefined) return best.at
  const byValue = named.toSorted((a, b) => b.urls - a.urls || a.at - b.at)[0]
  if (byValue !== undefined && byValue.urls > 0) return byValue.at
  if (named[0] !== undefined && named[0].rank !== Infinity) return named[0].at
  throw new EverfaceError(
    'column-missing',
    `no column of ${where} looks like a picture's URL; ${listColumns(names)}`,
    { hint: 'Name the column with --column NAME.' },
  )
}

function rankUrlName(name: string): number {
  const last = name.split('.').at(-1) ?? name
  for (const folded of [foldName(name), foldName(last)]) {
    const rank = urlNames.indexOf(folded)
    if (rank !== -1) return rank
  }
  const part = urlParts.findIndex((known) => foldName(name).includes(known))
  return part === -1 ? Infinity : urlNames.length + part
}

function countUrls(sample: readonly (readonly string[])[], at: number): number {
  return sample.reduce((count, record) => count + (looksLikeUrl(record[at] ?? '') ? 1 : 0), 0)
}

function guessByName(names: readonly string[], known: readonly string[], taken: number): number {
  const folded = names.map(foldName)
  for (const name of known) {
    const at = folded.indexOf(name)
    if (at !== -1 && at !== taken) return at
  }
  return -1
}

function guessSince(
  names: readonly string[],
  sample: readonly (readonly string[])[],
  taken: readonly number[],
): number {
  const folded = names.map(foldName)
  for (const name of sinceNames) {
    const at = folded.indexOf(name)
    if (at === -1 || taken.includes(at)) continue
    const values = sample.map((record) => record[at] ?? '').filter((value) => value !== '')
    if (values.length === 0 || values.some((value) => readTime(value) !== undefined)) return at
  }
  return -1
}

function nameColumn(names: readonly string[], at: number): string {
  return `"${names[at] ?? at + 1}"`
}

function listColumns(names: readonly string[]): string {
  const shown = names.slice(0, 40).map((name) => `"${name}"`)
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : ''
  return shown.length === 0 ? 'it has no column' : `there are ${shown.join(', ')}${more}`
}
