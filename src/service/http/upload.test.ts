import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import sharp from 'sharp'
import { type Ask, type Harness, type HttpWorld, createHttpWorld, picture } from './harness.ts'
import { uploadBytes } from './upload.ts'

let world: HttpWorld
let http: Harness
before(async () => {
  world = await createHttpWorld()
  http = world.open()
})
after(() => world.close())

const jpeg = { 'content-type': 'image/jpeg' }

async function upload(how: Ask, subject = 'u1') {
  const told = await http.ask(`PUT /v1/avatars/${subject}/picture`, { as: 'write', ...how })
  return told
}

function form(fill: (form: FormData) => void): Ask {
  const data = new FormData()
  fill(data)
  return { body: data }
}

describe('PUT /v1/avatars/{subject}/picture', () => {
  it('takes raw bytes of any image type and tells the format by the bytes', async () => {
    const first = await upload({ body: await picture(), headers: jpeg })
    assert.equal(first.status, 201)
    assert.equal(first.json.standing, 'uploaded')
    assert.equal(first.json.copy.width, 64)
    const again = await upload({
      body: await picture(96, 9),
      headers: { 'content-type': 'image/x-anything' },
    })
    assert.equal(again.status, 200)
    assert.notEqual(again.json.copy.sha256, first.json.copy.sha256)
  })

  it('takes a form as browsers and wx.uploadFile send it, with a name', async () => {
    const bytes = await picture()
    const told = await upload(
      form((data) => {
        data.set('picture', new Blob([bytes], { type: 'image/jpeg' }), 'tmp.jpg')
        data.set('name', '小明')
      }),
      'u2',
    )
    assert.equal(told.status, 201)
    assert.equal(told.json.name, '小明')
  })

  it('says what is wrong with a form', async () => {
    const file = new Blob([await picture()], { type: 'image/jpeg' })
    for (const [how, status, code] of [
      [form((data) => data.set('file', file, 'a.jpg')), 422, 'body-invalid'],
      [form((data) => data.set('picture', 'text')), 422, 'body-invalid'],
      [form((data) => data.set('name', 'x')), 422, 'body-invalid'],
      [
        form((data) => {
          data.append('picture', file, 'a.jpg')
          data.append('picture', file, 'b.jpg')
        }),
        422,
        'body-invalid',
      ],
      [
        form((data) => {
          data.set('picture', file, 'a.jpg')
          data.set('name', 'x'.repeat(2_000))
        }),
        422,
        'body-invalid',
      ],
      [
        form((data) => {
          for (let at = 0; at < 50; at++) data.append('picture', 'x')
        }),
        400,
        'body-malformed',
      ],
      [{ body: 'x', headers: { 'content-type': 'multipart/form-data' } }, 400, 'body-malformed'],
      [
        { body: 'x', headers: { 'content-type': 'multipart/form-data; boundary=b' } },
        400,
        'body-malformed',
      ],
      [form((data) => data.set('picture', new Blob([]), 'a.jpg')), 422, 'picture-empty'],
    ] as const) {
      const told = await upload(how)
      assert.deepEqual([told.status, told.json.code], [status, code], told.text)
    }
  })

  it('passes on what the intake refuses', async () => {
    const good = await picture()
    const tiny = await picture(1)
    const huge = await sharp({
      create: { width: 8_000, height: 6_000, channels: 3, background: '#fff' },
    })
      .png()
      .toBuffer()
    for (const [body, status, code] of [
      [new Uint8Array(0), 422, 'picture-empty'],
      [
        new Uint8Array(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')),
        415,
        'picture-format',
      ],
      [tiny, 422, 'picture-too-small'],
      [good.slice(0, 200), 422, 'picture-damaged'],
      [new Uint8Array(huge), 422, 'picture-too-many-pixels'],
    ] as const) {
      const told = await upload({ body, headers: jpeg })
      assert.deepEqual([told.status, told.json.code], [status, code], told.text)
    }
  })

  it('stops reading at 8 MiB, whatever the sender says', async () => {
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(out) {
        pulled++
        out.enqueue(new Uint8Array(1024 * 1024))
      },
    })
    const told = await upload({ body: endless, headers: jpeg })
    assert.deepEqual([told.status, told.json.code], [413, 'picture-too-large'])
    assert.ok(pulled <= 11, `${pulled} MiB were read`)
    const inForm = await upload(
      form((data) => data.set('picture', new Blob([new Uint8Array(8 * 1024 * 1024 + 1)]), 'a.jpg')),
    )
    assert.deepEqual([inForm.status, inForm.json.code], [413, 'picture-too-large'])
  })

  it('bounds the memory of all uploads together, and keeps nobody out for one who sends slowly', async () => {
    const crowded = world.open()
    const put = (subject: string, body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>) =>
      crowded.ask(`PUT /v1/avatars/${subject}/picture`, { as: 'write', body, headers: jpeg })
    const most = 8 * 1024 * 1024
    const ends: (() => void)[] = []
    const open = Array.from({ length: uploadBytes / most }, (_, at) => {
      const { promise: sent, resolve } = Promise.withResolvers<void>()
      const stream = new ReadableStream<Uint8Array>({
        start(out) {
          out.enqueue(new Uint8Array(most))
          ends.push(() => out.close())
        },
        pull: () => resolve(),
      })
      return { sent, told: put(`c${at}`, stream) }
    })
    await Promise.all(open.map(({ sent }) => sent))
    const late = await put('late', await picture())
    assert.deepEqual([late.status, late.json.code], [503, 'busy'])
    assert.equal(late.headers.get('retry-after'), '5')
    ends[0]?.()
    assert.equal((await open[0]?.told)?.status, 415)
    assert.equal((await put('late', await picture())).status, 201)
    for (const end of ends.slice(1)) end()
    for (const { told } of open) assert.equal((await told).status, 415)
  })

  it('takes no body of another type', async () => {
    for (const type of ['application/json', 'text/html', 'imagex/png', '']) {
      const told = await upload({ body: await picture(), headers: { 'content-type': type } })
      assert.deepEqual([told.status, told.json.code], [415, 'media-type-unsupported'], type)
    }
  })
})
