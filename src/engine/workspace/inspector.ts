/** What the page asks about one node: rows, why it is what it is, its versions, the values of a key. */
import { fail } from '../../base/errors.ts';
import { filetimeIso } from '../../base/filetime.ts';
import { RegType, stringOf, valueLines } from '../../content/registry-value.ts';
import { KeyFlag } from '../../hive/types.ts';
import { type MergedValue, STATE_NAMES, type ViewRow } from '../../overlay/types.ts';
import type { FileDetail, FileRow, KeyDetail, KeyRow, Pane, SecurityInfo, ValueDetail, ValueRow } from '../api.ts';
import { keyPath } from './address.ts';
import type { Contents } from './contents.ts';
import type { Derived } from './derived.ts';
import { fileVersions, hiveTable, keyVersions, valueRow, valueVersions, whySteps } from './detail.ts';
import { keyWords } from './key-words.ts';
import type { Merge } from './merge.ts';
import { fileRow, keyRow, type RowContext } from './rows.ts';

/** Data of a value that is shown whole; the rest of a longer one is left out. */
const MAX_VALUE_BYTES = 1 << 20;
/** Data that a line of text in a list can show. */
const LINE_BYTES = 1024;

export class Inspector {
  readonly #merge: Merge;
  readonly #derived: Derived;
  readonly #contents: Contents;
  readonly #topFirstIds: () => readonly string[];

  /** @param topFirstIds layers as the panel shows them */
  constructor(merge: Merge, derived: Derived, contents: Contents, topFirstIds: () => readonly string[]) {
    this.#merge = merge;
    this.#derived = derived;
    this.#contents = contents;
    this.#topFirstIds = topFirstIds;
  }

