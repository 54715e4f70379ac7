/** The kernels, compiled once on the page and posted to every worker: a blob worker could not fetch them by relative address. */
import checksumUrl from '../../wasm/build/checksum.wasm?url';
import codecUrl from '../../wasm/build/codec.wasm?url';
import ntfsUrl from '../../wasm/build/ntfs.wasm?url';
import overlayUrl from '../../wasm/build/overlay.wasm?url';
import pathsUrl from '../../wasm/build/paths.wasm?url';
import wimUrl from '../../wasm/build/wim.wasm?url';
import hivexUrl from '../../wasm/hivex/hivex.wasm?url';

export interface CompiledModules {
  readonly codec: WebAssembly.Module;
  readonly checksum: WebAssembly.Module;
  readonly ntfs: WebAssembly.Module;
  readonly wim: WebAssembly.Module;
  readonly overlay: WebAssembly.Module;
  readonly paths: WebAssembly.Module;
  readonly hivex: WebAssembly.Module;
}

async function compile(url: string): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  // a host that does not know application/wasm makes compileStreaming refuse
  return response.headers.get('Content-Type') === 'application/wasm'
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

let modules: Promise<CompiledModules> | null = null;

export function compiledModules(): Promise<CompiledModules> {
  modules ??= Promise.all([codecUrl, checksumUrl, ntfsUrl, wimUrl, overlayUrl, pathsUrl, hivexUrl].map(compile)).then(
    ([codec, checksum, ntfs, wim, overlay, paths, hivex]) => ({
      codec: codec!,
      checksum: checksum!,
      ntfs: ntfs!,
      wim: wim!,
      overlay: overlay!,
      paths: paths!,
      hivex: hivex!,
    }),
  );
  return modules;
}
