/** What every command shares: the shape of a command, IMAGE[::SEL] arguments, wrong use. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { ReportNode } from '../engine/api.ts';
import type { Host } from '../engine/host.ts';
import type { OpenedImage } from '../engine/open-image.ts';
import { select } from '../engine/select.ts';
import { openFile } from './host.ts';

/** Wrong use: exit 2 with the usage line. */
export class UsageError extends Error {}

export interface Command {
  readonly usage: string;
  readonly about: string;
  /** @returns exit code: 0 fine, 1 something did not hold or was damaged */
  run(args: readonly string[], host: Host): Promise<number>;
}

export interface ImageArgument {
  readonly file: string;
  readonly selector: readonly string[];
}

/** `disk.vhdx::p3` -> file and selector. */
export function imageArgument(text: string): ImageArgument {
  const [file = '', ...selector] = text.split('::');
  if (file === '') throw new UsageError(`"${text}" names no image file`);
  return { file, selector };
}

/** LOG1, LOG2, LOG beside a hive file, whatever their case. */
export function logsBeside(file: string): string[] {
  const folder = path.dirname(file);
  const base = path.basename(file).toLowerCase();
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return ['.log1', '.log2', '.log'].flatMap((end) => {
    const hit = names.find((name) => name.toLowerCase() === base + end);
    return hit === undefined ? [] : [path.join(folder, hit)];
  });
}

export interface Selected extends OpenedImage {
  readonly node: ReportNode;
}

export async function openSelected(
  host: Host,
  argument: string,
  logs: readonly string[] | null = null,
): Promise<Selected> {
  const { file, selector } = imageArgument(argument);
  const opened = openFile(host, file, logs ?? logsBeside(file));
  return { ...opened, node: await select(opened.image, selector) };
}
