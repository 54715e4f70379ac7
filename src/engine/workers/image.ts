/** Worker entry for one image: owns the dropped File and its caches. The page opens it, the workspace asks it. */

import { fail } from '../../base/errors.ts';
import { createCodecs } from '../../codec/codecs.ts';
import { moved, serve } from '../../rpc/ports.ts';
import { CachedSource } from '../../source/cached.ts';
import { FileSource } from '../../source/file.ts';
import { FolderSource } from '../../source/folder.ts';
import type { ImageApi, ImageWorker, NamedFile } from '../api-image.ts';
import { transferables } from '../collect.ts';
import { findHolders } from '../holders.ts';
import { type Host, workerHost } from '../host.ts';
import { identify } from '../identify.ts';
import type { Image } from '../image.ts';
import { link } from '../linking.ts';
import { openImage } from '../open-image.ts';

/** What is read to tell what a file is, and once more to tell what it holds. */
const PROBE_CACHE = 1 << 20;

const fileSource = ({ name, file }: NamedFile) => new FileSource(name, file);

let host: Host | null = null;
let image: Image | null = null;

const theHost = () => host ?? fail('InvalidArgument', 'image worker', null, 'init before anything else', 'none');
const theImage = () => image ?? fail('InvalidArgument', 'image worker', null, 'an open image', 'none');

/** What the workspace sees: the image's own methods, with column buffers moved instead of copied. */
const served: ImageApi = {
  report: () => theImage().report(),
  openNested: (...args) => theImage().openNested(...args),
  treeInfo: (...args) => theImage().treeInfo(...args),
  scanNext(...args) {
    const batch = theImage().scanNext(...args);
    return moved(batch, transferables({ nodes: batch.chunks }));
  },
  list(...args) {
    const chunk = theImage().list(...args);
    return moved(chunk, transferables({ nodes: [chunk] }));
  },
  describe: (...args) => theImage().describe(...args),
  attributes: (...args) => theImage().attributes(...args),
  read(...args) {
    const bytes = theImage().read(...args);
    return moved(bytes, [bytes.buffer]);
  },
  streamSize: (...args) => theImage().streamSize(...args),
  places: (...args) => theImage().places(...args),
  sha256: (...args) => theImage().sha256(...args),
  pe: (...args) => theImage().pe(...args),
  fingerprint: (...args) => theImage().fingerprint(...args),
  verifyScope: (...args) => theImage().verifyScope(...args),
  verifyNext: (...args) => theImage().verifyNext(...args),
  nodesNext: (...args) => theImage().nodesNext(...args),
  deletedNext: (...args) => theImage().deletedNext(...args),
  readDeleted: (...args) => theImage().readDeleted(...args),
  openHive: (...args) => theImage().openHive(...args),
  beginHive: (...args) => theImage().beginHive(...args),
  readHive: (...args) => theImage().readHive(...args),
  hiveNext(...args) {
    const batch = theImage().hiveNext(...args);
    return moved(batch, transferables(batch));
  },
  hiveList(...args) {
    const chunk = theImage().hiveList(...args);
    return moved(chunk, transferables({ keys: [chunk] }));
  },
  hiveValues(...args) {
    const chunk = theImage().hiveValues(...args);
    return moved(chunk, transferables({ values: [chunk] }));
  },
  hiveData: (...args) => theImage().hiveData(...args),
  hiveDescribe: (...args) => theImage().hiveDescribe(...args),
  hiveDescribeAll: (...args) => theImage().hiveDescribeAll(...args),
  hiveLocate: (...args) => theImage().hiveLocate(...args),
  hiveDeletedRows: (...args) => theImage().hiveDeletedRows(...args),
  hiveReplayedRows: (...args) => theImage().hiveReplayedRows(...args),
  hiveFingerprint: (...args) => theImage().hiveFingerprint(...args),
  release: (...args) => theImage().release(...args),
  bytesRead: () => theImage().bytesRead(),
};

const worker: ImageWorker = {
  init(modules) {
    host = workerHost(modules);
  },
  ping() {},
  identify(files) {
    const codecs = createCodecs(theHost().modules);
    const sources = files.map((file) => new CachedSource(fileSource(file), PROBE_CACHE));
    const probes = sources.map((source) => identify(source, codecs));
    return { probes, ...link(probes, findHolders(sources, probes)) };
  },
  open({ main, others, logs, picks, folder }, cacheBytes) {
    const [otherSources, logSources] = [others.map(fileSource), logs.map(fileSource)];
    const more = { others: otherSources, logs: logSources, picks, cacheBytes };
    const list = fileSource(main);
    const files = folder?.map((file) => () => fileSource(file));
    image = openImage(theHost(), files === undefined ? list : new FolderSource(list, files), more).image;
    return image.report();
  },
  connect(port) {
    serve(served, port);
  },
  verifyScope: (...args) => theImage().verifyScope(...args),
  verifyNext: (...args) => theImage().verifyNext(...args),
};

serve(worker);
