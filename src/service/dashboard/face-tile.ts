// A face as pages show it: the stored picture, or an outline that says how it stands.
import type { Avatar, Standing } from '../../core/avatar.ts'
import type { FindingKind } from '../../core/verdict.ts'
import type { VariantSize } from '../../pictures/pictures.ts'
import { drawMark, outline } from './frame.ts'
import { type Markup, html } from './markup.ts'

/** The stored picture by its hash. */
export function drawPicture(sha256: string, size: VariantSize, alt: string): Markup {
  return html`<img
    src="/p/${sha256}/${size}.webp"
    alt="${alt}"
    width="${size}"
    height="${size}"
    loading="lazy"
    decoding="async"
  />`
}

/** A tile with the picture that an avatar shows; without one, its outline and mark. */
export function drawFaceTile(
  { copy, standing }: Pick<Avatar, 'copy' | 'standing'>,
  size: VariantSize,
  alt = '',
): Markup {
  if (copy === null) return drawBareTile(standing)
  return html`<span class="tile shows is-${standing}">${drawPicture(copy.sha256, size, alt)}</span>`
}

/** A tile without a picture. */
export function drawBareTile(kind: Standing | FindingKind): Markup {
  return html`<span class="tile bare is-${kind}">${outline}${drawMark(kind)}</span>`
}
