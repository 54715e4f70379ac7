/** Length-limited canonical Huffman codes for the compressors. */

/** Code and length of each symbol; length 0: the symbol has no code. */
export interface Code {
  readonly lengths: Uint8Array;
  readonly codes: Uint16Array;
}

/**
 * A complete code for symbols that occur `counts[i]` times. A lone symbol gets a partner, because the decoders refuse
 * incomplete codes; without any symbol the code is empty.
 */
export function makeCode(counts: Uint32Array, maxLength: number): Code {
  const weights = Uint32Array.from(counts);
  const used = weights.reduce((n, w) => n + (w > 0 ? 1 : 0), 0);
  if (used === 1) weights[weights[0] === 0 ? 0 : 1] = 1;
  let lengths = treeDepths(weights);
  // Halving evens the weights out, which flattens the tree; equal weights end at log2 of their number.
  while (lengths.some((length) => length > maxLength)) {
    for (let i = 0; i < weights.length; i++) weights[i] = (weights[i]! + 1) >> 1;
    lengths = treeDepths(weights);
  }
  return { lengths, codes: canonicalCodes(lengths) };
}

/** Depth of each leaf of the Huffman tree, by the method of two queues. */
function treeDepths(weights: Uint32Array): Uint8Array {
  const leaves = [...weights.keys()].filter((i) => weights[i]! > 0).sort((a, b) => weights[a]! - weights[b]! || a - b);
  const lengths = new Uint8Array(weights.length);
  const count = leaves.length;
  if (count === 0) return lengths;
  // Nodes 0 to count-1 are the leaves, the others are made in order of their weights.
  const weight = leaves.map((symbol) => weights[symbol]!);
  const parent = new Array<number>(2 * count - 1).fill(0);
  let leaf = 0;
  let inner = count;
  const lightest = () => {
    const takeLeaf = leaf < count && (inner >= weight.length || weight[leaf]! <= weight[inner]!);
    return takeLeaf ? leaf++ : inner++;
  };
  while (weight.length < 2 * count - 1) {
    const a = lightest();
    const b = lightest();
    parent[a] = weight.length;
    parent[b] = weight.length;
    weight.push(weight[a]! + weight[b]!);
  }
  const depth = new Array<number>(2 * count - 1).fill(0);
  for (let node = 2 * count - 3; node >= 0; node--) depth[node] = depth[parent[node]!]! + 1;
  for (let i = 0; i < count; i++) lengths[leaves[i]!] = depth[i]!;
  return lengths;
}

/** Codes in order of length, then of symbol. */
function canonicalCodes(lengths: Uint8Array): Uint16Array {
  const codes = new Uint16Array(lengths.length);
  let code = 0;
  for (let length = 1; length <= 16; length++) {
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] === length) codes[symbol] = code++;
    }
    code <<= 1;
  }
  return codes;
}

/** Bits that `counts` symbols take in `code`. */
export function costOf(counts: Uint32Array, code: Code): number {
  let bits = 0;
  for (let i = 0; i < counts.length; i++) bits += counts[i]! * code.lengths[i]!;
  return bits;
}
