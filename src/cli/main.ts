/** The command line: picks the command, tells errors as one sentence, sets the exit code. */
import process from 'node:process';
import { FormatError } from '../base/errors.ts';
import { VERSION } from '../engine/version.ts';
import { type Command, UsageError } from './args.ts';
import { nodeHost } from './host.ts';
import { flush, line, readerGone, tell } from './output.ts';

/** Each command is loaded when it is asked for: listing a file system needs neither overlay nor plan. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  info: async () => (await import('./info.ts')).info,
  ls: async () => (await import('./ls.ts')).ls,
  cat: async () => (await import('./cat.ts')).cat,
  diff: async () => (await import('./diff.ts')).diff,
  verify: async () => (await import('./verify.ts')).verify,
  reg: async () => (await import('./reg.ts')).reg,
  merge: async () => (await import('./merge.ts')).merge,
  store: async () => (await import('./store.ts')).store,
  plan: async () => (await import('./plan.ts')).plan,
};

async function help(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  const lines = commands.map((command) => `  stratascope ${command.usage}\n      ${command.about}`);
  return [
    'Reads Windows images and hives, merges layers, builds merge plans. Nothing is ever written to an input.',
    '',
    ...lines,
    '',
    '  IMAGE  file, with ::SEL a part of it: 1 (WIM image), p2 (partition), a path into a nested image, chained by ::',
    '         files of one image are joined by commas, in any order: a disk and its parents, the parts of a split set',
    '  LAYERS --os IMAGE [--app IMAGE]... [--user IMAGE]... [--rules FILE]... [--for USER[,GROUP]]   base first, later ones lie above',
    '  --json one JSON object a line. Exit 0 fine, 1 something did not hold, 2 wrong use or unreadable.',
  ].join('\n');
}

/** Wrong use as the one sentence (or object) that every other error is. */
function usageError(error: Error, command: Command | undefined): FormatError {
  return new FormatError({
    code: 'InvalidArgument',
    where: { source: 'command line', offset: null },
    expected: `stratascope ${command?.usage ?? `${Object.keys(COMMANDS).join('|')} ...`}`,
    actual: error.message,
  });
}

/** @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const [name = '', ...rest] = args;
  if (name === '' || name === '--help' || name === '-h' || name === 'help') {
    line(await help());
    flush();
    return name === '' ? 2 : 0;
  }
  if (name === '--version' || name === '-V') {
    line(`stratascope ${VERSION}`);
    flush();
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? await COMMANDS[name]!() : undefined;
  try {
    if (command === undefined) throw new UsageError(`there is no command "${name}"`);
    const code = await command.run(rest, nodeHost());
    flush();
    return code;
  } catch (error) {
    if (readerGone(error)) return 0;
    try {
      flush();
    } catch {
      return 0; // the reader went while the rest was written
    }
    const wrongUse =
      error instanceof UsageError ||
      (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
    tell(wrongUse ? usageError(error, command) : error, rest.includes('--json'));
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
