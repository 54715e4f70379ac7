/** What a dropped file is, by its content alone and cheaply: a probe of head and tail, and the identity its format states. */
import { type ErrorData, FormatError } from '../base/errors.ts';
import type { Codecs } from '../codec/types.ts';
import { containerFormats } from '../container/registry.ts';
import type { ContainerFormat } from '../container/types.ts';
import { fsFormats } from '../fs/registry.ts';
import type { FsFormat } from '../fs/types.ts';
import { hiveFormats } from '../hive/registry.ts';
import { recogniseRules } from '../layer/foreign-rules/read.ts';
import { RULE_FILE_LIMIT } from '../layer/foreign-rules/text.ts';
import { looksLikePlan } from '../plan/probe.ts';
import type { Identity } from '../source/format.ts';
import type { ByteSource } from '../source/types.ts';
import type { ProbeResult } from './api-image.ts';
import { isTransactionLog, seemsToBe } from './recognise.ts';
import { errorData, probeWindow } from './unwrap.ts';

const UNKNOWN: Identity = { self: {}, needs: [], setPart: null };

/** What is damaged is told when the file is opened, with its place; for linking it has no identity. */
export function identityOf(format: ContainerFormat | FsFormat, source: ByteSource, codecs: Codecs): Identity {
  try {
    return format.identify(source, codecs);
  } catch (error) {
    if (error instanceof FormatError) return UNKNOWN;
    throw error;
  }
}

const IMAGE_FORMATS: readonly (ContainerFormat | FsFormat)[] = [...containerFormats, ...fsFormats];

/** @param formats those that are asked: only disks state cheaply what they need, a WIM has to read its tables for it */
export function identify(
  source: ByteSource,
  codecs: Codecs,
  formats: readonly (ContainerFormat | FsFormat)[] = IMAGE_FORMATS,
): ProbeResult {
  const probe = (over: Partial<ProbeResult>, { self, needs, setPart } = UNKNOWN): ProbeResult => ({
    name: source.name,
    size: source.size,
    format: null,
    title: '',
    identity: self,
    needs,
    setPart,
    refusal: null,
    ...over,
  });
  try {
    const window = probeWindow(source);
    if (looksLikePlan(window.head)) return probe({ format: 'plan', title: 'Merge plan' });
    for (const format of formats)
      if (format.probe(window))
        return probe({ format: format.id, title: format.title }, identityOf(format, source, codecs));
    // a log is no image of its own: by its name it is linked to its hive, alone it is refused as what it is
    const log = isTransactionLog(window.head);
    const hive = log ? undefined : hiveFormats.find((format) => format.probe(window));
    if (hive !== undefined) return probe({ format: hive.id, title: hive.title });
    if (source.size <= RULE_FILE_LIMIT && recogniseRules(window.head) !== null)
      return probe({ format: 'rules', title: 'Rules of another product' });
    const refusal: ErrorData = {
      code: 'UnsupportedFormat',
      where: { source: source.name, offset: 0 },
      expected: 'a disk, a volume, an image or a hive that can be read here',
      actual: seemsToBe(window),
    };
    return probe({ refusal });
  } catch (error) {
    return probe({ refusal: errorData(error, source.name) });
  }
}
