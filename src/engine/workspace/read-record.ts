/** Reads the layer of a record to its end, or as far as it goes, and says in the record how that went. */
import { isCancelled } from '../../base/errors.ts';
import { errorData } from '../unwrap.ts';
import { readLayer } from './read-layer.ts';
import type { LayerRecord } from './record.ts';

/** Begins the ids under which the image keeps what is open for a layer. */
const ownerOf = (record: LayerRecord) => `${record.id}:`;

/** Lets the image drop what was open for a layer that is gone. */
export function release(record: LayerRecord): void {
  const released = Promise.resolve(record.api.release(ownerOf(record)));
  released.catch(() => {}); // an image that has gone holds nothing any more
}

export interface RecordHooks {
  now(): number;
  /** True while the layer is in the workspace. */
  has(record: LayerRecord): boolean;
  progress(record: LayerRecord): void;
  /** More of the layer is there; `whole` when its tree is complete. */
  stage(record: LayerRecord, whole: boolean): void;
  /** A hive has been read: what it says of the layer's role counts now. */
  hive(record: LayerRecord): void;
}

export async function readRecord(record: LayerRecord, hooks: RecordHooks): Promise<void> {
  const kind = record.node.kind === 'hive' ? 'hive' : 'tree';
  const source = {
    image: record.api,
    mount: record.mount,
    name: record.report.name,
    kind,
    owner: ownerOf(record),
    store: record.store,
  } as const;
  try {
    const loaded = await readLayer(source, {
      now: hooks.now,
      cancelled: () => record.cancelled,
      progress: (info) => {
        record.progress = info;
        hooks.progress(record);
      },
      stage: (stage) => {
        if (record.cancelled) return;
        record.loaded = stage;
        hooks.stage(record, !stage.partial);
      },
    });
    // What was read to its end stays good, unless the layer is gone or its image has died meanwhile.
    if (record.status === 'scanning' && hooks.has(record)) {
      record.loaded = loaded;
      if (kind === 'hive') hooks.hive(record);
      record.status = 'ready';
    }
  } catch (error) {
    if (isCancelled(error) || record.cancelled) record.status = record.status === 'failed' ? 'failed' : 'cancelled';
    else {
      record.status = 'failed';
      record.error = errorData(error, record.report.name);
    }
  }
  record.progress = null;
}
