/** The engine's host in Node: kernels from beside the program (or the source tree), files by descriptor. */
import { existsSync, readFileSync } from 'node:fs';
import { type Host, webHost } from '../engine/host.ts';
import { type OpenedImage, openImage } from '../engine/open-image.ts';
import { NodeFileSource } from '../source/node-file.ts';

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
  return webHost({
    get codec() {
      return lazy('codec', 'wasm/build/codec');
    },
    get checksum() {
      return lazy('checksum', 'wasm/build/checksum');
    },
    get ntfs() {
      return lazy('ntfs', 'wasm/build/ntfs');
    },
    get overlay() {
      return lazy('overlay', 'wasm/build/overlay');
    },
    get hivex() {
      return lazy('hivex', 'wasm/hivex/hivex');
    },
  });
}

/** Opens an image file with the transaction logs that belong to it. */
export function openFile(host: Host, file: string, logs: readonly string[] = []): OpenedImage {
  return openImage(
    host,
    new NodeFileSource(file),
    logs.map((log) => new NodeFileSource(log)),
  );
}
