// What tests of this room share: a made platform on loopback addresses, and a client that asks it.
import { createSimulator } from '../../simulator/simulator.ts'
import type { App, Simulator } from '../../simulator/simulator.ts'
import { createAsker } from './ask.ts'
import type { Asker, ConnectTo } from './ask.ts'
import { createWechatClient } from './client.ts'
import type { WechatClient } from './client.ts'

/** When the platform's time begins; it moves by hand. */
export const start = Date.UTC(2026, 10, 22, 8)

/** A platform and how to ask it. */
export interface Platform {
  readonly simulator: Simulator
  readonly asker: Asker
  readonly now: () => number
  /** A client for these apps, to whom nobody has said "wait" yet. */
  client(...apps: readonly App[]): WechatClient
  close(): Promise<void>
}

/** Starts a platform with a person, `p0`. */
export async function startPlatform(seed: number): Promise<Platform> {
  const simulator = await createSimulator({ seed, now: () => start, speed: 0 })
  simulator.control.makePeople({ count: 1, scheme: 'https' })
  const asker = createAsker({ connectTo: edgesOf(simulator), ca: [simulator.ca] })
  const now = () => simulator.control.clock().now
  return {
    simulator,
    asker,
    now,
    client: (...apps) => createWechatClient({ apps, ask: asker.ask, now }),
    async close() {
      asker.close()
      await simulator.close()
    },
  }
}

/** Where the platform's hosts are. */
export function edgesOf(simulator: Simulator): ConnectTo[] {
  return simulator.connectTo.map((line) => {
    const [host = '', port, address = '', toPort] = line.split(':')
    return { host, port: Number(port), address, toPort: Number(toPort) }
  })
}
