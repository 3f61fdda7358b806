// A page to read the interface from, drawn from the OpenAPI document: every call with an example that works, every shape,
// every problem. No script, nothing loaded; readable without a style sheet.
import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import { sampleOf, typeOf } from './describe-schema.ts'
import type { DocumentedOperation, OpenApiDocument } from './operation.ts'
import { problems } from './problem.ts'
import { referenceStyle } from './reference-style.ts'

type Markup = ReturnType<typeof html>

interface Entry {
  readonly method: string
  readonly path: string
  readonly call: DocumentedOperation
}

/** The whole page. `nonce` is that of the answer's Content-Security-Policy. */
export function referencePage(document: OpenApiDocument, nonce: string): string {
  const entries = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, call]): Entry => ({ method, path, call })),
  )
  const chapters = (document.tags ?? []).map((tag) => ({
    ...tag,
    entries: entries.filter(({ call }) => call.tags.includes(tag.name)),
  }))
  const { title, version, description = '' } = document.info
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <title>${title} · HTTP interface</title>
        <style nonce="${nonce}">
          ${raw(referenceStyle)}
        </style>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the calls</a>
        <div class="page">
          <nav aria-label="Calls">
            <details open>
              <summary>Contents</summary>
              ${chapters.map(
                (chapter) =>
                  html`<h2>${chapter.name}</h2>
                    <ul>
                      ${chapter.entries.map(
                        ({ call }) =>
                          html`<li><a href="#${call.operationId}">${call.summary}</a></li>`,
                      )}
                    </ul>`,
              )}
              <h2>More</h2>
              <ul>
                <li><a href="#shapes">Shapes</a></li>
                <li><a href="#problems">Problems</a></li>
                <li><a href="/openapi.json">OpenAPI document</a></li>
              </ul>
            </details>
          </nav>
          <main id="main">
            <h1>${title} HTTP interface</h1>
            <p class="quiet">Version ${version}</p>
            ${description.split('\n\n').map((paragraph) => html`<p class="lead">${prose(paragraph)}</p>`)}
            ${chapters.map(
              (chapter) =>
                html`<section>
                  <h2>${chapter.name}</h2>
                  <p class="lead">${chapter.description ?? ''}</p>
                  ${chapter.entries.map((entry) => drawCall(entry, document))}
                </section>`,
            )}
            <section>
              <h2 id="shapes">Shapes</h2>
              ${Object.entries(document.components.schemas).map(
                ([name, schema]) =>
                  html`<article class="shape" id="shape-${name}">
                    <h3>${name}</h3>
                    ${drawShape(schema)}
                  </article>`,
              )}
            </section>
            <section>
              <h2 id="problems">Problems</h2>
              <p class="lead">
                Every answer that is no good news is a problem document; its <code>code</code> is
                one of these.
              </p>
              <div class="wide">
                <table>
                  ${Object.entries(problems).map(
                    ([code, [status, sentence]]) =>
                      html`<tr id="${code}">
                        <th><code>${code}</code></th>
                        <td>${status}</td>
                        <td>${sentence}</td>
                      </tr>`,
                  )}
                </table>
              </div>
            </section>
          </main>
        </div>
      </body>
    </html> `
  // A promise only where something in it is one, and nothing is.
  return (page as HtmlEscapedString).toString()
}

function drawCall({ method, path, call }: Entry, document: OpenApiDocument): Markup {
  const scope = call.security?.[0]?.key?.[0]
  const bodies = Object.entries(call.requestBody?.content ?? {})
  return html`<article class="call" id="${call.operationId}">
    <span class="scope">${scope === undefined ? 'no key' : html`scope <code>${scope}</code>`}</span>
    <h3>${call.summary}</h3>
    <p class="where ${method}"><b>${method.toUpperCase()}</b> <code>${path}</code></p>
    ${call.description === undefined ? '' : html`<p>${prose(call.description)}</p>`}
    ${drawParameters(call)}
    ${
      bodies.length === 0
        ? ''
        : html`<h4>Body</h4>
            <div class="wide">
              <table>
                ${bodies.map(
                  ([type, { schema }]) =>
                    html`<tr>
                      <th><code>${type}</code></th>
                      <td>${drawType(schema)}</td>
                    </tr>`,
                )}
              </table>
            </div>`
    }
    <h4>Example</h4>
    <pre tabindex="0"><code>${curlOf({ method, path, call }, document)}</code></pre>
    <h4>Answers</h4>
    <div class="wide">
      <table class="answers">
        ${Object.entries(call.responses).map(
          ([status, response]) =>
            html`<tr>
              <th class="${status < '400' ? 'good' : 'bad'}">${status}</th>
              <td>
                ${response.description.split('\n\n').map((line) => html`<div>${prose(line)}</div>`)}
              </td>
              <td>
                ${Object.entries(response.content ?? {}).map(([, { schema }]) => drawType(schema))}
              </td>
            </tr>`,
        )}
      </table>
    </div>
  </article>`
}

function drawParameters({ parameters = [] }: DocumentedOperation): Markup | string {
  if (parameters.length === 0) return ''
  return html`<h4>Parameters</h4>
    <div class="wide">
      <table>
        ${parameters.map(({ name, in: place, required, schema, description }) => {
          const said = description ?? (schema as { description?: string }).description ?? ''
          return html`<tr>
            <th>
              <code>${name}</code>
              ${required === true ? html`<span class="must">required</span>` : ''}
            </th>
            <td class="quiet">${place}</td>
            <td>${drawType(schema)}</td>
            <td>${prose(said)}</td>
          </tr>`
        })}
      </table>
    </div>`
}

function drawShape(schema: unknown): Markup {
  const {
    properties,
    required = [],
    oneOf,
  } = schema as {
    properties?: Record<string, { description?: string }>
    required?: readonly string[]
    oneOf?: readonly unknown[]
  }
  if (oneOf !== undefined) {
    return html`<p class="quiet">One of:</p>
      ${oneOf.map((one) => drawShape(one))}`
  }
  if (properties === undefined) return html`<p>${drawType(schema)}</p>`
  return html`<div class="wide">
    <table>
      ${Object.entries(properties).map(
        ([name, field]) =>
          html`<tr>
            <th>
              <code>${name}</code
              >${required.includes(name) ? '' : html` <span class="quiet">optional</span>`}
            </th>
            <td>${drawType(field)}</td>
            <td>${prose(field.description ?? '')}</td>
          </tr>`,
      )}
    </table>
  </div>`
}

/** A type in a few words; named shapes are links. */
function drawType(schema: unknown): Markup {
  const parts = typeOf(schema)
  return html`<code
    >${parts.map((part) =>
      part.shape === undefined ? part.text : html`<a href="#shape-${part.shape}">${part.text}</a>`,
    )}</code
  >`
}

/** Text in which backticks mark code. */
function prose(text: string): Markup {
  const pieces = text.split('`')
  return html`${pieces.map((piece, at) => (at % 2 === 1 ? html`<code>${piece}</code>` : piece))}`
}

/** A command that makes the call; `$EVERFACE` is the address, `$KEY` the key. */
function curlOf({ method, path, call }: Entry, document: OpenApiDocument): string {
  const filled = (call.parameters ?? []).reduce(
    (done, { name, in: place, schema }) =>
      place === 'path' ? done.replace(`{${name}}`, String(sampleOf(schema, document))) : done,
    path,
  )
  const [type, body] = Object.entries(call.requestBody?.content ?? {})[0] ?? []
  const sample =
    type === undefined || type.startsWith('image/') ? null : sampleOf(body?.schema, document)
  const words = [
    `curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} "$EVERFACE${filled}"`,
    ...(call.security?.length === 1 ? ['-H "Authorization: Bearer $KEY"'] : []),
    ...(type === undefined
      ? []
      : [`-H 'Content-Type: ${type === 'image/*' ? 'image/jpeg' : type}'`]),
    ...(type?.startsWith('image/') === true ? ['--data-binary @face.jpg'] : []),
    ...(sample === null ? [] : [`--data-binary '${JSON.stringify(sample)}'`]),
  ]
  return words.join(' \\\n  ')
}
