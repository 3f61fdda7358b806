// What the comparison page does in the browser, served as it stands: it requests every picture on both sides in the same way,
// judges the bytes, and counts. Small enough to be read by whoever doubts the numbers.

export const pageScript = `'use strict'
const $ = (selector) => document.querySelector(selector)
const faces = [...document.querySelectorAll('[data-side]')].map((box) => ({
  box, img: box.querySelector('img'), side: box.dataset.side,
  subject: box.dataset.subject, url: box.dataset.url, revision: null, state: null, shows: '', hash: '',
}))
const bySubject = Map.groupBy(faces, (face) => face.subject)
const waiting = new Set(faces)
let turn = 0
let busy = 0

/* The grey pictures that WeChat and QQ send in place of one that they no longer have. */
function isGrey(type, size) {
  return (type === 'image/png' && size === 5093) || (type === 'image/jpeg' && size === 1512)
}

async function request(face) {
  let bytes = null
  try {
    const answer = await fetch(face.url, { cache: face.side === 'raw' ? 'no-store' : 'no-cache', referrerPolicy: 'no-referrer' })
    if (answer.ok) bytes = await answer.blob()
    face.shows = answer.headers.get('everface-shows') || ''
  } catch {}
  const works = bytes !== null && bytes.size > 0 && bytes.type.startsWith('image/') && !isGrey(bytes.type, bytes.size)
  face.state = works ? 'works' : 'broken'
  face.box.classList.toggle('grey', !works)
  if (bytes === null) return
  const hash = Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', await bytes.arrayBuffer())).slice(0, 8)).join()
  if (hash === face.hash) return
  const isNew = face.hash !== ''
  face.hash = hash
  const before = face.img.src
  face.img.removeAttribute('srcset')
  face.img.src = URL.createObjectURL(bytes)
  if (before.startsWith('blob:')) URL.revokeObjectURL(before)
  if (isNew) {
    face.box.classList.remove('new')
    requestAnimationFrame(() => face.box.classList.add('new'))
  }
}

function work() {
  while (busy < 8 && waiting.size > 0) {
    const [face] = waiting
    waiting.delete(face)
    busy++
    request(face).finally(() => { busy--; count(); work() })
  }
}

function fill(selector, key, values) {
  const element = $(selector)
  if (!element) return
  let text = document.body.dataset[key] || ''
  for (const [name, value] of Object.entries(values)) text = text.replace('{' + name + '}', value)
  if (element.textContent !== text) element.textContent = text
}

function count() {
  for (const side of ['raw', 'ours']) {
    const seen = faces.filter((face) => face.side === side && face.state !== null)
    const broken = seen.filter((face) => face.state === 'broken').length
    $('.' + side + ' .big b').textContent = broken
    $('.' + side + ' .big').classList.toggle('bad', broken > 0)
  }
  const drawn = faces.filter((face) => face.side === 'ours' && face.shows === 'initials').length
  fill('.drawn', 'drawn', { n: drawn })
  document.body.dataset.counted = faces.every((face) => face.state !== null) ? 'all' : 'some'
}

async function read() {
  let live
  try {
    live = await (await fetch('/live.json', { cache: 'no-store' })).json()
  } catch {
    return
  }
  const { progress, revisions, you } = live
  const seconds = Math.floor(progress.elapsedMs / 1000)
  $('.chapter time').textContent = String(Math.floor(seconds / 60)).padStart(2, '0') + ':' + String(seconds % 60).padStart(2, '0')
  fill('.chapter span', progress.chapter, {})
  fill('.old', 'old', { n: progress.old })
  fill('.kept', 'kept', { n: progress.rescued })
  fill('.renewed', 'renewed', { n: progress.refreshed, asked: progress.toAsk })
  for (const [subject, raw, ours] of revisions) {
    for (const face of bySubject.get(subject) || []) {
      const revision = face.side === 'raw' ? raw : ours
      if (face.revision !== null && face.revision !== revision) waiting.add(face)
      face.revision = revision
    }
  }
  const ended = new URL(location.href).searchParams.get('everface')
  const note = you === 'gone' ? (ended === 'refused' ? 'youRefused' : ended === 'failed' ? 'youFailed' : 'youDead') : you === 'new' ? 'youDone' : 'youCalm'
  fill('.note', note, {})
  $('.you').classList.toggle('is-asked', note === 'youDead' || note === 'youFailed')
  document.body.dataset.you = you
  for (let n = 0; n < 12; n++) waiting.add(faces[turn++ % faces.length])
  work()
}

/* The element says when the person may be asked; where the simulated platform is, only this page knows. */
document.addEventListener('everface:ask', (event) => {
  event.preventDefault()
  if (event.detail.authorizeUrl) location.assign('/enter?to=' + encodeURIComponent(event.detail.authorizeUrl))
})
work()
void read()
setInterval(() => { if (!document.hidden) void read() }, Number(document.body.dataset.every))
`
