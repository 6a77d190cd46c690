import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { xml } from '../../../src/web/data/xml.js';
import { parseXml } from '../../support/atom.js';

/** Any text at all: lone surrogates, control characters and markup too. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('<', '>', '&', ']', '"', "'", '\0', '\ud800', '\uffff', '\u202e', '\u0085', 'a') }),
);

describe('a template of XML', () => {
  it('is well formed with any text in its elements and attributes', () => {
    fc.assert(
      fc.property(anyText, anyText, (text, attribute) => {
        const element = parseXml(xml`<a b="${attribute}" c='${attribute}'>${text}</a>`.text);
        expect(element.children).toEqual([]);
        expect(element.attributes.b).toBe(element.attributes.c);
      }),
    );
  });

  it('gives text back as it was', () => {
    const text = `<b> & "c" 'd' ]]> é 雪 😀`;
    expect(parseXml(xml`<a b="${text}">${text}</a>`.text)).toMatchObject({ text, attributes: { b: text } });
  });

  it('takes other templates as they are', () => {
    expect(xml`<a>${[xml`<b>${1}</b>`, xml`<c>${null}</c>`]}</a>`.text).toBe('<a><b>1</b><c></c></a>');
  });
});
