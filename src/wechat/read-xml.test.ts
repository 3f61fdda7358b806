import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'

import { readXml } from './read-xml.ts'

const read = (xml: string) => {
  const fields = readXml(xml)
  return fields === null ? null : Object.fromEntries(fields)
}

describe('readXml', () => {
  it('reads texts, CDATA and both together', () => {
    const xml = `<?xml version="1.0" encoding="UTF-8"?>
      <xml>
        <A><![CDATA[<b>&amp;]]></A>
        <B>12</B>
        <C> a &lt;&amp;&gt; &quot;&apos; &#65;&#x1F600; </C>
        <D><![CDATA[one]]> <![CDATA[two]]></D>
        <E></E><F/><G ></G >
        <!-- nothing -->
        <H><![CDATA[]]]]><![CDATA[>]]></H>
      </xml>
    `
    assert.deepEqual(read(xml), {
      A: '<b>&amp;',
      B: '12',
      C: ' a <&> "\' A😀 ',
      D: 'one two',
      E: '',
      G: '',
      H: ']]>',
    })
  })

  it('passes over what holds elements, whatever they are called', () => {
    const xml = '<xml><List><A>1</A><A>2</A></List><B>3</B><Pic><AppID>x</AppID></Pic></xml>'
    assert.deepEqual(read(xml), { B: '3' })
  })

  it('reads back every text that can be written', () => {
    const text = fc.string({ unit: 'grapheme' })
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[A-Za-z_]\w{0,9}$/), text), (fields) => {
        const escaped = Object.entries(fields).map(([name, value]) => {
          const plain = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
          return `<${name}>${plain}</${name}>`
        })
        const quoted = Object.entries(fields).map(
          ([name, value]) =>
            `<${name}><![CDATA[${value.replaceAll(']]>', ']]]]><![CDATA[>')}]]></${name}>`,
        )
        for (const parts of [escaped, quoted]) {
          const found = readXml(`<xml>\n${parts.join('\n')}\n</xml>`)
          assert.deepEqual([...(found ?? [])], Object.entries(fields))
        }
      }),
      { seed: 1 },
    )
  })

  it('refuses what this form never needs, and what is no XML', () => {
    for (const xml of [
      '',
      'text',
      '<xml>',
      '</xml>',
      '<xml></lmx>',
      '<xml><A>1</B></xml>',
      '<xml><A>1</xml>',
      '<xml></xml><xml></xml>',
      '<xml></xml>x',
      'x<xml></xml>',
      '<xml a="1"></xml>',
      '<xml><A href="x">1</A></xml>',
      '<xml><A>1</A><A>1</A></xml>',
      '<!DOCTYPE xml><xml></xml>',
      '<!DOCTYPE x [<!ENTITY a "b">]><xml><A>&a;</A></xml>',
      '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><A>&a;</A></xml>',
      '<xml><!DOCTYPE x></xml>',
      '<xml><A>&a;</A></xml>',
      '<xml><A>&</A></xml>',
      '<xml><A>&#0;</A></xml>',
      '<xml><A>&#xD800;</A></xml>',
      '<xml><A>&#x110000;</A></xml>',
      '<xml><A>&toString;</A></xml>',
      '<xml><A>&ctor;</A></xml>',
      '<xml><?php echo 1 ?></xml>',
      '<xml><![CDATA[</xml>',
      '<xml><A><![CDATA[1]]</A></xml>',
      '<xml><!-- </xml>',
      '<![CDATA[x]]><xml></xml>',
      '<xml/ >',
      '< xml></xml>',
      `<${'a'.repeat(65)}></${'a'.repeat(65)}>`,
      '<xml>'.repeat(9) + '</xml>'.repeat(9),
      `<xml>${Array.from({ length: 256 }, (_, i) => `<a${i}>1</a${i}>`).join('')}</xml>`,
    ]) {
      assert.equal(readXml(xml), null, xml.slice(0, 80))
    }
    assert.deepEqual(read('<xml/>'), {})
    assert.deepEqual(read('<xml>'.repeat(8) + '</xml>'.repeat(8)), {})
  })

  it('takes names for names only', () => {
    const xml = '<xml><__proto__>1</__proto__><constructor>2</constructor></xml>'
    assert.deepEqual(
      [...(readXml(xml) ?? [])],
      [
        ['__proto__', '1'],
        ['constructor', '2'],
      ],
    )
  })

  it('never throws, and is done soon with texts that are made to take long', () => {
    const pieces =
      '<xml> </xml> <A> </A> <![CDATA[ ]]> &amp; & <!-- --> < > / a <?xml?> &#65; <!DOCTYPE'
    const unit = fc.constantFrom(' ', '\ufeff', ...pieces.split(' '))
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 30 }), (pieces) => {
        readXml(pieces.join(''))
      }),
      { numRuns: 3_000, seed: 1 },
    )
    for (const piece of [
      '<xml>',
      '<![CDATA[',
      '<!--',
      '&amp;',
      '&#',
      ' ',
      '<a',
      ']]',
      '<![CDATA[]]>',
    ]) {
      assert.equal(readXml(`<xml><A>${piece.repeat(1_048_576 / piece.length)}`), null)
      readXml(piece.repeat(1_048_576 / piece.length))
    }
  })
})
