/** hivex-wasm: Windows registry hives in any browser or Node program. */
export type { BaseBlock } from './base.ts';
export type { ChangeKind, KeyChange, KeyState, ReplayChanges, ValueChange, ValueState } from './changes.ts';
export { type KeyColumns, KeyFlag, nameOf, type ValueColumns, ValueFlag } from './columns.ts';
export { MAX_HIVE_BYTES } from './engine.ts';
export { HivexError, type HivexErrorCode } from './errors.ts';
export type { HiveFinding } from './findings.ts';
export { Hive, type Node, type Value } from './hive.ts';
export type { HiveInput, HiveReader } from './input.ts';
export type { JsonLines, JsonLinesOptions } from './json-lines.ts';
export { beginOpen, type HiveKeys, type HiveOpening, type OpenOptions, open } from './open.ts';
export type { Recovered, RecoveredKey, RecoveredValue } from './recover.ts';
export type { LogReport, LogVerdict, Recovery } from './replay.ts';
export type { Visitor } from './visit.ts';
export type { HiveWalk, WalkBatch } from './walk.ts';
export { type KeyInput, type ListKind, type ValueInput, type WriteOptions, writeHive } from './write/write.ts';
