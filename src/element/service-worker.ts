// Heals third-party pictures on pages that nobody can change: as a service worker, or in one, it sees every picture that
// the page asks a known provider for, asks Everface in the same moment, and gives ours where theirs is dead.
// Providers' answers are opaque to scripts, so that only Everface can tell; without its word the page gets what it asked for.

/** How to heal. */
export interface Healing {
  /** The service: `https://faces.example.com`. */
  readonly base: string
  /** A page token; needed where the service demands signed URLs. Pages renew it by a message `{everface: {token}}`. */
  readonly token?: string
}

/** As much of a service worker as is used here. */
interface WorkerScope {
  readonly location: Location
  readonly clients: { claim(): Promise<void> }
  skipWaiting(): Promise<void>
  addEventListener(type: 'install' | 'activate', listener: (event: Lifetime) => void): void
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void
  everface?: { heal(healing: Healing): void }
}

interface Lifetime {
  waitUntil(work: Promise<unknown>): void
}

interface Fetching {
  readonly request: Request
  respondWith(answer: Promise<Response>): void
}

/** Hosts of the providers in src/core/providers; a test keeps them the same. */
const providerHosts =
  /^(?:wx\.qlogo\.cn|thirdwx\.qlogo\.cn|mmbiz\.qpic\.cn|mmbiz\.qlogo\.cn|wework\.qpic\.cn|p\.qlogo\.cn|shp\.qpic\.cn|rescdn\.qqmail\.com|wwcdn\.weixin\.qq\.com|q\d*\.qlogo\.cn|thirdqq\.qlogo\.cn|qh\.qlogo\.cn|qzapp\.qlogo\.cn|.+\.sinaimg\.cn|.+\.feishucdn\.com|.+\.larksuitecdn\.com|lh[3-6]\.googleusercontent\.com|.+\.fbcdn\.net|platform-lookaside\.fbsbx\.com|lookaside\.fbsbx\.com|lookaside\.facebook\.com|graph\.facebook\.com|.+\.cdninstagram\.com|instagram\.[a-z0-9.-]+\.fbcdn\.net|cdn\.discordapp\.com|media\.discordapp\.net|discord\.com|discordapp\.com|avatars\.githubusercontent\.com|avatars\d\.githubusercontent\.com|github\.com|media(?:-[a-z0-9]+)?\.licdn\.com|static(?:-[a-z0-9]+)?\.licdn\.com|avatars\.slack-edge\.com|ca\.slack-edge\.com|a\.slack-edge\.com|pbs\.twimg\.com|abs\.twimg\.com|api\.telegram\.org|t\.me|.+\.telesco\.pe|.+\.telegram-cdn\.org|.+\.cdn-telegram\.org|gravatar\.com|www\.gravatar\.com|secure\.gravatar\.com|s\.gravatar\.com|[0-3]\.gravatar\.com)$/

/** Milliseconds that a picture waits for Everface's word at the most. */
const patienceMs = 1500
/** Milliseconds for which Everface is left alone after it did not answer. */
const silenceMs = 30e3
/** Edge of the pictures that are given, in pixels: what the page shows them at is not known. */
const edge = 264

/** Starts to heal; to be called while the worker's script runs for the first time, as all listeners must be. */
export function heal({ base, token }: Healing): void {
  const scope = globalThis as unknown as WorkerScope
  const service = base.replace(/\/+$/, '')
  let pass = token ?? ''
  let silentUntil = 0

  /** Our picture for a URL of theirs; null when theirs is to be shown, or nobody knows. */
  async function ours(url: string, always: boolean): Promise<Response | null> {
    if (Date.now() < silentUntil) return null
    const query = `url=${encodeURIComponent(url)}&s=${edge}${always ? '&mode=copy' : ''}${pass && `&token=${pass}`}`
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(), patienceMs)
    try {
      const answer = await fetch(`${service}/u?${query}`, {
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        signal: patience.signal,
      })
      if (answer.status >= 500) silentUntil = Date.now() + silenceMs
      const type = answer.headers.get('Content-Type') ?? ''
      if (answer.status !== 200 || !type.startsWith('image/')) return null
      const bytes = await answer.arrayBuffer()
      // A response of our own making has no address of its own for the page's policy to refuse.
      return new Response(bytes, { headers: { 'Content-Type': type, 'Cache-Control': 'no-store' } })
    } catch {
      silentUntil = Date.now() + silenceMs
      return null
    } finally {
      clearTimeout(timer)
    }
  }

  async function picture(request: Request): Promise<Response> {
    const theirs = fetch(request).then(
      (response) =>
        response.type === 'opaque' || response.ok ? { response } : { failed: response },
      (error: unknown) => ({ error }),
    )
    const healed = await ours(request.url, false)
    if (healed !== null) return healed
    const got = await theirs
    if ('response' in got) return got.response
    const copy = await ours(request.url, true)
    if (copy !== null) return copy
    return 'failed' in got ? got.failed : Response.error()
  }

  scope.addEventListener('fetch', (event) => {
    const { method, destination, url } = event.request
    if (method !== 'GET' || destination !== 'image') return
    if (providerHosts.test(new URL(url).hostname)) event.respondWith(picture(event.request))
  })
  scope.addEventListener('message', ({ data }) => {
    const said: unknown = data?.everface?.token
    if (typeof said === 'string' && /^[\w.-]{1,256}$/.test(said)) pass = said
  })
}

/** Starts by itself where the page registered this very script with a service: `/everface-sw.js?base=https://…`. */
function start(scope: WorkerScope): void {
  scope.everface = { heal }
  const base = new URLSearchParams(scope.location.search).get('base')
  if (base === null || !/^https?:\/\//.test(base)) return
  scope.addEventListener('install', (event) => event.waitUntil(scope.skipWaiting()))
  scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()))
  heal({ base })
}

if ('skipWaiting' in globalThis) start(globalThis as unknown as WorkerScope)
