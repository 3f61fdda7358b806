// A picture that the person gave: raw bytes, or a form as `wx.uploadFile` and browsers send it.
import { z } from '@hono/zod-openapi'
import type { Registered } from '../../jobs/keeper.ts'
import { avatarAnswer, tellAvatar } from './avatar-answer.ts'
import { mediaType, readBody } from './body.ts'
import { type Service, answer, operation } from './operation.ts'
import { type Problem, denied, faulty, problem } from './problem.ts'
import type { Held } from './room.ts'
import { subjectParams, text } from './shapes.ts'

/** Pictures have at most so many bytes. */
const maxPictureBytes = 8 * 1024 * 1024
/** What a form may add to them. */
const maxFormBytes = 16 * 1024
/** All uploads that are under way may hold so many bytes together, as they were sent; a form is held twice. */
export const uploadBytes = 128 * 1024 * 1024
/** A form that has more parts than this is no upload. */
const mostParts = 8

const form = z
  .strictObject({
    picture: z.string().openapi({ type: 'string', format: 'binary' }),
    name: text(1_024).optional().openapi({ description: 'For the initials face.' }),
  })
  .openapi('PictureForm')

interface Upload {
  readonly kind: 'upload'
  readonly bytes: Uint8Array
  readonly name?: string
}

/** `PUT /v1/avatars/{subject}/picture` */
export const uploadPicture = operation({
  id: 'uploadPicture',
  tag: 'avatars',
  summary: 'Upload a picture',
  description:
    'The picture itself, with any `image/…` type, or a form with the field `picture` (and `name`, if you like); at most 8 MiB. ' +
    'The format is told by the bytes. Metadata such as the place are removed.',
  access: 'write',
  params: subjectParams,
  body: {
    kind: 'raw',
    types: ['image/*', 'multipart/form-data'],
    schema: form,
    description: 'The picture, or a form with it.',
  },
  answers: {
    200: { description: 'The avatar was known; it shows this picture now.', body: avatarAnswer },
    201: { description: 'The avatar is new.', body: avatarAnswer },
  },
  problems: [
    'body-malformed',
    'body-too-large',
    'body-invalid',
    'media-type-unsupported',
    'name-too-long',
    'picture-empty',
    'picture-too-large',
    'picture-too-many-pixels',
    'picture-too-small',
    'picture-format',
    'picture-damaged',
    'blobs-unreachable',
    'busy',
  ],
  async handle({ params, request, base }, service) {
    const uploaded = await upload(params.subject, request, service)
    if (uploaded.kind === 'problem') return uploaded
    if (uploaded.kind === 'denied') return denied(uploaded)
    const told = await tellAvatar(uploaded.avatar, base, service)
    return uploaded.created ? answer(201, told) : answer(200, told)
  },
})

/** Bytes are held until the picture is stored: those that wait to be decoded count as well. */
async function upload(
  subject: string,
  request: Request,
  { keeper, uploads }: Service,
): Promise<Registered | Problem> {
  const held = uploads.enter()
  try {
    const sent = await readUpload(request, held)
    if (sent.kind === 'problem') return sent
    return await keeper.upload(subject, sent.bytes, sent.name)
  } finally {
    held.leave()
  }
}

async function readUpload(request: Request, held: Held): Promise<Upload | Problem> {
  const isForm = mediaType(request) === 'multipart/form-data'
  const most = isForm ? maxPictureBytes + maxFormBytes : maxPictureBytes
  const read = await readBody(request, most, held)
  if (read.kind === 'problem') {
    return read.code === 'body-too-large'
      ? problem('picture-too-large', `A picture may have at most ${maxPictureBytes} bytes.`)
      : read
  }
  if (!isForm) return { kind: 'upload', bytes: read.bytes }
  return readForm(read.bytes, request.headers.get('content-type') ?? '')
}

async function readForm(bytes: Buffer<ArrayBuffer>, type: string): Promise<Upload | Problem> {
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(type)
  if (boundary === null)
    return problem('body-malformed', 'The form’s Content-Type names no boundary.')
  if (countOf(bytes, `--${boundary[1] ?? boundary[2]}`) > mostParts + 1) {
    return problem('body-malformed', `The form has more than ${mostParts} parts.`)
  }
  let fields: FormData
  try {
    fields = await new Response(bytes, { headers: { 'Content-Type': type } }).formData()
  } catch {
    return problem('body-malformed', 'The form cannot be read.')
  }
  const strange = [...fields.keys()].filter((key) => key !== 'picture' && key !== 'name')
  if (strange.length > 0) {
    return faulty(
      'body-invalid',
      strange.map((key) => ({
        pointer: `/${key.slice(0, 64).toWellFormed()}`,
        detail: 'There is no such field.',
      })),
    )
  }
  const [picture, another] = fields.getAll('picture')
  if (another !== undefined) return field('picture', 'It stands there twice.')
  if (picture === undefined) return field('picture', 'The field is missing.')
  if (typeof picture === 'string')
    return field('picture', 'It is no file: its part needs a filename.')
  if (picture.size > maxPictureBytes) {
    return problem('picture-too-large', `A picture may have at most ${maxPictureBytes} bytes.`)
  }
  const content = Buffer.from(await picture.arrayBuffer())
  const name = fields.get('name')
  if (name === null) return { kind: 'upload', bytes: content }
  const told = form.shape.name.safeParse(name)
  return told.success && told.data !== undefined
    ? { kind: 'upload', bytes: content, name: told.data }
    : field('name', 'It is no text of at most 1024 characters.')
}

function field(name: string, detail: string): Problem {
  return faulty('body-invalid', [{ pointer: `/${name}`, detail }])
}

/** How often a mark stands in the bytes; counted before anything is made of them. */
function countOf(bytes: Buffer, mark: string): number {
  let count = 0
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) {
    if (++count > mostParts + 1) break
  }
  return count
}
