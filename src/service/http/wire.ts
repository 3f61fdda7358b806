// The head of an answer as it goes over the wire, for answers that are written without node:http.
import { STATUS_CODES } from 'node:http'

/** Everything printable of ASCII: no other byte gets into a head, so that nobody can end a line of it. */
const printable = /^[\x20-\x7e]*$/

/**
 * Status line and headers, without what belongs to the connection and without the empty line that ends a head. Throws when
 * a name or value has anything but printable ASCII in it.
 * @param headers names and values by turns
 */
export function headOf(status: number, headers: readonly string[]): Buffer {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`
  for (let at = 0; at < headers.length; at += 2) {
    const line = `${headers[at] ?? ''}: ${headers[at + 1] ?? ''}`
    if (!printable.test(line)) throw new Error('a header has a character that none may have')
    text += `${line}\r\n`
  }
  return Buffer.from(text, 'latin1')
}
