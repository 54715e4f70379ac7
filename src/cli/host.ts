/** The engine's host in Node: kernels from beside the program (or the source tree), files by descriptor. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import process from 'node:process';
import { FormatError, fail } from '../base/errors.ts';
import { type Host, webHost } from '../engine/host.ts';
import { oneImage } from '../engine/one-image.ts';
import { type OpenedImage, openImage } from '../engine/open-image.ts';
import { NodeFileSource } from '../source/node-file.ts';
import { openFolder } from '../source/node-folder.ts';

const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  EEXIST: 'a file that is there already',
  EISDIR: 'a directory',
  ENOTDIR: 'a file where a folder should be',
};

function module(name: string, inTree: string): WebAssembly.Module {
  const beside = new URL(`./${name}.wasm`, import.meta.url);
  const file = existsSync(beside) ? beside : new URL(`../../${inTree}.wasm`, import.meta.url);
  return new WebAssembly.Module(readFileSync(file));
}

/** Compiled when first asked for: listing a WIM needs no hive kernel. */
export function nodeHost(): Host {
  const made = new Map<string, WebAssembly.Module>();
  const lazy = (name: string, inTree: string) => {
    let hit = made.get(name);
    if (hit === undefined) {
      hit = module(name, inTree);
      made.set(name, hit);
    }
    return hit;
  };
  const modules = {
    get codec() {
      return lazy('codec', 'wasm/build/codec');
    },
    get checksum() {
      return lazy('checksum', 'wasm/build/checksum');
    },
    get ntfs() {
      return lazy('ntfs', 'wasm/build/ntfs');
    },
    get wim() {
      return lazy('wim', 'wasm/build/wim');
    },
    get overlay() {
      return lazy('overlay', 'wasm/build/overlay');
    },
    get paths() {
      return lazy('paths', 'wasm/build/paths');
    },
    get hivex() {
      return lazy('hivex', 'wasm/hivex/hivex');
    },
  };
  // a quarter of the kernel's time: OpenSSL uses the processor's instructions for it. Loaded when it is used: that takes
  // longer than listing a directory
  const sha1 = () => process.getBuiltinModule('node:crypto').createHash('sha1');
  return { ...webHost(modules), sha1 };
}

/** Runs `work` with the system's errors told as FormatError. */
export function atFile<T>(file: string, expected: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
    if (code === undefined || error instanceof FormatError) throw error;
    return fail('MissingItem', file, null, expected, SYSTEM_WORDS[code] ?? code);
  }
}

const source = (file: string) =>
  atFile(file, 'a file that can be opened', () =>
    statSync(file).isDirectory() ? openFolder(file) : new NodeFileSource(file),
  );

/**
 * Opens an image of one file or of several (a chain, the parts of a set), which may be given in any order.
 * @param logs transaction logs of a hive
 * @param brief for commands that do not tell what a lone file could be completed by
 * @throws FormatError InvalidArgument when the files do not make one image
 */
export function openFiles(
  host: Host,
  files: readonly string[],
  logs: readonly string[] = [],
  brief = true,
): OpenedImage {
  const sources = files.map(source);
  const { main, others } = sources.length === 1 ? { main: 0, others: [] } : oneImage(host, sources);
  return openImage(host, sources[main]!, { others: others.map((i) => sources[i]!), logs: logs.map(source), brief });
}
