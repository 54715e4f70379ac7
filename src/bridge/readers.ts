/**
 * The workers that read files. Starting one takes longer than showing the first keys of a hive, so they are started when the
 * page has nothing else to do: one that tells what files are, and one that waits for the next image.
 */
import { type SupervisedImage, startImageWorker } from './image-worker.ts';

/** Pause after the page has come up, or an image was opened, before the next worker is started. */
const QUIET_MS = 300;

export interface Readers {
  prober(): Promise<SupervisedImage>;
  /** A worker for an image. @param onDeath called once when it is gone without having been asked to go */
  take(onDeath: (error: Error) => void): Promise<SupervisedImage>;
}

type Death = (error: Error) => void;

export function createReaders(
  start: (name: string, onDeath: Death) => Promise<SupervisedImage> = startImageWorker,
): Readers {
  let count = 0;
  let probing: Promise<SupervisedImage> | null = null;
  let spare: { readonly reader: Promise<SupervisedImage>; onDeath: Death } | null = null;

  function prober(): Promise<SupervisedImage> {
    if (probing === null) {
      const forget = () => {
        probing = null;
      };
      probing = start('probe', forget);
      // one that could not be started is tried again with the next files
      probing.catch(forget);
    }
    return probing;
  }

  function newReader() {
    const made = {
      reader: start(`image${++count}`, (error) => made.onDeath(error)),
      onDeath: (() => {
        if (spare === made) spare = null;
      }) as Death,
    };
    made.reader.catch(made.onDeath);
    return made;
  }

  const soon = () => {
    setTimeout(() => {
      prober().catch(() => {}); // who asks for it is told
      spare ??= newReader();
    }, QUIET_MS);
  };
  soon();

  return {
    prober,
    take(onDeath) {
      const taken = spare ?? newReader();
      spare = null;
      taken.onDeath = onDeath;
      soon();
      return taken.reader;
    },
  };
}
