import { describe, expect, test } from 'vitest';
import { child, parseXml, textAt } from './xml.ts';

describe('the tolerant XML reader', () => {
  test('elements, attributes, text, entities, comments, CDATA', () => {
    const { root, wellFormed } = parseXml(
      '\ufeff<?xml version="1.0"?><!-- <no/> --><A x="1 &lt; 2" y=\'z\'><B>a &amp; b &#65;&#x42;</B><C/><B>second</B><D><![CDATA[<raw>]]></D></A>',
    )!;
    expect(wellFormed).toBe(true);
    expect(root.attributes).toEqual({ x: '1 < 2', y: 'z' });
    expect(root.children.map(({ name }) => name)).toEqual(['B', 'C', 'B', 'D']);
    expect(textAt(root, 'B')).toBe('a & b AB');
    expect(textAt(root, 'D')).toBe('<raw>');
    expect(textAt(root, 'C')).toBeNull();
    expect(textAt(root, 'B', 'nothing')).toBeNull();
    expect(child(undefined, 'B')).toBeUndefined();
  });

  test.each([
    ['an end tag that is missing', '<A><B><C>text</B><D/></A>', 'text', ['B', 'D']],
    ['an end tag too many', '<A></X><B><C>text</C></B></A>', 'text', ['B']],
    ['an end that is missing', '<A><B><C>text', 'text', ['B']],
    ['an unknown entity', '<A><B><C>&what;&#xFFFFFF;</C></B></X></A>', '&what;&#xFFFFFF;', ['B']],
  ])('goes on after %s', (_, xml, text, names) => {
    const { root, wellFormed } = parseXml(xml)!;
    expect(wellFormed).toBe(false);
    expect(textAt(root, 'B', 'C')).toBe(text);
    expect(root.children.map(({ name }) => name)).toEqual(names);
  });

  test('what is no XML has no root', () => {
    expect(parseXml('')).toBeNull();
    expect(parseXml('plain text < 3')).toBeNull();
    expect(parseXml('<?xml version="1.0"?><!-- <A/> -->')).toBeNull();
  });

  test('depth and size end somewhere, soon', () => {
    expect(parseXml('<a>'.repeat(100_000))!.wellFormed).toBe(false);
    expect(parseXml(`<a>${'<b/>'.repeat(300_000)}</a>`)!.wellFormed).toBe(false);
    expect(parseXml('<'.repeat(1_000_000))).toBeNull();
    expect(parseXml(`<a ${'x='.repeat(100_000)}>`)!.root.attributes).toEqual({});
    expect(parseXml('<!--'.repeat(200_000))).toBeNull();
  });
});
