/** hivex's visitor, iterative: the depth of a hive costs no call stack. */
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
  const open: { node: Node; name: string; children: Node[]; next: number }[] = [];
  const enter = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const name = hive.nodeName(node);
    const descend = visitor.nodeStart?.(node, name) !== false;
    if (descend && visitor.value)
      for (const value of hive.nodeValues(node)) {
        const { type, length } = hive.valueType(value);
        visitor.value(node, value, type, length, hive.valueKey(value));
      }
    open.push({ node, name, children: descend ? hive.nodeChildren(node) : [], next: 0 });
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
