// <ever-avatar>: a person's face that does not break. Shows the service's stable URL or, where the app wants that, the
// platform's; heals it when the service says that it is dead; draws the initials when nothing comes.
// Asks for authorization only where the app named a scene, and only after the person's own tap.
import type { Ask } from './ask.ts'
import { drawFace } from './drawing.ts'
import {
  type Happening,
  type Showing,
  type Step,
  begin,
  isDrawn,
  isHidden,
  step,
} from './states.ts'
import { baseOf, sizeOf, srcsetOf, waysOf } from './ways.ts'

/** Milliseconds and turns without a picture after which the drawing stands in: a cached picture is faster. */
const turnMs = 20
const shortTurns = 9
/** Milliseconds after which all is tried again, at least; twice as many each time, up to 32 times. */
const longWaitMs = 15e3

// Styles are set by script, without style elements: a page's policy may refuse those.
const cover = 'position:absolute;top:0;left:0;width:100%;height:100%;object-fit:cover'

const { trustedTypes } = globalThis as {
  trustedTypes?: { createPolicy(name: string, rules: object): { createHTML(text: string): string } }
}

/** What became of an image: complete without a width is broken. */
function resultOf({ complete, naturalWidth }: HTMLImageElement) {
  return complete ? (naturalWidth ? 'loaded' : 'broken') : 'loading'
}

