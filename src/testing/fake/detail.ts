/** Details of the made world. */
import type { FileDetail, KeyDetail, VersionDetail, VersionInfo, WhyStep } from '../../engine/api.ts';
import { type FakeNode, fakePath } from './tree.ts';
import { type FakeView, type Resolved, resolve } from './views.ts';

export const FAKE_WHY: readonly WhyStep[] = (
  ['neverMerge', 'internal', 'planEntries', 'rules', 'ruleOrder', 'default'] as const
).map((step) => ({
  step,
  result: step === 'default' ? 'decides' : step === 'ruleOrder' ? 'notNeeded' : 'noMatch',
  rule: null,
}));

export function fakeVersions(
  node: FakeNode,
  order: readonly string[],
  enabled: ReadonlySet<string>,
  resolved: Resolved,
): VersionInfo[] {
  return order.map((layer, i) => {
    const copy = node.copies.get(layer);
    const cell = resolved.core[i];
    const reason =
      copy === undefined
        ? 'absent'
        : !enabled.has(layer)
          ? 'disabled'
          : cell === 'd'
            ? 'marker'
            : cell === 'w'
              ? resolved.layer === layer
                ? 'wins'
                : 'contributes'
              : resolved.core.includes('d')
                ? 'closed'
                : 'below';
    return {
      layer,
      present: copy !== undefined,
      wins: resolved.layer === layer && cell === 'w',
      reason,
      ref: copy === undefined ? null : node.id,
      size: copy?.size ?? 0,
      modified: copy?.modified ?? Number.NaN,
      attributes: copy?.attributes ?? 0,
      byteState: copy?.byteState ?? 'complete',
      typeName: null,
      text: copy?.version ?? null,
    };
  });
}

export function fakeFileDetail(
  view: FakeView,
  node: FakeNode,
  order: readonly string[],
  enabled: ReadonlySet<string>,
  base: string,
): FileDetail {
  const index = view.rows.findIndex((row) => row.node === node);
  const resolved = resolve(node, order, enabled, base);
  if (index < 0) view.rows.push({ node, depth: 0, resolved });
  const row = view.fileRow(index < 0 ? view.rows.length - 1 : index, new Set());
  if (index < 0) view.rows.pop();
  return {
    node: node.id,
    path: fakePath(node),
    row,
    why: FAKE_WHY,
    versions: fakeVersions(node, order, enabled, resolved),
  };
}

export function fakeKeyDetail(
  view: FakeView,
  node: FakeNode,
  order: readonly string[],
  enabled: ReadonlySet<string>,
  base: string,
): KeyDetail {
  const index = view.rows.findIndex((row) => row.node === node);
  const resolved = resolve(node, order, enabled, base);
  return {
    node: node.id,
    path: fakePath(node).replace(/^\\/, ''),
    row: view.keyRow(Math.max(0, index), new Set()),
    why: FAKE_WHY,
    versions: fakeVersions(node, order, enabled, resolved),
    className: null,
    lastWrite: '2024-11-03T18:00:12.1234567Z',
    really: [],
    linkTarget: null,
    words: null,
  };
}

export function fakeVersionDetail(node: FakeNode, layer: string): VersionDetail {
  const copy = node.copies.get(layer)!;
  const iso = new Date(copy.modified).toISOString();
  const pe =
    copy.version === null
      ? null
      : {
          machine: 'x64',
          linkTime: iso,
          fileVersion: copy.version,
          productVersion: copy.version,
          product: 'Google Chrome',
          company: 'Google LLC',
          description: 'Google Chrome',
        };
  return {
    layer,
    pe,
    created: iso,
    modified: iso,
    changed: iso,
    accessed: null,
    error: null,
    detail: {
      streams: node.directory
        ? []
        : [
            { name: '', size: copy.size, allocated: Math.ceil(copy.size / 4096) * 4096 },
            { name: 'Zone.Identifier', size: 26, allocated: 0 },
          ],
      reparseTarget: node.reparseTag === 0 ? null : 'C:\\ProgramData',
      security: null,
      sha1: layer === 'os' ? 'da39a3ee5e6b4b0d3255bfef95601890afd80709' : null,
      objectId: null,
      byteState: copy.byteState,
      facts: { mftRecord: 184_213 },
    },
    security: {
      owner: 'NT SERVICE\\TrustedInstaller',
      group: 'NT SERVICE\\TrustedInstaller',
      sddl: 'O:S-1-5-80-956008885D:PAI(A;;FA;;;SY)(A;;0x1200a9;;;BU)',
      aces: [
        { kind: 'allow', who: 'SYSTEM', rights: 'full control', inherited: false },
        { kind: 'allow', who: 'BUILTIN\\Users', rights: 'read and execute', inherited: true },
      ],
    },
    places: [
      { kind: 'stored', offset: 0, length: 65_536, file: `${layer}.vhdx`, fileOffset: 0x1b3c45138, fileLength: 65_536 },
      {
        kind: 'decoded',
        offset: 65_536,
        length: Math.max(0, copy.size - 65_536),
        file: `${layer}.vhdx`,
        fileOffset: 0x2d0000000,
        fileLength: 41_231,
      },
    ],
  };
}

/** Text for text files, a PE-like head for the rest. */
export function fakeBytes(node: FakeNode, layer: string, offset: number, length: number): Uint8Array {
  const text = /(_preferences|\.(xml|ini|txt|json))$/.test(node.name);
  const line = `{ "homepage": "https://portal.contoso.com", "layer": "${layer}", "make_chrome_default": true }\n`;
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const at = offset + i;
    bytes[i] = text
      ? line.charCodeAt(at % line.length)
      : at < 2
        ? 'MZ'.charCodeAt(at)
        : (at * 2654435761) % 7 < 3
          ? 0
          : (at * 73 + layer.length * 31) & 255;
  }
  return bytes;
}
