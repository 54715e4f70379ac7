/** What `wimlib-imagex dir --detailed` says about an image, as rows: the oracle of the WIM tests. */
import { hex } from '../base/guid.ts';
import type { FsVolume } from '../fs/types.ts';
import { rowPaths, scanRows, seconds } from './node-rows.ts';
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

/**
 * Rows of image `image` (1-based), the root first. @throws when wimlib refuses the file
 * @param others parts of the set, bases of a delta
 */
export function wimlibRows(file: string, image: number, others: readonly string[] = []): WimlibRow[] {
  const refs = others.map((other) => `--ref=${other}`);
  const text = runTool('wimlib-imagex', ['dir', file, String(image), '--detailed', ...refs]).toString();
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

/** What of a row is compared: everything that wimlib prints. */
export type ComparableRow = Omit<WimlibRow, 'streams'> & {
  readonly size: number | null;
  readonly named: readonly string[];
};

const ZERO_TIME = -11_644_473_600;

/** wimlib prints no size for the data of reparse points and missing data. */
export function comparable({ streams, ...row }: WimlibRow): ComparableRow {
  const data = streams.find(({ kind, name }) => kind !== 'reparse' && name === '');
  return {
    ...row,
    short: row.path.endsWith(`/${row.short}`) || row.path === row.short ? '' : row.short,
    size: row.reparseTag !== 0 ? null : (data?.size ?? 0),
    named: streams.filter(({ name }) => name !== '').map(({ name, size }) => `${name} ${size}`),
  };
}

/** The same of our volume, in the order of paths; the root, which has no row, is left out. */
export function ourComparable(volume: FsVolume): ComparableRow[] {
  const time = (lo: number, hi: number) => ((lo | hi) === 0 ? ZERO_TIME : seconds(lo, hi));
  return [...rowPaths(scanRows(volume).rows, volume.rootId)].map(([path, row]) => {
    const detail = volume.describe(row.ref);
    return {
      // Unpaired surrogates come out of wimlib as three bytes that are no UTF-8.
      path: path.replace(/\p{Surrogate}/gu, '\ufffd\ufffd\ufffd'),
      short: row.short,
      attributes: row.attributes,
      reparseTag: row.reparseTag,
      security: detail.security && hex(detail.security),
      created: time(row.createdLo, row.createdHi),
      modified: time(row.modifiedLo, row.modifiedHi),
      accessed: time(row.accessedLo, row.accessedHi),
      links: row.links,
      size: row.reparseTag !== 0 ? null : row.size,
      named: detail.streams.filter(({ name }) => name !== '').map(({ name, size }) => `${name} ${size}`),
    };
  });
}
