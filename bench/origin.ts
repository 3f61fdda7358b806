// One origin for all: nginx with one worker that answers as WeChat's picture hosts do, dead links by their path.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createCertificates } from '../simulator/certificates.ts'

/** A running origin. */
export interface Origin {
  readonly http: number
  readonly https: number
  /** The certificate to trust. */
  readonly ca: string
  /** Folder whose files are served under `/pages/`. */
  readonly pages: string
  stop(): Promise<void>
}

/** The host that the origin answers for. */
export const originHost = 'thirdwx.qlogo.cn'

/** Starts nginx in the foreground on free loopback ports. */
export async function startOrigin(folder: string): Promise<Origin> {
  const [http, https] = [await freePort(), await freePort()]
  const pages = join(folder, 'pages')
  mkdirSync(pages, { recursive: true })
  const certificates = await createCertificates([originHost], ['127.0.0.1'])
  const ca = join(folder, 'ca.pem')
  writeFileSync(ca, certificates.ca)
  writeFileSync(join(folder, 'cert.pem'), certificates.right.cert)
  writeFileSync(join(folder, 'key.pem'), certificates.right.key)
  const config = join(folder, 'nginx.conf')
  writeFileSync(config, configOf(folder, http, https))
  const child = spawn('nginx', ['-c', config, '-g', 'daemon off;'], { stdio: 'ignore' })
  await untilListening(https)
  return {
    http,
    https,
    ca,
    pages,
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

function configOf(folder: string, http: number, https: number): string {
  const body = 'x'.repeat(130)
  // Started by root, nginx would drop to a user who cannot read the temporary folder.
  const user = process.getuid?.() === 0 ? 'user root;\n' : ''
  return `${user}worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 100000000;
  keepalive_timeout 60s;
  types { }
  default_type image/jpeg;
  server {
    listen 127.0.0.1:${http} backlog=4096;
    listen 127.0.0.1:${https} ssl backlog=4096;
    ssl_certificate ${folder}/cert.pem;
    ssl_certificate_key ${folder}/key.pem;
    location / {
      add_header X-Info "real data";
      add_header Cache-Control "max-age=2592000";
      add_header X-BCheck "1665723575_0";
      add_header X-Cpt "filename=0";
      add_header User-ReturnCode "0";
      add_header X-DataSrc "2";
      add_header X-ReqGue "0";
      add_header Size "130";
      add_header chid "0";
      add_header fid "0";
      return 200 "${body}";
    }
    location /mmopen/vi_32/DEAD {
      default_type image/png;
      add_header Cache-Control "no-cache";
      add_header X-Info "notexist:-6101";
      add_header X-BCheck "0_0";
      add_header X-Cpt "filename=0";
      add_header X-ErrNo "-6101";
      add_header X-RtFlag "0";
      return 200 "${body}";
    }
    location /pages/ {
      alias ${folder}/pages/;
      default_type text/html;
    }
  }
}
`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const socket = connect(port, '127.0.0.1')
    const ready = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (ready) return
    await sleep(50)
  }
  throw new Error('nginx did not start; see error.log in the temporary folder.')
}
