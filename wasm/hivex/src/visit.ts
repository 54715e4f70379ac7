/** hivex's visitor, iterative: the depth of a hive costs no call stack. */
import { HivexError } from './errors.ts';
import type { Hive, Node, Value } from './hive.ts';

export interface Visitor {
  /** Before the values and sub-keys of a node. Return false to skip what is below it. */
  nodeStart?(node: Node, name: string): boolean | undefined;
  /** After its values and sub-keys. */
  nodeEnd?(node: Node, name: string): void;
  value?(node: Node, value: Value, type: number, length: number, key: string): void;
}

export function visit(hive: Hive, visitor: Visitor): void {
  const seen = new Set<Node>();
  // Every list has its own bytes in a sound hive. Lists that many keys share would make the work grow without bound.
  let left = hive.view().length;
  const open: { node: Node; name: string; children: Node[]; next: number }[] = [];
  const spend = (node: Node, entries: number): void => {
    left -= entries;
    if (left < 0) throw new HivexError('InvalidData', node + 4096, 'lists of its own for each key', 'shared ones');
  };
  const enter = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const name = hive.nodeName(node);
    const descend = visitor.nodeStart?.(node, name) !== false;
    if (descend && visitor.value) {
      const values = hive.nodeValues(node);
      spend(node, values.length);
      for (const value of values) {
        const { type, length } = hive.valueType(value);
        visitor.value(node, value, type, length, hive.valueKey(value));
      }
    }
    const children = descend ? hive.nodeChildren(node) : [];
    spend(node, children.length);
    open.push({ node, name, children, next: 0 });
  };
  enter(hive.root());
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    if (top.next < top.children.length) {
      enter(top.children[top.next++]!);
      continue;
    }
    visitor.nodeEnd?.(top.node, top.name);
    open.pop();
  }
}
