// The component of examples/miniprogram, run by WeChat's own simulator of components. Where that or jsdom is missing, it is
// said loudly and nothing is tested; EVERFACE_MINIPROGRAM_MODULES names another node_modules to take them from.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

/** As much of the simulator as is used here. */
interface Simulate {
  load(path: string): string
  render(id: string, properties: object): Comp
}
interface Comp {
  readonly data: Readonly<Record<string, unknown>>
  /** What is drawn, with the values of attributes. */
  toJSON(): object
  querySelector(selector: string): Comp | undefined
  dispatchEvent(name: string, options: object): void
  attach(parent: unknown): void
  detach(): void
  setData(data: object): void
  addEventListener(name: string, hear: (event: { detail: object }) => void): void
}

/** What `wx.uploadFile` was asked. */
interface Upload {
  readonly url: string
  readonly filePath: string
  readonly name: string
  readonly header: object
  success(answer: { statusCode: number; data: string }): void
  fail(): void
  aborted: boolean
}

type Globals = Record<string, unknown>

const component = fileURLToPath(
  new URL('../examples/miniprogram/components/face-chooser/index', import.meta.url),
)
const elsewhere = process.env['EVERFACE_MINIPROGRAM_MODULES']
const simulate = load()

/** The simulator, in a page; null where it is not installed. */
function load(): Simulate | null {
  const from = elsewhere === undefined ? import.meta.url : join(elsewhere, '../package.json')
  const require = createRequire(from)
  try {
    const { JSDOM } = require('jsdom') as {
      JSDOM: new (html: string, options: object) => { window: Globals }
    }
    const { window } = new JSDOM('<!doctype html>', { url: 'http://mini.test/' })
    // The simulator was made for test runners that put a page into the globals; Node's own events are none of a page's.
    const page = { window, document: window['document'], HTMLElement: window['HTMLElement'] }
    const events = { Event: window['Event'], CustomEvent: window['CustomEvent'] }
    Object.assign(globalThis, page, events)
    return require('miniprogram-simulate') as Simulate
  } catch (error) {
    const { code } = error as { code?: string }
    if (code !== 'MODULE_NOT_FOUND') throw error
    process.stderr.write(
      'SKIPPED: miniprogram-simulate and jsdom are not installed: examples/miniprogram is not tested\n',
    )
    return null
  }
}

