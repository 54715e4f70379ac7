/** What reglookup says about a hive: its lines `PATH,TYPE,VALUE,MTIME,OWNER,GROUP,SACL,DACL,CLASS`, with `%XX` for what it quotes. */
import { runTool } from './tools.ts';

export interface LookupRow {
  /** Path as printed, quoted. */
  readonly path: string;
  /** KEY, SZ, BINARY, DWORD ... or a hexadecimal number. */
  readonly type: string;
  readonly value: string;
  /** `2010-02-02 13:42:44` for keys, empty for values. */
  readonly mtime: string;
  /** Class of a key, quoted; empty when it has none. */
  readonly className: string;
}

export function readReglookup(file: string): LookupRow[] {
  const text = runTool('reglookup', ['-H', '-s', file]).toString('latin1');
  const rows: LookupRow[] = [];
  for (const line of text.split('\n')) {
    const key = /^(.*?),KEY,,([^,]*)(?:,[^,]*){4},([^,]*)$/.exec(line);
    if (key) {
      rows.push({ path: key[1]!, type: 'KEY', value: '', mtime: key[2]!, className: key[3]! });
      continue;
    }
    // Values lack the last of the nine columns.
    const value = /^(.*?),([A-Z_]+|0x[0-9A-F]{8}),(.*),,,,,$/.exec(line);
    if (value) rows.push({ path: value[1]!, type: value[2]!, value: value[3]!, mtime: '', className: '' });
  }
  return rows;
}

/** Bytes of a quoted value. */
export function unquote(text: string): Uint8Array {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '%') bytes.push(text.charCodeAt(i));
    else {
      bytes.push(Number.parseInt(text.slice(i + 1, i + 3), 16));
      i += 2;
    }
  }
  return Uint8Array.from(bytes);
}
