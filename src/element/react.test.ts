// The component by a `createElement` that keeps what it is given; by React's own where React is installed.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type EverAvatarProps, createEverAvatar } from './react.ts'

interface Made {
  readonly type: string
  readonly props: { readonly [name: string]: unknown }
  readonly inside: readonly Made[]
}

const EverAvatar = createEverAvatar<Made>((type, props, ...inside) => ({ type, props, inside }))
const base = 'https://faces.example.com'

/** What is not undefined, as it would be written. */
const given = ({ props }: Made) =>
  Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined))

describe('EverAvatar', () => {
  it('renders the element with the picture inside that it will show', () => {
    const made = EverAvatar({ subject: '42', base, name: '王小明', size: 64, className: 'face' })
    assert.equal(made.type, 'ever-avatar')
    assert.deepEqual(given(made), { subject: '42', base, name: '王小明', size: 64, class: 'face' })
    const [picture] = made.inside
    assert.ok(picture !== undefined && made.inside.length === 1)
    assert.equal(picture.type, 'img')
    assert.deepEqual(given(picture), {
      src: `${base}/a/42?s=64`,
      srcSet: `${base}/a/42?s=64, ${base}/a/42?s=64&dpr=2 2x, ${base}/a/42?s=64&dpr=3 3x`,
      alt: '王小明',
      width: 64,
      height: 64,
      referrerPolicy: 'no-referrer',
      suppressHydrationWarning: true,
    })
  })

  it('renders the platform’s picture where that is wanted, and one that may be read where that is', () => {
    const src = 'https://thirdwx.qlogo.cn/mmopen/x/132'
    const pictureOf = (props: Partial<EverAvatarProps>) =>
      EverAvatar({ subject: '42', base, ...props }).inside[0]?.props
    assert.deepEqual(
      [pictureOf({ src })?.['src'], pictureOf({ src })?.['srcSet']],
      [src, undefined],
    )
    const readable = pictureOf({ src, crossOrigin: 'anonymous' })
    assert.equal(readable?.['src'], `${base}/a/42?s=48&mode=copy`)
    assert.equal(readable?.['crossOrigin'], 'anonymous')
  })

  it('renders no picture for what is no subject', () => {
    assert.deepEqual(EverAvatar({ subject: '../x', base }).inside, [])
  })

  it('hears the question until it is taken away', () => {
    const heard: unknown[] = []
    const onAsk = (event: CustomEvent) => void heard.push(event.detail)
    const made = EverAvatar({ subject: '42', base, scene: 'profile', token: 'ept_x', onAsk })
    const element = new EventTarget()
    const ask = () =>
      element.dispatchEvent(new CustomEvent('everface:ask', { detail: heard.length }))
    const leave = (made.props['ref'] as (element: EventTarget) => () => void)(element)
    ask()
    leave()
    ask()
    assert.deepEqual(heard, [0])
    assert.equal(EverAvatar({ subject: '42', base }).props['ref'], undefined)
  })

  it('hands the element to the app as well, and takes it back', () => {
    const element = new EventTarget()
    const given: unknown[] = []
    const held = { current: null as unknown }
    const refs = [
      held,
      (one: unknown) => void given.push(one),
      (one: unknown) => {
        given.push(one)
        return () => given.push('left')
      },
    ]
    for (const ref of refs) {
      const made = EverAvatar({ subject: '42', base, ref, onAsk() {} })
      const leave = (made.props['ref'] as (element: EventTarget) => () => void)(element)
      if (ref === held) assert.equal(held.current, element)
      leave()
    }
    assert.deepEqual([held.current, given], [null, [element, null, element, 'left']])
    assert.equal(EverAvatar({ subject: '42', base, ref: held }).props['ref'], held)
  })

  it('comes out of React’s own renderer whole', async (t) => {
    const names = ['react', 'react-dom/server']
    const packages = await Promise.all(names.map((name) => import(name))).catch(() => null)
    if (packages === null) return t.skip('React is not installed')
    const [{ createElement }, { renderToString }] = packages
    const html: string = renderToString(
      createElement(createEverAvatar(createElement), {
        subject: '4&2',
        base,
        name: '<b>',
        className: 'face',
      }),
    )
    assert.match(html, /^<ever-avatar subject="4&amp;2" [^>]*class="face"[^>]*><\/ever-avatar>$/)
    const whole: string = renderToString(
      createElement(createEverAvatar(createElement), { subject: '42', base, name: '<b>' }),
    )
    assert.match(
      whole,
      /<img [^>]*src="https:\/\/faces\.example\.com\/a\/42\?s=48"[^>]*alt="&lt;b&gt;"/,
    )
  })
})