  #context(pane: Pane): RowContext {
    const merged = pane === 'files' ? this.#merge.files : this.#merge.registry;
    return {
      ids: merged.layerIds,
      topFirst: this.#topFirstIds()
        .map((id) => merged.layerIds.indexOf(id))
        .filter((n) => n >= 0),
      changed: pane === 'files' ? this.#merge.changedFiles : this.#merge.changedKeys,
      marked: pane === 'files' ? this.#merge.markedFiles : this.#merge.markedKeys,
    };
  }

  /** A number that the page kept over a new join may be that of no node. @throws MissingItem */
  #check(pane: Pane, node: number): void {
    const merged = pane === 'files' ? this.#merge.files : this.#merge.registry;
    const count = this.#merge.layers.length === 0 ? 0 : merged.union.count;
    if (!(Number.isInteger(node) && node >= 0 && node < count))
      fail('MissingItem', 'workspace', null, `a node of ${count}`, node);
  }

  fileRows(rows: readonly ViewRow[]): FileRow[] {
    const context = this.#context('files');
    return rows.map((row) => this.#fileRow(row, context));
  }

  keyRows(rows: readonly ViewRow[]): KeyRow[] {
    const context = this.#context('registry');
    return rows.map((row) => keyRow(row, this.#merge.registry, context, this.#derived));
  }

  #fileRow(row: ViewRow, context: RowContext): FileRow {
    const table = row.shown === null ? null : this.#merge.files.layers[row.shown.layer]!.table;
    const tag =
      table === null || row.shown === null || row.shown.row >= table.count ? 0 : table.data.reparseTag[row.shown.row]!;
    return fileRow(row, tag, context);
  }

  fileDetail(node: number): FileDetail {
    this.#check('files', node);
    const { files } = this.#merge;
    const why = files.why(node);
    return {
      node,
      path: `C:\\${files.path(node).join('\\')}`,
      row: this.#fileRow(files.row(node), this.#context('files')),
      why: whySteps(why, this.#merge.ruleInfos()),
      versions: fileVersions(this.#merge, why, this.#topFirstIds()),
    };
  }

  /** A key of the pane, a way of a derived view among them. @throws MissingItem */
  #key(node: number): number {
    if (!this.#derived.has(node)) {
      this.#check('registry', node);
      return node;
    }
    const main = this.#derived.main(node);
    return main < 0 ? fail('MissingItem', 'workspace', null, 'a key that is still there', 'none') : main;
  }

  async values(node: number, showHidden: boolean): Promise<ValueRow[]> {
    // a way whose layer has gone is left open by the page until its next row is chosen
    if (this.#derived.has(node) && this.#derived.main(node) < 0) return [];
    const context = this.#context('registry');
    this.#key(node);
    const sided = this.#derived.values(node).filter(({ value }) => showHidden || !isHidden(value));
    const values = [
      ...sided.filter(({ value }) => value.name === ''),
      ...sided.filter(({ value }) => value.name !== ''),
    ];
    const data = await this.#contents.valueData(
      values.map(({ value }) => value),
      LINE_BYTES,
    );
    return values.map(({ value, side }, i) => ({
      ...valueRow(value, data[i] ?? null, context),
      ...(side === null ? {} : { side }),
    }));
  }

  async keyDetail(node: number): Promise<KeyDetail> {
    const main = this.#key(node);
    const { registry } = this.#merge;
    const why = registry.why(main);
    const key = registry.key(main);
    const from = key.classFrom;
    const path = this.#derived.path(node);
    const row = { ...registry.row(main), node, name: this.#derived.name(node), depth: path.length - 1 };
    const detail = {
      node,
      path: keyPath(path),
      row: keyRow(row, registry, this.#context('registry'), this.#derived),
      why: whySteps(why, this.#merge.ruleInfos()),
      versions: keyVersions(this.#merge, why, this.#topFirstIds()),
      lastWrite: filetimeIso(key.lastWriteLo, key.lastWriteHi),
      really: this.#derived.really(node).map(keyPath),
    };
    const [className, linkTarget, words] = await Promise.all([
      from === null ? null : this.#contents.className(registry.layerIds[from.layer]!, from),
      this.#linkTarget(main),
      keyWords(this.#merge, this.#contents, main),
    ]);
    return { ...detail, className, linkTarget, words };
  }

  /** Target of a REG_LINK key. It is shown and never followed: the running system may resolve it elsewhere. */
  async #linkTarget(node: number): Promise<string | null> {
    const { registry } = this.#merge;
    if ((registry.row(node).attributes & KeyFlag.symlink) === 0) return null;
    const value = registry.values(node).find((found) => found.type === RegType.link);
    const [data = null] = value === undefined ? [] : await this.#contents.valueData([value], LINE_BYTES);
    return data === null ? null : stringOf(data);
  }

  async keySecurity(node: number): Promise<SecurityInfo | null> {
    const { registry } = this.#merge;
    const from = registry.key(this.#key(node)).securityFrom;
    return from === null ? null : this.#contents.keySecurity(registry.layerIds[from.layer]!, from);
  }

  async valueDetail(node: number, name: string): Promise<ValueDetail> {
    this.#key(node);
    const value = this.#derived.values(node).find((candidate) => candidate.value.name === name)?.value;
    if (value === undefined) fail('MissingItem', 'workspace', null, `the value ${name}`, 'none');
    const versions: MergedValue[] = [
      value,
      ...value.shadowed.filter((other) => !other.tombstone).map((other) => ({ ...value, ...other })),
    ];
    const context = this.#context('registry');
    // All is asked at once: while answers are awaited, layers may be joined anew and numbers mean other nodes.
    const [key, [data = null], texts, place] = await Promise.all([
      this.keyDetail(node),
      this.#contents.valueData([value], MAX_VALUE_BYTES),
      this.#contents.valueData(versions, LINE_BYTES),
      this.#contents.valuePlace(value, hiveTable(this.#merge, value.hive)),
    ]);
    return {
      key,
      value: valueRow(value, data, context),
      data,
      lines: data === null ? [] : valueLines(value.type, data),
      versions: valueVersions(
        this.#merge,
        value,
        this.#topFirstIds(),
        (hive, row) => texts[versions.findIndex((v) => v.hive === hive && v.row === row)] ?? null,
      ),
      place,
    };
  }
}

const isHidden = (value: MergedValue) => STATE_NAMES[value.state] === 'hidden';
