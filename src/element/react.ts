// <ever-avatar> for React 19, and for whatever else has a `createElement` of that kind: the element with the picture
// inside, so that pages rendered on a server show it before any script runs. Depends on no package.
import type { Ask } from './ask.ts'
import { sizeOf, srcsetOf, waysOf } from './ways.ts'

/** Properties of the component; the attributes of the element under the names that React uses. */
export interface EverAvatarProps {
  /** The app's own id of the person. */
  readonly subject: string
  /** The service: `https://faces.example.com`. */
  readonly base: string
  /** Text in place of the picture, and where the initials come from. */
  readonly name?: string | undefined
  /** Edge in CSS pixels, 1 to 640; 48 when absent. */
  readonly size?: number | undefined
  /** The platform's URL, where that is to be shown while it lives. */
  readonly src?: string | undefined
  /** `exp` and `sig` of a signed URL. */
  readonly exp?: string | undefined
  readonly sig?: string | undefined
  /** Where in the product the face stands; with a token a tap on it asks for a decision. */
  readonly scene?: string | undefined
  readonly token?: string | undefined
  /** Goes to the authorization page when the decision says so, unless `onAsk` prevents it. */
  readonly ask?: 'navigate' | undefined
  /** Share of failures that the service is told of, 0 to 1; 0.1 when absent. */
  readonly hints?: number | undefined
  readonly loading?: 'eager' | 'lazy' | undefined
  /** For pictures that a canvas reads. */
  readonly crossOrigin?: 'anonymous' | undefined
  readonly className?: string | undefined
  readonly style?: object | undefined
  /** The element in the page, as React hands it out: a function that is called with it, or what has a `current`. */
  readonly ref?:
    | ((element: EventTarget | null) => unknown)
    | { current: unknown }
    | null
    | undefined
  /** The person may be asked now. */
  readonly onAsk?: ((event: CustomEvent<Ask>) => void) | undefined
}

/** What React's `createElement` is to this file. */
export type CreateElement<Node> = (
  type: string,
  props: { readonly [name: string]: unknown },
  ...inside: Node[]
) => Node

/**
 * Makes the component. `ever-avatar` itself must be loaded in the page, by its script or by importing
 * `everface/element`; importing that on a server does nothing.
 */
export function createEverAvatar<Node>(
  createElement: CreateElement<Node>,
): (props: EverAvatarProps) => Node {
  return function EverAvatar(props) {
    const { className, crossOrigin, onAsk, ref, style, ...attributes } = props
    const texts = attributes as Readonly<Record<string, string | number | undefined>>
    const said = (name: string) => `${texts[name] ?? ''}`
    const ways = waysOf(said).slice(crossOrigin === undefined ? 0 : -1)
    const [way] = ways
    const size = sizeOf(said)
    const picture =
      way === undefined
        ? []
        : [
            createElement('img', {
              src: way,
              srcSet: srcsetOf(way, said('src')) || undefined,
              alt: said('name'),
              width: size,
              height: size,
              loading: props.loading,
              crossOrigin,
              referrerPolicy: 'no-referrer',
              // A dead picture may be healed before React takes over what the server rendered.
              suppressHydrationWarning: true,
            }),
          ]
    return createElement(
      'ever-avatar',
      {
        ...attributes,
        style,
        class: className,
        crossorigin: crossOrigin,
        // Not as `oneverface:ask`: React does not attach such listeners to what a server rendered.
        ref: onAsk === undefined ? ref : (element: EventTarget) => listen(element, onAsk, ref),
      },
      ...picture,
    )
  }
}

/** Listens, and hands the element to the app, until React calls what is returned. */
function listen(
  element: EventTarget,
  onAsk: (event: CustomEvent<Ask>) => void,
  ref: EverAvatarProps['ref'],
): () => void {
  const heard = (event: Event) => onAsk(event as CustomEvent<Ask>)
  element.addEventListener('everface:ask', heard)
  const leave = typeof ref === 'function' ? ref(element) : undefined
  if (typeof ref === 'object' && ref !== null) ref.current = element
  return () => {
    element.removeEventListener('everface:ask', heard)
    if (typeof leave === 'function') leave()
    else if (typeof ref === 'function') ref(null)
    else if (typeof ref === 'object' && ref !== null) ref.current = null
  }
}
