/** Compiled kernels for tests and tools in Node. `checked` modules trap on out-of-range array access and failed asserts. */
import { readFileSync } from 'node:fs';
import type { WasmModules } from '../codec/types.ts';

const FILES = {
  codec: '../../wasm/build/codec',
  checksum: '../../wasm/build/checksum',
  ntfs: '../../wasm/build/ntfs',
  wim: '../../wasm/build/wim',
  overlay: '../../wasm/build/overlay',
  paths: '../../wasm/build/paths',
  hivex: '../../wasm/hivex/hivex',
} as const;

const cache = new Map<string, WebAssembly.Module>();

/** One module, compiled once. @throws when `npm run build:wasm` has not made it */
export function loadModule(name: keyof WasmModules, checked = false): WebAssembly.Module {
  const file = `${FILES[name]}${checked ? '.checked' : ''}.wasm`;
  let module = cache.get(file);
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(new URL(file, import.meta.url)));
    cache.set(file, module);
  }
  return module;
}

/** All modules, each compiled when it is first asked for. */
export function loadModules(checked = false): WasmModules {
  return {
    get codec() {
      return loadModule('codec', checked);
    },
    get checksum() {
      return loadModule('checksum', checked);
    },
    get ntfs() {
      return loadModule('ntfs', checked);
    },
    get wim() {
      return loadModule('wim', checked);
    },
    get overlay() {
      return loadModule('overlay', checked);
    },
    get paths() {
      return loadModule('paths', checked);
    },
    get hivex() {
      return loadModule('hivex', checked);
    },
  };
}