function createFace(host: HTMLElement) {
  const root = host.attachShadow({ mode: 'open' })
  // Safari before 16.4 has no sheets: there the element is an inline box around the same picture.
  if (root.adoptedStyleSheets) {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(':host(:not([hidden])){display:inline-block;font:0/0 a;text-indent:0}')
    root.adoptedStyleSheets = [sheet]
  }
  const frame = root.appendChild(document.createElement('span'))
  const slot = frame.appendChild(document.createElement('slot'))
  const drawing = frame.appendChild(document.createElement('span'))
  drawing.style.cssText = cover
  // The picture says who it is, whether it shows or not.
  drawing.setAttribute('aria-hidden', 'true')
  let live = false
  let wanted: string | null = null
  let drawn = ''
  let state: Showing | undefined
  let picture: HTMLImageElement | null = null
  let own: HTMLImageElement | null = null
  let timer = 0
  let asking = false

  const said = (name: string) => host.getAttribute(name) || ''
  const isTappable = () => said('scene') && said('token')

  /** Takes up what the page says now. A picture that the page brought stays as it is. */
  function update(): void {
    if (!live) return
    const [size, tappable] = [`${sizeOf(said)}px`, isTappable()]
    frame.style.cssText = `display:inline-block;position:relative;overflow:hidden;border-radius:inherit;width:${size};height:${size};${tappable && 'cursor:pointer'}`
    frame.setAttribute('role', tappable ? 'button' : '')
    if (tappable) frame.tabIndex = 0
    else frame.removeAttribute('tabindex')
    const all = waysOf(said).slice(host.hasAttribute('crossorigin') ? -1 : 0)
    const light = host.querySelector('img')
    const before = picture
    picture = light || own || (own = document.createElement('img'))
    if (light && own) {
      own.remove()
      own = null
    }
    if (own) {
      own.alt = said('name')
      own.style.cssText = cover
      own.referrerPolicy = 'no-referrer'
      own.loading = said('loading') as 'lazy'
      own.crossOrigin = host.getAttribute('crossorigin')
      frame.prepend(own)
    }
    picture.addEventListener('load', hear)
    picture.addEventListener('error', hear)
    if (wanted !== (wanted = all.join()) || picture !== before) {
      go(begin(all, light && light !== before && light.src ? resultOf(light) : null))
    }
    look()
  }

  function hear({ type, target }: Event): void {
    if (target === picture) happens(type === 'load' ? 'loaded' : 'broken')
  }

  function happens(what: Happening): void {
    if (!live) return
    go(step(state!, what))
    look()
  }

  function go([next, ...deeds]: Step): void {
    const { ways, tries } = (state = next)
    const [way = ''] = ways
    if (deeds.includes('ask') && way === said('src') && ways[1]) askStanding(ways[1])
    if (deeds.includes('tell')) hint()
    if (deeds.includes('wait')) wait(turnMs, shortTurns, 'late')
    if (deeds.includes('rest')) {
      wait(longWaitMs * 2 ** Math.min(6, tries) * (1 + Math.random()), 0, 'again')
    }
    if (!deeds.includes('show')) return
    const result = picture!.src === way ? resultOf(picture!) : 'broken'
    if (result === 'loaded') happens('loaded')
    if (result !== 'broken') return
    picture!.srcset = srcsetOf(way, said('src'))
    picture!.src = way
  }

  /** Waits by turns: a page that was busy all the while has not had the time to hear of its pictures. */
  function wait(ms: number, turns: number, what: Happening): void {
    clearTimeout(timer)
    timer = setTimeout(() => (turns ? wait(ms, turns - 1, what) : happens(what)), ms)
  }

  /** Asks the service whether what is shown is still the person's: a dead picture loads as well as any. */
  function askStanding(copy: string): void {
    fetch(copy, { method: 'HEAD' }).then(
      ({ headers }) => {
        const isDead = /dying|gone|placeholder|uploaded/.test(headers.get('Everface-Standing')!)
        if (isDead && state!.ways[1] === copy) happens('dead')
      },
      // Nobody answers: nothing is known against the picture.
      () => {},
    )
  }

  function hint(): void {
    const pass = said('token')
    if (!pass || Math.random() >= +(said('hints') || 0.1)) return
    const body = JSON.stringify({ token: pass, subjects: [said('subject')] })
    fetch(`${baseOf(said)}/v1/beacons`, { method: 'POST', keepalive: true, body }).catch(() => {})
  }

  /** Makes visible what the state says. */
  function look(): void {
    picture!.style.opacity = isHidden(state!) ? '0' : ''
    drawing.hidden = !isDrawn(state!)
    const who = `${said('subject')} ${said('name')}`
    if (!isDrawn(state!) || who === drawn) return
    drawn = who
    drawFace(said('subject'), said('name'))
      .then((svg) => {
        const rules = { createHTML: () => svg }
        const policy = trustedTypes ? trustedTypes.createPolicy('everface', rules) : rules
        if (who === drawn) drawing.innerHTML = policy.createHTML(svg)
      })
      // A page may trust nobody's markup: there it has no drawings.
      .catch(() => {})
  }

  /** Asks the service whether the person may be asked; one question at a time. */
  async function askPerson(): Promise<void> {
    asking = true
    const about = () =>
      `${baseOf(said)}/v1/avatars/${said('subject')}/decision?scene=${said('scene')}`
    const url = about()
    try {
      const told: Ask = await (
        await fetch(url, { headers: { Authorization: `Bearer ${said('token')}` } })
      ).json()
      if (!/^https?:\/\//.test(told.authorizeUrl!)) delete told.authorizeUrl
      const options = { bubbles: true, composed: true, cancelable: true, detail: told }
      if (
        live &&
        url === about() &&
        /ask|choose/.test(told.decision) &&
        host.dispatchEvent(new CustomEvent('everface:ask', options)) &&
        said('ask') === 'navigate' &&
        told.authorizeUrl
      ) {
        location.assign(told.authorizeUrl)
      }
    } catch {
      // No answer, or none that can be read: the person is not asked.
    }
    asking = false
  }

  /** Only what the person does themselves counts: a script's click asks nobody. */
  function onTap(event: Event): void {
    if (event.isTrusted && isTappable() && !asking) void askPerson()
  }

  // Nobody else listens in here, and every byte of this file is sent to everybody.
  /* oxlint-disable unicorn/prefer-add-event-listener */
  frame.onclick = onTap
  frame.onkeydown = (event) => {
    if (!/^(Enter| )$/.test(event.key)) return
    event.preventDefault()
    onTap(event)
  }
  slot.onslotchange = update
  /* oxlint-enable unicorn/prefer-add-event-listener */

  return {
    change: update,
    enter(): void {
      live = true
      update()
    },
    leave(): void {
      live = false
      clearTimeout(timer)
      // Whoever comes back, having only been moved perhaps, goes on being shown; the rest begins anew.
      if (state!.stage !== 'shown') wanted = null
    },
  }
}

// Servers import this file as well, and have no elements.
const Plain = globalThis.HTMLElement || Object

/** The element. Its attributes: docs/element.md. */
export class EverAvatar extends Plain {
  static get observedAttributes(): string[] {
    return 'subject name size base src scene token sig crossorigin'.split(' ')
  }

  /** What is behind it, from its first connection on. */
  declare private face?: ReturnType<typeof createFace>

  connectedCallback(): void {
    this.face = this.face || createFace(this)
    this.face.enter()
  }

  disconnectedCallback(): void {
    this.face!.leave()
  }

  attributeChangedCallback(): void {
    // Once for all attributes that change together, and before anything is painted.
    queueMicrotask(() => this.face?.change())
  }
}

if (globalThis.customElements && !customElements.get('ever-avatar')) {
  customElements.define('ever-avatar', EverAvatar)
}

declare global {
  interface HTMLElementTagNameMap {
    'ever-avatar': EverAvatar
  }
  interface HTMLElementEventMap {
    'everface:ask': CustomEvent<Ask>
  }
}
