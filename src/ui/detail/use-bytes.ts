import { useEffect, useState } from 'preact/hooks';
import type { ErrorData } from '../../base/errors.ts';
import { toErrorData } from '../../store/notices.ts';
import { useApp } from '../context.ts';

export interface BytesState {
  readonly bytes: Uint8Array | null;
  readonly error: ErrorData | null;
}

/** One piece of a file's content; the last one stays until the next is here. */
export function useBytes(node: number, layer: string, stream: string, offset: number, length: number): BytesState {
  const { workspace } = useApp().bridge;
  const [state, setState] = useState<BytesState>({ bytes: null, error: null });
  useEffect(() => {
    let live = true;
    workspace.readFile(node, layer, stream, offset, length).then(
      (bytes) => live && setState({ bytes, error: null }),
      (reason) => live && setState({ bytes: null, error: toErrorData(reason) }),
    );
    return () => {
      live = false;
    };
  }, [node, layer, stream, offset, length]);
  return state;
}
