/** A volume whose file is known by its SHA-256: checking the volume checks the file. */
import { hex } from '../base/guid.ts';
import type { Scan } from '../base/scan.ts';
import type { Codecs } from '../codec/types.ts';
import type { FsVolume } from '../fs/types.ts';
import type { ByteSource } from '../source/types.ts';
import { orNull } from './or-null.ts';

const PIECE = 1 << 20;

/** @param file the bytes as they are stored, whatever they were unpacked from */
export function digestChecked(volume: FsVolume, file: ByteSource, sha256: string, codecs: Codecs): FsVolume {
  return {
    key: volume.key,
    title: volume.title,
    facts: volume.facts,
    rootId: volume.rootId,
    rootRef: volume.rootRef,
    estimate: volume.estimate,
    upcase: () => volume.upcase(),
    scan: (sink) => volume.scan(sink),
    list: (dir) => volume.list(dir),
    open: (ref, stream) => volume.open(ref, stream),
    describe: (ref) => volume.describe(ref),
    fingerprint: () => volume.fingerprint(),
    verify(report): Scan {
      const hasher = codecs.sha256();
      const piece = new Uint8Array(PIECE);
      let done = 0;
      const tell = (actual: string) =>
        report({
          code: 'layerDigest',
          severity: 'error',
          where: { source: file.name, offset: 0 },
          message: 'The layer is not what the digest of its image says.',
          facts: { what: 'SHA-256', expected: sha256, actual },
        });
      return {
        get done() {
          return done;
        },
        total: file.size,
        step(budgetMs) {
          const end = performance.now() + budgetMs;
          while (done < file.size) {
            const part = piece.subarray(0, Math.min(PIECE, file.size - done));
            if (orNull(() => file.readInto(done, part) ?? true) === null) {
              tell('bytes that cannot be read');
              done = file.size;
              return true;
            }
            hasher.update(part);
            done += part.length;
            if (performance.now() > end && done < file.size) return false;
          }
          const actual = hex(hasher.digest());
          if (actual !== sha256) tell(actual);
          return true;
        },
      };
    },
  };
}
