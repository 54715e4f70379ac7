/** stratascope ls --deleted: files whose entries are still there. They are told apart from all others and never merged. */
import { fail } from '../base/errors.ts';
import { filetimeIso } from '../base/filetime.ts';
import type { DeletedStep } from '../engine/api-image.ts';
import type { Image } from '../engine/image.ts';
import { attributeLetters } from '../engine/listing.ts';
import { grouped, json, printable, table } from './output.ts';
import type { progress } from './progress.ts';

type Bar = ReturnType<typeof progress>;
type DeletedFile = DeletedStep['files'][number];

const STEP_MS = 50;

/** What a person may hope for, of each state of the bytes. */
const LEFT: Record<DeletedFile['data'], string> = {
  none: '-',
  resident: 'in record',
  free: 'free',
  partly: 'partly reused',
  used: 'reused',
  unknown: '?',
};

function columns(file: DeletedFile): string[] {
  const size = file.directory ? '<DIR>' : grouped(file.size);
  const modified =
    filetimeIso(...file.modified)
      ?.slice(0, 19)
      .replace('T', ' ') ?? '';
  const path = `${file.folder === 'unknown' ? '...\\' : ''}${printable(file.path)}`;
  return [modified, attributeLetters(file.attributes), size, LEFT[file.data], path];
}

function object(file: DeletedFile) {
  const { path, folder, directory, size, attributes, data, ref } = file;
  const [created, modified, changed, accessed] = [file.created, file.modified, file.changed, file.accessed].map(
    (time) => filetimeIso(...time),
  );
  const times = { created, modified, changed, accessed };
  return { deleted: true, path, type: directory ? 'dir' : 'file', size, ...times, attributes, folder, data, ref };
}

/** @throws FormatError UnsupportedFeature when the volume's format keeps no traces. @returns exit code */
export function listDeleted(image: Image, mount: string, name: string, asJson: boolean, bar: Bar): number {
  const rows: string[][] = [];
  for (;;) {
    const step = image.deletedNext(mount, STEP_MS);
    if (!step.supported) fail('UnsupportedFeature', name, null, 'traces of deleted files, as NTFS keeps them', 'none');
    for (const file of step.files) {
      if (asJson) json(object(file));
      else rows.push(columns(file));
    }
    bar.progress?.(step.done, step.total);
    if (step.finished) break;
  }
  bar.end();
  table(rows, [2]);
  return 0;
}
