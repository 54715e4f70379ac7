/** What every command shares: the shape of a command, IMAGE[::SEL] arguments, wrong use. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { FormatError } from '../base/errors.ts';
import type { ReportNode } from '../engine/api-image.ts';
import type { Host } from '../engine/host.ts';
import type { OpenedImage } from '../engine/open-image.ts';
import { onlyMount, type Selection, select } from '../engine/select.ts';
import { openFile } from './host.ts';
import { tell } from './output.ts';

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
  if (selector.includes('')) throw new UsageError(`"${text}" has an empty selector`);
  if (file.includes(',') && !existsSync(file))
    throw new UsageError(`chains and split sets ("${file}") are not read yet: give one file`);
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

/** An image with what a selector leads to in it. */
export async function openSelection(
  host: Host,
  argument: string,
  logs: readonly string[] | null = null,
): Promise<OpenedImage & Selection> {
  const { file, selector } = imageArgument(argument);
  const opened = openFile(host, file, logs ?? logsBeside(file));
  return { ...opened, ...(await select(opened.image, selector)) };
}

export interface Selected extends OpenedImage, Selection {
  /** What can be mounted: a tree of files or a hive. */
  readonly node: ReportNode;
}

/** @throws FormatError with the choices when the selector leads to several trees */
export async function openSelected(
  host: Host,
  argument: string,
  logs: readonly string[] | null = null,
): Promise<Selected> {
  const opened = await openSelection(host, argument, logs);
  return { ...opened, node: onlyMount(opened.part, opened.name) };
}

/** Runs a command for image after image: one that cannot be read is told, and the others follow. @returns exit code */
export async function eachImage(
  images: readonly string[],
  asJson: boolean,
  run: (image: string) => Promise<number>,
): Promise<number> {
  let code = 0;
  for (const image of images) {
    try {
      code = Math.max(code, await run(image));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      tell(error, asJson);
      code = 2;
    }
  }
  return code;
}
