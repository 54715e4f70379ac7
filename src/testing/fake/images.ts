/** Images of the made world: every file is one, but texts; nothing is read. */
import type { BridgeApi } from '../../bridge/types.ts';
import { GB, LAYERS } from './data.ts';
import type { Wait } from './wait.ts';

type ImageCalls = Pick<BridgeApi, 'identify' | 'openImage' | 'verify' | 'closeImage' | 'sample'>;

export const fakeImages = (wait: Wait): ImageCalls => ({
  async identify(list) {
    const known = list.map((file) => !/\.(txt|md)$/.test(file.name));
    return wait({
      probes: list.map((file, i) => ({
        name: file.name,
        size: file.size,
        format: known[i] ? 'vhdx' : null,
        title: file.name,
        identity: {},
        needs: [],
        setPart: null,
        refusal: known[i]
          ? null
          : {
              code: 'UnsupportedFormat',
              where: { source: file.name, offset: 0 },
              expected: 'a disk image, a file system or a hive',
              actual: 'text',
            },
      })),
      groups: list.flatMap((_, i) => (known[i] ? [{ main: i, others: [], logs: [], inner: false }] : [])),
      plans: [],
      rules: [],
      refused: list.flatMap((_, i) => (known[i] ? [] : [i])),
    });
  },
  async openImage({ main }) {
    const { name } = main;
    const id = LAYERS.find((l) => name.toLowerCase().includes(l.id))?.id ?? (/ann/.test(name) ? 'user' : 'os');
    const part = (mount: string, title: string, size: number) => ({
      mount,
      format: 'ntfs',
      title,
      size,
      facts: {},
      identity: {},
      findings: [],
      chain: [],
      parts: [],
      refusal: null,
      kind: 'tree' as const,
    });
    const root = {
      ...part('', name, 22 * GB),
      kind: null,
      parts: [
        part('1', 'Windows 11 Enterprise, 26100.2033', 22 * GB),
        ...(id === 'os' ? [part('2', 'Windows 11 Pro, 26100.2033', 22 * GB)] : []),
      ],
    };
    return wait({ image: id, report: { name, size: 22 * GB, root } });
  },
  verify: async () => ({ supported: true, findings: [], workers: 1 }),
  closeImage: async () => undefined,
  sample: {
    bytes: 41 * 1024 * 1024,
    files: async () =>
      ['ann userdata.vhdx', 'chrome-130.vhdx', 'office-diff.avhdx', 'install os.wim'].map(
        (name) => new File(['x'], name),
      ),
  },
});
