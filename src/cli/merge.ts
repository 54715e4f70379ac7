/** stratascope merge: the merged disk and registry of layers. */
import { parseArgs } from 'node:util';
import { fail } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import { mergedFiles, mergedKeys } from '../engine/merged-listing.ts';
import { fileParts } from '../engine/workspace/address.ts';
import type { Workspace } from '../engine/workspace/workspace.ts';
import { type Command, UsageError } from './args.ts';
import { EXPORT_OPTIONS, exportMerged, exportRequest } from './export.ts';
import { examine, findingLines } from './findings.ts';
import { layerArguments, openLayers } from './layers.ts';
import { mergeDiff } from './merge-diff.ts';
import { bytes, grouped, json, line, printable, table } from './output.ts';
import { rebase } from './rebase.ts';
import { squash } from './squash.ts';

const SIGNS: Readonly<Record<string, string>> = { added: '+', overrides: '~', same: '=', unchanged: ' ', hidden: '-' };
const PIECE = 4 << 20;
const WHAT = ['ls', 'cat', 'reg', 'findings', 'stats', 'rebase', 'squash', 'diff'];

interface Options {
  readonly json: boolean;
  readonly deep: boolean;
  readonly hidden: boolean;
  readonly names: boolean;
}

async function listFiles(
  workspace: Workspace,
  path: string,
  { json: asJson, deep, hidden, names }: Options,
): Promise<void> {
  const rows: string[][] = [];
  for (const item of mergedFiles(workspace, path, deep, hidden)) {
    if (names) line(printable(item.path));
    else if (asJson) json(await item.entry());
    else {
      const { size, type, modified } = await item.entry();
      const { state, layer, shadowed } = item.provenance;
      const over = shadowed.length === 0 ? '' : ` over ${shadowed.join(', ')}`;
      rows.push([
        SIGNS[state]!,
        modified?.slice(0, 19).replace('T', ' ') ?? '',
        type === 'file' ? grouped(size) : `<${type.toUpperCase()}>`,
        `${layer ?? '(hidden)'}${over}`,
        printable(item.path),
      ]);
    }
  }
  table(rows, [2]);
}

async function listKeys(workspace: Workspace, path: string, { json: asJson, deep, hidden }: Options): Promise<void> {
  for await (const { key, values } of mergedKeys(workspace, path, deep, hidden)) {
    if (asJson) {
      json(key);
      for (const value of values) json(value);
      continue;
    }
    line(`${SIGNS[key.state]} [${printable(key.key)}]  ${key.layer ?? '(hidden)'}`);
    for (const value of values)
      line(
        `${SIGNS[value.state]}   ${value.name === '' ? '(Default)' : printable(value.name)}  ${value.type}  ${printable(value.text ?? '(damaged)')}  ${value.layer ?? '(hidden)'}`,
      );
  }
}

async function catFile(workspace: Workspace, path: string): Promise<void> {
  const { files } = workspace.merged;
  const colon = path.indexOf(':', /^[A-Za-z]:\\/.test(path) ? 2 : 0);
  const stream = colon < 0 ? '' : path.slice(colon + 1);
  const node = files.find(fileParts(colon < 0 ? path : path.slice(0, colon)));
  if (node < 0 || !files.visible(node)) fail('MissingItem', 'merged view', null, path, 'no such path');
  const layer = files.layerIds[files.resolution.winner[node]!]!;
  for (let offset = 0; ; offset += PIECE) {
    const piece = await workspace.readFile(node, layer, stream, offset, PIECE);
    bytes(piece);
    if (piece.length < PIECE) return;
  }
}

/** The mount of a user who was named by folder or SID. */
function userMount(workspace: Workspace, user: string): string {
  const users = workspace.derived.users();
  const same = (a: string, b: string) => a.toUpperCase() === b.toUpperCase();
  const found = users.find(({ mount, name }) => same(name, user) || same(mount.slice(4), user));
  if (found !== undefined) return found.mount;
  return fail('MissingItem', 'merged view', null, `a user, one of ${users.map(({ name }) => name).join(', ')}`, user);
}

