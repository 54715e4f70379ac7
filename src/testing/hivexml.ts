/** What hivexml (hivex) says about a hive: its XML as a tree. A small reader for just this output. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runTool } from './tools.ts';

export interface XmlValue {
  /** hivexml's word: string, expand, int32, int64, binary, string-list, unknown ... */
  readonly type: string;
  readonly key: string;
  /** Attribute `value`: text, a decimal number or base64, see `base64`. */
  readonly value: string;
  readonly base64: boolean;
  /** Strings of a string-list. */
  readonly strings: string[];
}

export interface XmlNode {
  readonly name: string;
  /** Seconds resolution, `2010-02-02T13:42:44Z`; null when the hive has none. */
  mtime: string | null;
  readonly values: XmlValue[];
  readonly nodes: XmlNode[];
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function plain(text: string): string {
  return text.replace(/&(#x?[0-9a-fA-F]+|\w+);/g, (all, name: string) => {
    if (name.startsWith('#x')) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(Number.parseInt(name.slice(1), 10));
    return ENTITIES[name] ?? all;
  });
}

/** It opens /dev/stdout, which works for a file and not for the socket that Node gives a child. */
function output(file: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'hivexml-'));
  try {
    const to = path.join(folder, 'xml');
    runTool('sh', ['-c', 'hivexml "$1" > "$2"', 'sh', file, to]);
    return readFileSync(to, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws when hivexml refuses the hive */
export function readHivexml(file: string): XmlNode {
  const xml = output(file);
  const top: XmlNode = { name: '', mtime: null, values: [], nodes: [] };
  const open = [top];
  let value: XmlValue | null = null;
  let text = '';
  for (const [, tag, content] of xml.matchAll(/<([^>]*)>([^<]*)/g)) {
    const word = /^[/?]?\w+/.exec(tag!)![0];
    const attributes = new Map<string, string>();
    for (const [, name, attribute] of tag!.matchAll(/(\w+)="([^"]*)"/g)) attributes.set(name!, plain(attribute!));
    if (word === 'node') {
      const node: XmlNode = { name: attributes.get('name')!, mtime: null, values: [], nodes: [] };
      open.at(-1)!.nodes.push(node);
      if (!tag!.endsWith('/')) open.push(node);
    } else if (word === '/node') open.pop();
    else if (word === 'mtime') open.at(-1)!.mtime = content!;
    else if (word === 'value') {
      value = {
        type: attributes.get('type')!,
        key: attributes.get('key') ?? '',
        value: attributes.get('value') ?? '',
        base64: attributes.get('encoding') === 'base64',
        strings: [],
      };
      open.at(-1)!.values.push(value);
    } else if (word === 'string') {
      text = plain(content!);
      if (tag!.endsWith('/')) value!.strings.push('');
    } else if (word === '/string') value!.strings.push(text);
  }
  return top.nodes[0]!;
}
