/** The sample pair that the build makes and serves beside the page, gzip-packed because a VHDX is mostly zeros. */

interface SampleFile {
  readonly name: string;
  readonly url: string;
  /** Bytes after unpacking. */
  readonly bytes: number;
}

/** Put in by the build (src/build/sample-plugin.ts). */
declare const __SAMPLE__: readonly SampleFile[];

async function fetchFile({ name, url }: SampleFile): Promise<File> {
  const response = await fetch(new URL(url, document.baseURI));
  if (!response.ok || response.body === null) throw new Error(`${name} could not be loaded: ${response.status}`);
  const unpacked = response.body.pipeThrough(new DecompressionStream('gzip'));
  return new File([await new Response(unpacked).blob()], name, { lastModified: 0 });
}

export function sample(): { readonly bytes: number; files(): Promise<File[]> } | null {
  if (__SAMPLE__.length === 0) return null;
  return {
    bytes: __SAMPLE__.reduce((sum, file) => sum + file.bytes, 0),
    files: () => Promise.all(__SAMPLE__.map(fetchFile)),
  };
}
