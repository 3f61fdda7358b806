// The drawn parts: a mark for each finding and standing, told apart by shape alone, and the outline of a face for tiles
// without a picture. Symbols stand once in a page and are used by name. All of it is finished markup, as text.

const stroke = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"'

const symbols: Readonly<Record<string, string>> = {
  alive: '<circle cx="8" cy="8" r="5" fill="currentColor"/>',
  gone: `<path d="M3.5 3.5l9 9m0-9l-9 9" ${stroke} stroke-width="2.4"/>`,
  dying: `<circle cx="8" cy="8" r="5" ${stroke}/><path d="M8 3a5 5 0 0 0 0 10z" fill="currentColor"/>`,
  placeholder: `<circle cx="8" cy="8" r="5" ${stroke} stroke-dasharray="2.2 3.03"/>`,
  malformed: `<path d="M3 6h10M3 10h10M10.5 2.5l-5 11" ${stroke}/>`,
  refused: `<circle cx="8" cy="8" r="5.2" ${stroke}/><path d="M4.5 11.5l7-7" ${stroke}/>`,
  throttled: `<path d="M5.5 3.5v9m5-9v9" ${stroke} stroke-width="2.4"/>`,
  unknown: `<path d="M5.3 5.8A2.8 2.8 0 1 1 8 8.7v1" ${stroke}/><circle cx="8" cy="13" r="1.3" fill="currentColor"/>`,
  uploaded: `<path d="M8 13V4.5M4.3 7.8L8 4l3.7 3.8" ${stroke}/>`,
}

const face =
  '<symbol id="face" viewBox="0 0 48 48"><circle cx="24" cy="19" r="8.5" fill="currentColor"/>' +
  '<path d="M7.5 44a16.5 14.5 0 0 1 33 0z" fill="currentColor"/></symbol>'

/** Every symbol, to stand once at the start of the page. */
export const symbolSheet = `<svg class="symbols" aria-hidden="true" width="0" height="0">${Object.entries(
  symbols,
)
  .map(([kind, drawn]) => `<symbol id="mark-${kind}" viewBox="0 0 16 16">${drawn}</symbol>`)
  .join('')}${face}</svg>`

/** The logo: a face that is there, on a tile. */
export const logo =
  '<svg class="logo" viewBox="0 0 48 48" aria-hidden="true"><rect width="48" height="48" rx="12" class="logo-tile"/>' +
  '<use href="#face" class="logo-face"/></svg>'

/** The page's icon, as an address that needs no request. */
export const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect width="48" height="48" rx="12" fill="#0b6a58"/>' +
    '<circle cx="24" cy="19" r="8.5" fill="#fff"/><path d="M7.5 44a16.5 14.5 0 0 1 33 0z" fill="#fff"/></svg>',
)}`
