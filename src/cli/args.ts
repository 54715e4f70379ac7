/** What every command shares: the shape of a command, IMAGE[::SEL] arguments, wrong use. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { FormatError } from '../base/errors.ts';
import type { ReportNode } from '../engine/api-image.ts';
import type { Host } from '../engine/host.ts';
import type { OpenedImage } from '../engine/open-image.ts';
import { onlyMount, type Selection, savedLayers, select, toldOfChoice } from '../engine/select.ts';
import { openFiles } from './host.ts';
import { tell, tellFindings } from './output.ts';

/** Wrong use: exit 2 with the usage line. */
export class UsageError extends Error {}

export interface Command {
  readonly usage: string;
  readonly about: string;
  /** @returns exit code: 0 fine, 1 something did not hold or was damaged */
  run(args: readonly string[], host: Host): Promise<number>;
}

export interface ImageArgument {
  /** Several for a chain or a split set, in any order. */
  readonly files: readonly string[];
  readonly selector: readonly string[];
}

/** Names joined by `,`; a comma that belongs to the name of a file that is there joins nothing. */
function fileNames(text: string): string[] {
  const pieces = text.split(',');
  const names: string[] = [];
  for (let from = 0; from < pieces.length; ) {
    let to = pieces.length;
    while (to > from + 1 && !existsSync(pieces.slice(from, to).join(','))) to--;
    names.push(pieces.slice(from, to).join(','));
    from = to;
  }
  return names;
}

/** `disk.vhdx::p3` -> file and selector; `child.avhdx,base.vhdx` -> both files. */
export function imageArgument(text: string): ImageArgument {
  const [file = '', ...selector] = text.split('::');
  if (file === '') throw new UsageError(`"${text}" names no image file`);
  if (selector.includes('')) throw new UsageError(`"${text}" has an empty selector`);
  const files = fileNames(file);
  if (files.includes('')) throw new UsageError(`"${file}" has an empty file name`);
  return { files, selector };
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
  brief = true,
): Promise<OpenedImage & Selection> {
  const { files, selector } = imageArgument(argument);
  const opened = openFiles(host, files, logs ?? (files.length === 1 ? logsBeside(files[0]!) : []), brief);
  return { ...opened, ...(await select(opened.image, selector)) };
}

export interface Selected extends OpenedImage, Selection {
  /** What can be mounted: a tree of files or a hive. */
  readonly node: ReportNode;
}

/**
 * What a selector leads to; when that is several trees, the one that holds Windows is taken and this is said.
 * @throws FormatError with the choices when none or several of them hold Windows
 */
export async function openSelected(
  host: Host,
  argument: string,
  asJson: boolean,
  logs: readonly string[] | null = null,
): Promise<Selected> {
  const opened = await openSelection(host, argument, logs);
  return { ...opened, node: chosen(opened, asJson) };
}

/** The only thing to mount in what was selected, or the one that holds Windows. */
function chosen({ part, name }: OpenedImage & Selection, asJson: boolean): ReportNode {
  const node = onlyMount(part, name);
  tellFindings(toldOfChoice(part, node, name), asJson);
  return node;
}

/** What becomes layers, base first: all of a saved container image, else the one thing that was selected. */
export async function openStack(
  host: Host,
  argument: string,
  asJson: boolean,
): Promise<OpenedImage & Selection & { readonly nodes: readonly ReportNode[] }> {
  const opened = await openSelection(host, argument);
  const layers = savedLayers(opened.part, opened.name);
  const there = layers.filter(({ kind }) => kind !== null);
  if (there.length === 0) return { ...opened, nodes: [chosen(opened, asJson)] };
  for (const { refusal } of layers) if (refusal !== null) tell(FormatError.from(refusal), asJson);
  return { ...opened, nodes: there };
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
