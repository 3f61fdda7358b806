// The pages' own script: draws the curve and says whether the page is live. Everything else works without it.

/** Plain JavaScript, as it is sent. */
export const script = String.raw`'use strict'
;(() => {
  const root = document.documentElement
  const color = (name) => getComputedStyle(root).getPropertyValue(name).trim()

  /** A colour as it is in the theme of the moment: custom properties may hold light-dark(). */
  const resolved = (name) => {
    const probe = document.createElement('i')
    probe.hidden = true
    document.body.append(probe)
    probe.style.color = 'var(' + name + ')'
    const value = getComputedStyle(probe).color
    probe.remove()
    return value
  }

  const spaced = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ')

  /** Stacks the series: each begins where the one below ends. */
  const stack = (series) => {
    const sums = series.length === 0 ? [] : series[0].values.map(() => 0)
    return series.map(({ values }) => values.map((value, at) => (sums[at] += value)))
  }

  const draw = (box) => {
    const { days, series, locale, day: dayName } = JSON.parse(box.dataset.chart)
    const day = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', day: 'numeric', month: 'short' })
    const tops = stack(series)
    const ink = resolved('--ink-quiet')
    const line = resolved('--line')
    const size = () => ({ width: box.clientWidth, height: Math.max(220, Math.min(320, box.clientWidth * 0.4)) })
    box.replaceChildren()
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: '12px ' + color('--font') }
    const plot = new uPlot(
      {
        ...size(),
        tzDate: (at) => uPlot.tzDate(new Date(at * 1000), 'UTC'),
        scales: { y: { range: (_, __, most) => [0, most * 1.04 || 1] } },
        legend: { live: true },
        cursor: { y: false, points: { show: false } },
        hooks: {
          setCursor: [(plot) => { if (plot.cursor.idx == null) plot.setLegend({ idx: days.length - 1 }) }],
        },
        axes: [
          { ...axis, values: (_, ticks) => ticks.map((at) => day.format(at * 1000)), space: 70 },
          { ...axis, values: (_, ticks) => ticks.map(spaced), size: 64 },
        ],
        // The highest first, so that each covers what is not its own.
        series: [
          { label: dayName, value: (_, at) => (at === null ? '–' : day.format(at * 1000)) },
          ...series
            .map(({ kind, label, values }) => ({
              label,
              stroke: resolved('--' + kind + '-ink'),
              fill: resolved('--' + kind),
              width: 1.5,
              points: { show: false },
              value: (_, __, ___, at) => (at === null ? '–' : spaced(values[at])),
            }))
            .toReversed(),
        ],
      },
      [days, ...tops.toReversed()],
      box,
    )
    box.plot = plot
    // Without a cursor the legend tells of the last day.
    plot.setLegend({ idx: days.length - 1 })
    return () => plot.setSize(size())
  }

  const charts = () => document.querySelectorAll('[data-chart]')
  const drawAll = () => {
    for (const box of charts()) {
      box.plot?.destroy()
      const fit = draw(box)
      box.watch?.disconnect()
      let width = box.clientWidth
      box.watch = new ResizeObserver(() => {
        if (box.clientWidth === width) return
        width = box.clientWidth
        fit()
      })
      box.watch.observe(box)
    }
  }
  // This script is the first, so that it hears of the stream whenever that begins; the others have run by then.
  document.addEventListener('DOMContentLoaded', () => {
    if (!window.uPlot) return
    drawAll()
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
  })

  // On a phone the navigation is wider than the page.
  document.querySelector('nav [aria-current=page]')?.scrollIntoView({ block: 'nearest', inline: 'center' })

  // What was asked for and not answered at all; the stream tells of itself.
  const trouble = document.getElementById('trouble')
  document.addEventListener('htmx:error', ({ target, detail }) => {
    if (!detail?.ctx || !target.matches?.('form')) return
    const note = document.createElement('p')
    note.className = 'notice bad'
    note.textContent = trouble.dataset.unanswered
    trouble.replaceChildren(note)
  })
  document.addEventListener('htmx:after:request', ({ target }) => {
    if (target.matches?.('form')) trouble.replaceChildren()
  })

  const live = (on) => () => {
    root.dataset.live = on ? 'on' : 'off'
  }
  document.addEventListener('htmx:sse:after:connection', live(true))
  document.addEventListener('htmx:sse:error', live(false))
  document.addEventListener('htmx:sse:before:connection', (event) => {
    if (event.detail.connection.attempt > 0) live(false)()
  })
})()
`
