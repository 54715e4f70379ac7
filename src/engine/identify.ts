/** What a dropped file is, by its content alone and cheaply: a probe of head and tail, and the identity its format states. */
import { FormatError } from '../base/errors.ts';
import type { Facts } from '../base/findings.ts';
import type { Codecs } from '../codec/types.ts';
import { containerFormats } from '../container/registry.ts';
import type { ContainerFormat } from '../container/types.ts';
import { fsFormats } from '../fs/registry.ts';
import type { FsFormat } from '../fs/types.ts';
import { hiveFormats } from '../hive/registry.ts';
import { looksLikePlan } from '../plan/file.ts';
import type { ByteSource } from '../source/types.ts';
import type { ProbeResult } from './api-image.ts';
import { isTransactionLog, seemsToBe } from './recognise.ts';
import { errorData, probeWindow } from './unwrap.ts';

/** What is damaged is told when the file is opened, with its place; for linking it has no identity. */
function identityOf(format: ContainerFormat | FsFormat, source: ByteSource, codecs: Codecs): Facts {
  try {
    return format.identify(source, codecs).self;
  } catch (error) {
    if (error instanceof FormatError) return {};
    throw error;
  }
}

export function identify(source: ByteSource, codecs: Codecs): ProbeResult {
  const about = { name: source.name, size: source.size };
  const none: Facts = {};
  try {
    const window = probeWindow(source);
    if (looksLikePlan(window.head))
      return { ...about, format: 'plan', title: 'Merge plan', identity: none, refusal: null };
    for (const format of [...containerFormats, ...fsFormats])
      if (format.probe(window)) {
        return {
          ...about,
          format: format.id,
          title: format.title,
          identity: identityOf(format, source, codecs),
          refusal: null,
        };
      }
    // a log is no image of its own: by its name it is linked to its hive, alone it is refused as what it is
    const log = isTransactionLog(window.head);
    const hive = log ? undefined : hiveFormats.find((format) => format.probe(window));
    if (hive !== undefined) return { ...about, format: hive.id, title: hive.title, identity: none, refusal: null };
    return {
      ...about,
      format: null,
      title: '',
      identity: none,
      refusal: {
        code: 'UnsupportedFormat',
        where: { source: source.name, offset: 0 },
        expected: 'a disk, a volume, an image or a hive that can be read here',
        actual: seemsToBe(window),
      },
    };
  } catch (error) {
    return { ...about, format: null, title: '', identity: none, refusal: errorData(error, source.name) };
  }
}