describe('face-chooser', { skip: simulate === null }, () => {
  const stable = 'https://faces.test/a/42?s=132'
  const chosen = 'wxfile://tmp_1f2e3d'
  const uploads: Upload[] = []
  let told: [string, object][] = []
  const id = simulate?.load(component) ?? ''
  let comp: Comp

  function open(): Comp {
    const made = (simulate as Simulate).render(id, {
      src: stable,
      name: '王小明',
      uploadUrl: 'https://app.test/me/picture',
      header: { Authorization: 'Bearer session' },
    })
    told = []
    for (const name of ['change', 'fail', 'refuse']) {
      made.addEventListener(name, ({ detail }) => told.push([name, detail]))
    }
    const { document } = globalThis as unknown as {
      document: { createElement(name: string): unknown }
    }
    made.attach(document.createElement('div'))
    return made
  }

  /** An event at a part, and what follows from it: the simulator hands events out a moment later. */
  async function happen(part: string, name: string, detail: object = {}): Promise<void> {
    comp.querySelector(part)?.dispatchEvent(name, { detail })
    await new Promise((resolve) => setImmediate(resolve))
  }

  async function choose(avatarUrl?: string): Promise<void> {
    await happen('.face', 'chooseavatar', avatarUrl === undefined ? {} : { avatarUrl })
  }

  const drawn = () => JSON.stringify(comp.toJSON())

  function answer(statusCode: number, data: unknown): void {
    uploads.at(-1)?.success({ statusCode, data: JSON.stringify(data) })
  }

  beforeEach(() => {
    uploads.length = 0
    const { wx } = globalThis as unknown as { wx: Globals }
    wx['uploadFile'] = (asked: Omit<Upload, 'aborted'>) => {
      const upload: Upload = { ...asked, aborted: false }
      uploads.push(upload)
      return { abort: () => void (upload.aborted = true) }
    }
    comp = open()
  })
  afterEach(() => comp.detach())

  it('shows the stable URL, and the last letter of a Chinese name without one', () => {
    assert.ok(drawn().includes(stable))
    assert.equal(comp.querySelector('.initial'), undefined)
    comp.setData({ src: '' })
    assert.equal(comp.querySelector('.picture'), undefined)
    assert.ok(JSON.stringify(comp.querySelector('.initial')?.toJSON()).includes('明'))
    comp.setData({ name: 'li Lei' })
    assert.equal(comp.data['initial'], 'L')
    comp.setData({ name: '' })
    assert.equal(comp.data['initial'], '')
  })

  it('uploads what was chosen and tells the stable URL', async () => {
    await choose(chosen)
    assert.equal(comp.data['shown'], chosen)
    assert.equal(comp.data['busy'], true)
    const [upload] = uploads
    assert.equal(upload?.url, 'https://app.test/me/picture')
    assert.equal(upload?.filePath, chosen)
    assert.equal(upload?.name, 'picture')
    assert.deepEqual(upload?.header, { Authorization: 'Bearer session' })
    answer(200, { url: stable })
    assert.deepEqual(told, [['change', { url: stable }]])
    assert.equal(comp.data['busy'], false)
    assert.equal(comp.data['shown'], chosen)
  })

  it('refuses a path of a phone as its source, however it is written', () => {
    const paths = [
      'wxfile://tmp_1f2e3d',
      'http://tmp/abc.jpg',
      'http://tmp_abc',
      'HTTP://USR/a.png',
      'https://store/a',
      'file:///data/a.jpg',
      'data:image/png;base64,AA==',
      'blob:null/1',
    ]
    for (const src of paths) {
      told = []
      comp.setData({ src: stable })
      comp.setData({ src })
      assert.deepEqual(told, [['refuse', { src }]])
      assert.equal(comp.data['shown'], '')
    }
    told = []
    comp.setData({ src: 'http://tmp.example.com/a/42' })
    assert.deepEqual(told, [])
    assert.equal(comp.data['shown'], 'http://tmp.example.com/a/42')
  })

  it('uploads nothing but files', async () => {
    for (const path of ['https://thirdwx.qlogo.cn/mmopen/vi_32/x/132', '', undefined])
      await choose(path)
    assert.equal(uploads.length, 0)
    assert.deepEqual(told, [
      ['fail', { code: 'picture-missing' }],
      ['fail', { code: 'picture-missing' }],
      ['fail', { code: 'picture-missing' }],
    ])
    assert.equal(comp.data['shown'], stable)
  })

  it('shows the face of before when the picture is not kept, and says why', async () => {
    const answers: readonly [() => void, string][] = [
      [() => answer(413, { code: 'picture-too-large' }), 'picture-too-large'],
      [() => answer(502, '<h1>'), 'answer-unreadable'],
      [() => uploads.at(-1)?.success({ statusCode: 200, data: '<h1>' }), 'answer-unreadable'],
      [() => answer(200, { url: 'wxfile://tmp_2' }), 'answer-unreadable'],
      [() => answer(200, {}), 'answer-unreadable'],
      [() => uploads.at(-1)?.fail(), 'network'],
    ]
    for (const [settle, code] of answers) {
      told = []
      await choose(chosen)
      settle()
      assert.deepEqual(told, [['fail', { code }]])
      assert.equal(comp.data['shown'], stable)
      assert.equal(comp.data['busy'], false)
    }
  })

  it('heeds only the choice that was made last', async () => {
    await choose(chosen)
    await choose('http://tmp/second.jpg')
    const [first, second] = uploads
    first?.success({ statusCode: 200, data: JSON.stringify({ url: stable }) })
    assert.deepEqual(told, [])
    assert.equal(comp.data['busy'], true)
    second?.success({ statusCode: 200, data: JSON.stringify({ url: stable }) })
    assert.equal(told.length, 1)
    assert.equal(comp.data['shown'], 'http://tmp/second.jpg')
  })

  it('stops when the page is left', async () => {
    await choose(chosen)
    comp.detach()
    assert.equal(uploads[0]?.aborted, true)
    answer(200, { url: stable })
    assert.deepEqual(told, [])
  })

  it('shows the letter when the picture does not load', async () => {
    await happen('.picture', 'error')
    assert.equal(comp.data['shown'], '')
    assert.notEqual(comp.querySelector('.initial'), undefined)
  })
})
