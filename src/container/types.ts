/** Containers unwrap bytes into named ByteSources: disks, partitions. */

import type { Facts } from '../base/findings.ts';
import type { Codecs } from '../codec/types.ts';
import type { FormatDescriptor, Identity, Opened, Resolve } from '../source/format.ts';
import type { ByteSource } from '../source/types.ts';

export interface ContainerContext {
  readonly codecs: Codecs;
  readonly resolve: Resolve;
}

export interface ContainerPart {
  /** What a selector names: `p2` for a partition, `` (empty) when there is only one thing inside. */
  readonly key: string;
  /** For people: `Basic data partition "Windows"`. */
  readonly title: string;
  readonly facts: Facts;
  readonly source: ByteSource;
  /** Another state of the same disk (a snapshot): only what names it leads there. */
  readonly alternate?: true;
}

export interface OpenedContainer extends Opened {
  readonly parts: readonly ContainerPart[];
}

export interface ContainerFormat extends FormatDescriptor {
  /** Its parts are pieces of the source as they stand (a partition table): the source itself is the disk. */
  readonly slices?: true;
  identify(source: ByteSource, codecs: Codecs): Identity;
  open(source: ByteSource, context: ContainerContext): OpenedContainer;
}
