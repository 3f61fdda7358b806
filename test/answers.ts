// Servers that answer as a test says, asked by GET and by HEAD.
import type { Socket } from 'node:net'
import {
  type RawRequest,
  type RawServer,
  makeProber,
  outcome,
  pictureAnswer,
  pictureHead,
  serveRaw,
} from './hostile.ts'

/** What a server does when it has been asked. */
export type Answer = (socket: Socket, request: RawRequest) => void

/** Asked by GET. */
export const getUrl = (n: number | string = 1) => `http://pictures.example/${n}.gif`
/** Asked by HEAD, of a provider that has no grammar for it. */
export const headUrl = (n: number | string = 1) => `http://pbs.twimg.com/profile_images/${n}/a.gif`

/** Leads a prober to a server, whatever the host. */
export const toServer = ({ port, address }: RawServer) => [
  { host: '', port: null, address, toPort: port },
]

/** A right answer to both methods. */
export const well: Answer = (socket, { method }) =>
  socket.write(method === 'HEAD' ? pictureHead : pictureAnswer)

/** What a prober sees of a server that answers so, and what it asked for. */
export async function see(answer: Answer, options: Partial<Parameters<typeof makeProber>[0]> = {}) {
  await using server = await serveRaw(answer)
  using prober = makeProber({ connectTo: toServer(server), timeoutMs: 4_000, ...options })
  const look = await prober.see(getUrl())
  return { look, outcomes: look.observations.map(outcome), requests: [...server.requests] }
}
