/** stratascope cat: the bytes of one file or stream. */
import { parseArgs } from 'node:util';
import { resolvePath } from '../engine/select.ts';
import { type Command, openSelected, UsageError } from './args.ts';
import { bytes } from './output.ts';

const PIECE = 4 << 20;

export const cat: Command = {
  usage: 'cat IMAGE[::SEL] PATH[:STREAM]',
  about: 'writes the bytes of a file or of one of its streams to standard output',
  async run(args, host) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' } },
    });
    const [image, path] = positionals;
    if (image === undefined || path === undefined || positionals.length > 2)
      throw new UsageError('cat takes an image and a path');
    const opened = await openSelected(host, image, values.json === true);
    const colon = path.indexOf(':');
    const stream = colon < 0 ? '' : path.slice(colon + 1);
    const { ref, directory } = await resolvePath(
      opened.image,
      opened.node.mount,
      colon < 0 ? path : path.slice(0, colon),
      opened.name,
    );
    if (directory && stream === '') throw new UsageError(`${path} is a directory`);
    const size = opened.image.streamSize(opened.node.mount, ref, stream);
    for (let offset = 0; offset < size; offset += PIECE)
      bytes(opened.image.read(opened.node.mount, ref, stream, offset, PIECE));
    return 0;
  },
};
