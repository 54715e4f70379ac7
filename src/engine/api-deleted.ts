/** Deleted files of a layer's volume, as the page sees them: types only. */
import type { DeletedStep } from './api-image.ts';

export type DeletedFileRow = DeletedStep['files'][number];

export interface DeletedFilesApi {
  /** Looks on through the whole volume; whoever stops asking has cancelled. @param again from the beginning */
  deletedFiles(layer: string, again: boolean): Promise<DeletedStep>;
  /** Bytes of a deleted file. @throws FormatError MissingData when other files use its clusters now */
  readDeletedFile(layer: string, ref: number, offset: number, length: number): Promise<Uint8Array>;
}
