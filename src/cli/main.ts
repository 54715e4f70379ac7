/** The command line: picks the command, tells errors as one sentence, sets the exit code. */
import process from 'node:process';
import { FormatError } from '../base/errors.ts';
import { type Command, UsageError } from './args.ts';
import { cat } from './cat.ts';
import { nodeHost } from './host.ts';
import { info } from './info.ts';
import { ls } from './ls.ts';
import { merge } from './merge.ts';
import { flush, readerGone } from './output.ts';
import { plan } from './plan.ts';
import { reg } from './reg.ts';
import { verify } from './verify.ts';

const COMMANDS: Readonly<Record<string, Command>> = { info, ls, cat, verify, reg, merge, plan };

function help(): string {
  const lines = Object.values(COMMANDS).map((command) => `  stratascope ${command.usage}\n      ${command.about}`);
  return [
    'Reads Windows images and hives, merges layers, builds merge plans. Nothing is ever written to an input.',
    '',
    ...lines,
    '',
    '  IMAGE  file, with ::SEL a part of it: 1 (WIM image), p2 (partition), a path into a nested image, chained by ::',
    '  LAYERS --os IMAGE [--app IMAGE]... [--user IMAGE]...   base first, later ones lie above',
    '  --json one JSON object a line. Exit 0 fine, 1 something did not hold, 2 wrong use or unreadable.',
  ].join('\n');
}

/** One sentence, or with --json one object, on standard error. */
function tell(error: unknown, asJson: boolean): void {
  if (error instanceof FormatError) {
    const data = error.toData();
    process.stderr.write(`${asJson ? JSON.stringify({ error: data }) : error.message}\n`);
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${asJson ? JSON.stringify({ error: { code: 'UnexpectedTrap', message } }) : message}\n`);
}

/** @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const [name = '', ...rest] = args;
  if (name === '' || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(`${help()}\n`);
    return name === '' ? 2 : 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
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
    tell(error, rest.includes('--json') && !wrongUse);
    if (wrongUse) process.stderr.write(`usage: stratascope ${command?.usage ?? Object.keys(COMMANDS).join('|')}\n`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
