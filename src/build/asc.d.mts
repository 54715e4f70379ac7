export function buildWasm(options?: {
  force?: boolean;
  only?: readonly string[];
  log?: (line: string) => void;
}): Promise<string[]>;
