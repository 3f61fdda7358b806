// A picture host as a process of its own: answers every request as WeChat's hosts do for a living picture, after a fixed
// delay. Arguments: a folder with cert.pem and key.pem, the delay in milliseconds. Prints its port.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'

const [folder = '.', delay = '0'] = process.argv.slice(2)
const delayMs = Number(delay)
const body = 'x'.repeat(130)
const headers = {
  'Content-Type': 'image/jpeg',
  'Content-Length': body.length,
  'Cache-Control': 'max-age=2592000',
  'X-Info': 'real data',
  'X-BCheck': '1665723575_0',
  'X-Cpt': 'filename=0',
  'User-ReturnCode': '0',
  'X-DataSrc': '2',
  'X-ReqGue': '0',
  Size: '130',
  chid: '0',
  fid: '0',
}
const server = createServer(
  {
    cert: readFileSync(join(folder, 'cert.pem')),
    key: readFileSync(join(folder, 'key.pem')),
    keepAliveTimeout: 60_000,
  },
  (request, response) => {
    const answer = () => response.writeHead(200, headers).end(request.method === 'HEAD' ? '' : body)
    if (delayMs > 0) setTimeout(answer, delayMs)
    else answer()
  },
)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`)
})
