// What each of the platform's codes means for us. Every answer comes with HTTP 200 and only the number can be relied on: the
// sentence beside it ends in a mark of the request, and changed its form over the years.

/**
 * What to do about a code:
 * - `over`: the person's grant has ended; only the person can give another
 * - `spent`: the code of an authorization is good no more; a new authorization is needed
 * - `stale`: the access token is good no more; refresh, then ask again
 * - `wait`: ask again later, all calls of this kind alike
 * - `configuration`: an operator must mend something; nothing is wrong with the person or the grant
 * - `refused`: asking again the same way is of no use; says nothing about the grant
 * - `unknown`: nothing is known of this code; it changes nothing
 */
export type ErrcodeAction =
  | 'over'
  | 'spent'
  | 'stale'
  | 'wait'
  | 'configuration'
  | 'refused'
  | 'unknown'

/** A code of the platform. */
export interface Errcode {
  readonly code: number
  /** One sentence for an operator. */
  readonly meaning: string
  readonly action: ErrcodeAction
  /** Where this was learnt. */
  readonly source: string
}

const list = 'binarywang/WxJava WxOpenErrorMsgEnum.java, 2025'
const community = 'developers.weixin.qq.com/community'

function row(
  code: number,
  action: ErrcodeAction,
  meaning: string,
  source: string = list,
): readonly [number, Errcode] {
  return [code, { code, meaning, action, source }]
}

/** Every code that the calls of this room are known to answer. */
export const errcodes: ReadonlyMap<number, Errcode> = new Map([
  row(
    -1,
    'wait',
    'The platform failed. A code that was sent along may be used up all the same.',
    `${list}; ${community}/personal/oCJUswztflzzbJO5dWLCGHZ22XCQ/answer`,
  ),
  row(
    40001,
    'stale',
    'The access token is not valid, or not the latest; now and then this was said falsely.',
    `${list}; false ones reported 2020-2021`,
  ),
  row(40003, 'refused', 'The openid does not belong to the access token.'),
  row(40013, 'configuration', 'The platform does not know the appid.'),
  row(40014, 'stale', 'The access token is not valid.'),
  row(40029, 'spent', 'The code is not valid.'),
  row(40030, 'over', 'The refresh token is not valid.'),
  row(40125, 'configuration', 'The secret of the app is wrong.'),
  row(40163, 'spent', 'The code was used before, as when the person loads the page again.'),
  row(40226, 'refused', 'The platform blocks this person, whom it takes for a risk.'),
  row(41001, 'refused', 'The access token is missing from the request.'),
  row(41002, 'configuration', 'The appid is missing from the request.'),
  row(41003, 'refused', 'The refresh token is missing from the request.'),
  row(41004, 'configuration', 'The secret of the app is missing from the request.'),
  row(41008, 'refused', 'The code is missing from the request.'),
  row(41009, 'refused', 'The openid is missing from the request.'),
  row(42001, 'stale', 'The access token has expired.'),
  row(42002, 'over', 'The refresh token has expired.'),
  row(42003, 'spent', 'The code has expired: it lives five minutes.'),
  row(42007, 'over', 'The person changed the password or withdrew consent.'),
  row(45009, 'wait', 'The calls of the day are used up, or came too often.'),
  row(45011, 'wait', 'The calls of the minute are used up.'),
  row(
    48001,
    'refused',
    'The app may not ask for this: consent was for the openid alone, or by a snapshot visitor.',
    `${list}; ${community}/doc/0006eec7030d28b7656ea683e55400, 2022-08`,
  ),
  row(48004, 'configuration', 'The platform has banned the app from this call.'),
  // Said of an app that lost a permission as well as of a person. Were it the end of a grant, such an app would lose all of
  // them, and could not use them when it has its permission back.
  row(50001, 'refused', 'The app, or the person, has not authorized this call.'),
  row(50002, 'refused', 'The account of the person is frozen or closed.'),
])

/** What to do about a code; `unknown` for one that is not in the table. */
export function actionOf(code: number): ErrcodeAction {
  return errcodes.get(code)?.action ?? 'unknown'
}

/** A sentence of the platform, taken apart. */
export interface Errmsg {
  /** At most 200 characters, printable. */
  readonly sentence: string
  /** The mark of the request, by which the platform's support can look it up; null without one. */
  readonly rid: string | null
}

/** The two forms of the mark: today's, with or without a comma, and that of the years to 2021. */
const mark =
  /,? ?rid: ?([0-9A-Za-z-]{1,64}) ?$|,? ?hints: ?\[ ?req_id: ?([0-9A-Za-z._-]{1,64}) ?\] ?$/

/** Takes the mark of the request off a sentence of the platform. For people only: nothing is decided by it. */
export function readErrmsg(errmsg: string): Errmsg {
  const whole = errmsg
    .slice(0, 400)
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
  const found = mark.exec(whole)
  const sentence = found === null ? whole : whole.slice(0, found.index)
  return { sentence: sentence.slice(0, 200).trim(), rid: found?.[1] ?? found?.[2] ?? null }
}
