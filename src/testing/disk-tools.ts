/** What other programs say of a disk image, in a few words each: format, names, or that they fail. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { hasTool, runTool } from './tools.ts';

type Tool = (file: string) => string;

function said(tool: string, say: Tool): Tool {
  return (file) => {
    if (!hasTool(tool)) return 'not there';
    try {
      return say(file);
    } catch {
      return 'fails';
    }
  };
}

const qemuImg = said('qemu-img', (file) => {
  const { format } = JSON.parse(runTool('qemu-img', ['info', '--output=json', file]).toString()) as { format: string };
  return format;
});

/** Type, and names in the innermost file system that it lists. */
const sevenZip = said('7zz', (file) => {
  const text = runTool('7zz', ['l', '-slt', file]).toString('latin1');
  const types = [...text.matchAll(/^Type = (.*)$/gm)].map(([, type]) => type!);
  const names = [
    ...text
      .split('----------')
      .at(-1)!
      .matchAll(/^Path = /gm),
  ].length;
  const damaged = /^(?:ERRORS|WARNINGS):|^Errors: /m.test(text) ? ', told as damaged' : '';
  return `${types.join('/')} ${names}${damaged}`;
});

/** Offsets in sectors at which `fls` finds a volume: those that `mmls` tells, else the beginning. */
function volumes(file: string): number[] {
  try {
    const text = runTool('mmls', [file]).toString();
    const found = [...text.matchAll(/^\d+: {2}(?:\d+:)?\d+ +(\d+) /gm)].map(([, start]) => Number(start));
    return found.length > 0 ? found : [0];
  } catch {
    return [0];
  }
}

const fls = said('fls', (file) => {
  const counts = volumes(file).map((offset) => {
    try {
      const lines = runTool('fls', ['-r', '-p', '-o', String(offset), file])
        .toString('latin1')
        .trim()
        .split('\n');
      return String(lines.filter((line) => line !== '').length);
    } catch {
      return 'fails';
    }
  });
  return counts.every((count) => count === 'fails') ? 'fails' : counts.join(' + ');
});

function isVirtualDisk(file: string): boolean {
  const handle = openSync(file, 'r');
  const [head, tail] = [Buffer.alloc(8), Buffer.alloc(512)];
  readSync(handle, head, 0, 8, 0);
  readSync(handle, tail, 0, 512, Math.max(0, statSync(file).size - 512));
  closeSync(handle);
  return [head.toString('latin1'), tail.toString('latin1', 0, 9)].some((text) => /vhdxfile|.?conectix/.test(text));
}

const vhdiInfo = said('vhdiinfo', (file) => {
  if (!isVirtualDisk(file)) return '-';
  runTool('vhdiinfo', [file]);
  return 'ok';
});

/** Of the first of the files that make an image, which is the only one most of them look at. */
export function othersSay([file]: readonly string[]): string[] {
  return [qemuImg, sevenZip, fls, vhdiInfo].map((tool) => tool(file!));
}
