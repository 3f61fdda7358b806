// The codes by which the authorize page refuses a link, in the platform's sentences, with what they mean.
import { endPage } from './authorize-pages.ts'
import type { Answer } from './respond.ts'

/** The platform's codes for authorize links, with its sentences. */
const refusals: ReadonlyMap<number, readonly [string, string]> = new Map([
  [
    10003,
    [
      'redirect_uri域名与后台配置不一致',
      'redirect_uri is not on the domain that the app registered.',
    ],
  ],
  [10004, ['此公众号被封禁', 'The official account is banned.']],
  [10005, ['此公众号并没有这些scope的权限', 'The official account may not ask for this scope.']],
  [10006, ['必须关注此测试号', 'Only followers of this test account may sign in.']],
  [10009, ['操作太频繁了，请稍后重试', 'Too many attempts; try again later.']],
  [10010, ['scope不能为空', 'scope is missing or empty.']],
  [10011, ['redirect_uri不能为空', 'redirect_uri is missing or empty.']],
  [10012, ['appid不能为空', 'appid is missing or empty.']],
  [10013, ['state不能为空', 'state is there but empty.']],
  [
    10015,
    [
      '公众号未授权第三方平台，请检查授权状态',
      'The official account did not authorize the platform.',
    ],
  ],
  [10016, ['不支持微信开放平台的Appid，请使用公众号Appid', 'This appid is no official account’s.']],
])

/** Every code with which an authorize link may be refused. */
export const refusalCodes: readonly number[] = [...refusals.keys()]

/** The page that refuses a link by one of them. */
export function refuse(code: number): Answer {
  const [says, meaning] = refusals.get(code) ?? ['系统错误', 'The platform failed.']
  return endPage({ says, code, meaning })
}
