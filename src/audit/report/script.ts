// What the page does when script is allowed: language, theme, filters, download. Plain JavaScript as text, because it
// goes into the page as it is; its hash is in the page's security policy. Without it the page is whole, in English.

/** The script of the page. It reads the rows from the element `#rows` and asks nobody for anything. */
export const script = String.raw`
'use strict'
{
  const root = document.documentElement
  const all = (selector, within = document) => [...within.querySelectorAll(selector)]
  const one = (selector) => document.querySelector(selector)
  const rows = JSON.parse(one('#rows').textContent)
  const cards = all('.card')
  const form = one('.filters')
  const step = 60
  let limit = step
  let verdict = ''
  root.classList.add('js')

  function speak(language) {
    root.dataset.lang = language
    root.lang = language === 'zh' ? 'zh-CN' : 'en'
    for (const element of all('[data-en]')) {
      const text = element.dataset[language]
      if (element.dataset.into === undefined) element.textContent = text
      else for (const name of element.dataset.into.split(' ')) element.setAttribute(name, text)
    }
    filter()
  }

  const isDark = () =>
    root.dataset.theme === undefined
      ? matchMedia('(prefers-color-scheme: dark)').matches
      : root.dataset.theme === 'dark'

  function light() {
    one('[data-switch=theme]').classList.toggle('to-light', isDark())
  }

  const hay = cards.map((card) => {
    const link = card.querySelector('a')
    const told = card.querySelector('h3').textContent + ' ' + card.querySelector('.why').textContent
    const url = link === null ? card.querySelector('.url').textContent : link.getAttribute('href')
    return (told + ' ' + url).toLowerCase()
  })

  function matching() {
    const wanted = form.elements.search.value.trim().toLowerCase()
    const provider = form.elements.provider.value
    const found = []
    for (const [index, card] of cards.entries()) {
      if (verdict !== '' && card.dataset.finding !== verdict) continue
      if (provider !== '' && card.dataset.provider !== provider) continue
      if (wanted !== '' && !hay[index].includes(wanted)) continue
      found.push(index)
    }
    return found
  }

  function filter() {
    const found = matching()
    const shown = new Set(found.slice(0, limit))
    for (const [index, card] of cards.entries()) card.hidden = !shown.has(index)
    const status = one('.shown span')
    status.textContent = status.dataset[root.dataset.lang].replace('{n}', found.length)
    one('.nothing').hidden = found.length > 0
    one('.more').hidden = found.length <= limit
    one('[data-download]').disabled = found.length === 0
  }

  function change() {
    limit = step
    filter()
  }

  form.addEventListener('submit', (event) => event.preventDefault())
  form.elements.search.addEventListener('input', change)
  form.elements.provider.addEventListener('change', change)
  for (const chip of all('.chip')) {
    chip.addEventListener('click', () => {
      verdict = chip.dataset.verdict
      for (const other of all('.chip')) other.setAttribute('aria-pressed', String(other === chip))
      change()
    })
  }
  one('.more').addEventListener('click', () => {
    const first = matching()[limit]
    limit += step
    filter()
    const link = cards[first]?.querySelector('a')
    if (link) link.focus({ preventScroll: true })
  })
  one('[data-download]').addEventListener('click', () => {
    const text = [rows.header, ...matching().map((index) => rows.lines[index])].join('\r\n') + '\r\n'
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }))
    link.download = 'everface-sample.csv'
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 60000)
  })

  for (const button of all('[data-by]')) {
    button.addEventListener('click', () => {
      const figure = button.closest('figure')
      figure.dataset.shows = button.dataset.by
      for (const other of all('[data-by]', figure)) {
        other.setAttribute('aria-pressed', String(other === button))
      }
    })
  }
  for (const image of all('[data-from]')) {
    const face = document.getElementById(image.dataset.from)?.querySelector('.face img')
    if (!face) continue
    image.src = face.src
    image.hidden = false
  }
  one('[data-switch=theme]').addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark'
    light()
  })
  one('[data-switch=language]').addEventListener('click', () =>
    speak(root.dataset.lang === 'zh' ? 'en' : 'zh'),
  )
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', light)
  light()
  speak(/^zh\b/i.test(navigator.language) ? 'zh' : 'en')
}
`