export const merge: Command = {
  usage:
    'merge LAYERS (ls [PATH] [-r] [--hidden] [--names] | cat PATH | reg [KEY] [-r] [--hidden] [--as USER] [--format reg|json|csv|hive [-o FILE]] | findings | stats | rebase IMAGE [--format json|csv|markdown [-o FILE]] | squash [LAYER] -o FILE | diff (--without LAYER... | --to LAYERS) [--files | --reg] [--times]) [--json]',
  about: 'shows what the guest would see, and which layer each item comes from',
  async run(args, host) {
    const given = layerArguments(args);
    const { rest } = given;
    const first = rest.find((word) => !word.startsWith('-'));
    if (first === 'rebase') return rebase(host, given);
    if (first === 'squash') return squash(host, given);
    if (first === 'diff') return mergeDiff(host, given, args);
    const { values, positionals } = parseArgs({
      args: rest,
      allowPositionals: true,
      options: {
        r: { type: 'boolean', short: 'r' },
        json: { type: 'boolean' },
        hidden: { type: 'boolean' },
        names: { type: 'boolean' },
        as: { type: 'string' },
        ...EXPORT_OPTIONS,
      },
    });
    const [what, path = '', ...more] = positionals;
    if (!WHAT.includes(what ?? '')) throw new UsageError(`merge takes one of ${WHAT.join(', ')}, not "${what ?? ''}"`);
    if (more.length > 0 || (path !== '' && (what === 'findings' || what === 'stats')))
      throw new UsageError(`merge ${what} takes ${['ls', 'cat', 'reg'].includes(what!) ? 'one path' : 'no path'}`);
    if (what === 'cat' && path === '') throw new UsageError('merge cat takes a path');
    if (what !== 'reg' && (values.format ?? values.output ?? values.as) !== undefined)
      throw new UsageError('--format, -o and --as go with merge reg');
    const others = (['json', 'hidden'] as const).filter((name) => values[name]).map((name) => `--${name}`);
    const wanted = exportRequest(values, others);
    const options = {
      json: values.json === true,
      deep: values.r === true,
      hidden: values.hidden === true,
      names: values.names === true,
    };
    const workspace = await openLayers(host, given, values.json === true);
    const broken = (found: readonly Finding[]) => (found.some(({ severity }) => severity === 'error') ? 1 : 0);
    const worst = broken(workspace.damage());
    switch (what) {
      case 'ls':
        await listFiles(workspace, path, options);
        return worst;
      case 'cat':
        await catFile(workspace, path);
        return 0;
      case 'reg':
        if (values.as !== undefined) await workspace.setUser(userMount(workspace, values.as));
        if (wanted !== null) return Math.max(worst, await exportMerged(workspace, path, wanted));
        await listKeys(workspace, path, options);
        return worst;
      case 'findings': {
        const findings = await examine(workspace);
        for (const finding of findings)
          if (options.json) json(finding);
          else for (const text of findingLines(finding)) line(text);
        return broken(findings);
      }
      case 'stats': {
        const { stats, layers: infos } = workspace.state();
        if (options.json)
          json({
            ...stats,
            layers: infos.map(({ name, role, store, storeSigns, wins, winBytes }) => ({
              name,
              role,
              store,
              storeSigns,
              wins,
              winBytes,
            })),
          });
        else {
          for (const [name, value] of Object.entries(stats)) line(`${name.padEnd(12)} ${grouped(value)}`);
          for (const { name, role, wins, winBytes } of infos)
            line(`${role.padEnd(5)} ${name}: ${grouped(wins)} files, ${grouped(winBytes)} bytes`);
        }
        return worst;
      }
      default:
        return worst;
    }
  },
};
