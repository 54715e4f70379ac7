/** What the streams of one file say that has no column. */
import type { Fact } from '../../base/findings.ts';
import { guidLe, hex } from '../../base/guid.ts';
import type { ByteSource } from '../../source/types.ts';
import { eaFacts } from '../ea.ts';
import { reparseTarget } from '../reparse.ts';
import type { NodeDetail } from '../types.ts';
import { small, stateOf, storedSize } from './rows.ts';
import { type BackupData, type BackupFile, linkText } from './streams.ts';

export function described(own: NodeDetail, source: ByteSource, file: BackupFile): NodeDetail {
  const stream = (name: string, data: BackupData) => ({ name, size: data.size, allocated: storedSize(data) });
  const [reparse, ea] = [small(source, file.reparse), small(source, file.ea)];
  const [objectId, link] = [small(source, file.objectId), small(source, file.link)];
  const target = reparse === null ? null : reparseTarget(reparse);
  const container: Record<string, Fact> = { size: source.size, attributes: `0x${file.attributes.toString(16)}` };
  if (file.others.length > 0) container['otherStreams'] = file.others.slice(0, 64);
  if (file.damaged) container['damaged'] = true;
  return {
    streams: [
      ...(file.data === null ? [] : [stream('', file.data)]),
      ...[...file.streams].map(([name, data]) => stream(name, data)),
    ],
    reparseTarget: target?.target ?? null,
    reparseData: reparse,
    security: small(source, file.security),
    sha1: null,
    objectId: objectId !== null && objectId.length >= 16 ? guidLe(objectId.subarray(0, 16)) : null,
    byteState: stateOf(file),
    facts: {
      backupStreams: container,
      ...(ea === null ? {} : eaFacts(ea)),
      ...(link === null ? {} : { hardLink: linkText(link) }),
      ...(target === null ? {} : { substituteName: target.substituteName, relative: target.relative }),
      ...(reparse !== null && target === null ? { reparseData: hex(reparse.subarray(0, 256)) } : {}),
      carriedBy: own.facts,
    },
  };
}
