/** What `wimlib-imagex dir --detailed` says about an image, as rows: the oracle of the WIM tests. */
import { runTool } from './tools.ts';

export interface WimlibStream {
  /** `data`, `reparse` or `efs`. */
  readonly kind: string;
  readonly name: string;
  readonly sha1: string;
  readonly size: number;
  readonly stored: number;
  readonly refCount: number;
}

export interface WimlibRow {
  /** `/` between names, none in front; empty for the root. */
  readonly path: string;
  readonly short: string;
  readonly attributes: number;
  readonly reparseTag: number;
  readonly security: string | null;
  /** Seconds since 1970. */
  readonly created: number;
  readonly modified: number;
  readonly accessed: number;
  readonly links: number;
  readonly streams: readonly WimlibStream[];
}

/** Rows of image `image` (1-based), the root first. @throws when wimlib refuses the file */
export function wimlibRows(file: string, image: number): WimlibRow[] {
  const text = runTool('wimlib-imagex', ['dir', file, String(image), '--detailed']).toString();
  return text
    .split(/^-{70,}\n/m)
    .slice(1)
    .map(rowOf);
}

function rowOf(text: string): WimlibRow {
  const [head, ...streams] = text.split(/^\t(?=.*:$)/m);
  const field = (name: string) => new RegExp(`^${name} *= (.*)$`, 'm').exec(head!)?.[1];
  const quoted = (name: string) => /^"(.*)"$/s.exec(field(name) ?? '')?.[1] ?? '';
  const time = (name: string) => Date.parse(field(name) ?? '') / 1000;
  return {
    path: quoted('Full Path').slice(1),
    short: quoted('Short Name'),
    attributes: Number(field('Attributes')),
    reparseTag: Number(field('Reparse Tag') ?? 0),
    security: field('Security Descriptor') ?? null,
    created: time('Creation Time'),
    modified: time('Last Write Time'),
    accessed: time('Last Access Time'),
    links: Number(field('Link Count')),
    streams: streams.map(streamOf),
  };
}

function streamOf(text: string): WimlibStream {
  const title = text.slice(0, text.indexOf('\n'));
  const number = (name: string) => Number(new RegExp(`^${name} *= (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return {
    kind: /reparse/i.test(title) ? 'reparse' : /encrypted|efs/i.test(title) ? 'efs' : 'data',
    name: /"(.*)"/.exec(title)?.[1] ?? '',
    sha1: /^Hash *= 0x([0-9a-f]{40})/m.exec(text)?.[1] ?? '',
    size: number('Uncompressed size'),
    stored: number('Compressed size'),
    refCount: number('Reference Count'),
  };
}
