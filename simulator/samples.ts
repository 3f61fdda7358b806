// Answers of the calls that are not what they should be, as clients have met them: what every one of them must
// take without harm, and without taking it for an answer.

/** How an answer is spoiled. */
export const sampleNames = [
  'control-characters',
  'cut',
  'trailing-comma',
  'empty',
  'html',
  'not-utf8',
  'bom',
  'null',
  'texts',
] as const

/** A way to spoil an answer. */
export type SampleName = (typeof sampleNames)[number]

const gateway = `<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center></body>
</html>
`

/** The bytes of a JSON text after it was spoiled. */
export function spoilJson(text: string, sample: SampleName): Buffer {
  switch (sample) {
    case 'control-characters':
      // Raw, inside the first text: allowed in nicknames, forbidden in JSON.
      return Buffer.from(text.replace(/:"/, ':"\u0001\u0008\n\u2028'))
    case 'cut':
      return Buffer.from(text).subarray(0, Buffer.byteLength(text) >> 1)
    case 'trailing-comma':
      return Buffer.from(text.replace(/\}$/, ',}'))
    case 'empty':
      return Buffer.alloc(0)
    case 'html':
      return Buffer.from(gateway)
    case 'not-utf8': {
      const at = Buffer.from(text).indexOf(':"') + 2
      const whole = Buffer.from(text)
      // The first half of an emoji, then what is a letter in another encoding.
      const broken = Buffer.from([0xf0, 0x9f, 0xc3])
      return Buffer.concat([whole.subarray(0, at), broken, whole.subarray(at)])
    }
    case 'bom':
      return Buffer.from(`\ufeff${text}`)
    case 'null':
      return Buffer.from('null')
    case 'texts':
      // Numbers as texts, as relays in front of the platform hand them on.
      return Buffer.from(text.replaceAll(/:(-?\d+)(?=[,}])/g, ':"$1"'))
  }
}
