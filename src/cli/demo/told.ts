// What the demo says at the terminal: what to open, what will happen, how to stop; then one line that goes on changing.
import type { Progress } from './ledger.ts'
import type { Demo } from './start-demo.ts'

/** The text at the start; with `chinese`, that too. */
export function tellOpening(
  demo: Pick<Demo, 'comparisonUrl' | 'dashboardUrl' | 'platformUrl' | 'adminKey' | 'logFile'>,
  { people, chinese }: { readonly people: number; readonly chinese: boolean },
): string {
  const { comparisonUrl, dashboardUrl, platformUrl, adminKey, logFile } = demo
  const english = `
Everface is up, with a made WeChat and ${people} made people. Nothing leaves this machine.

  the same people twice   ${comparisonUrl}
  dashboard               ${dashboardUrl}
  key to sign in with     ${adminKey}
  the simulated WeChat    ${platformUrl}   (pictures and its consent page, for your browser)
  log of the service      ${logFile}

  at 0:12  people begin to change their pictures; their old links die, server by server
  at 0:20  Everface notices by itself, keeps the last good picture, renews what it may in silence;
           on the page, tap your own face: that is what the others are asked for
  at 1:35  WeChat says "slow down"; at 2:10 its servers fail for a while; nobody is taken for dead
  at 3:00  you have seen everything; it goes on, more gently

Ctrl-C ends it.
`
  if (!chinese) return `${english}\n`
  return `${english}
Everface 已启动：一个模拟的微信和 ${people} 位虚构用户。一切只在本机运行。

  同一群人，两种头像   ${comparisonUrl}
  控制台               ${dashboardUrl}
  登录密钥             ${adminKey}

  0:12 起  人们更换头像，旧链接在各台服务器上陆续失效
  0:20 起  Everface 自行发现，保留最后一张有效头像，能静默更新的就更新；在页面上点自己的头像试试
  1:35     微信要求放慢速度；2:10 微信服务器短暂出错；不会误判任何人
  3:00     该看的都看过了，演示继续，节奏放缓

按 Ctrl-C 结束。

`
}

/** The line of progress. */
export function tellProgress(progress: Progress): string {
  const { elapsedMs, dead, rescued, refreshed, toAsk, chapter } = progress
  const seconds = Math.floor(elapsedMs / 1_000)
  const clock = [Math.floor(seconds / 60), seconds % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
  const trouble =
    chapter === 'throttle'
      ? ' · WeChat says "slow down"'
      : chapter === 'outage'
        ? ' · WeChat is failing'
        : ''
  return `${clock}  links dead: ${dead} · still shown: ${rescued} · renewed: ${refreshed} · to be asked: ${toAsk}${trouble}`
}
