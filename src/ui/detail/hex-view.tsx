/** Bytes, 16 or 8 a row; zeros are grey; one mark on both halves. Reads a page at a time. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatCount, formatHex } from '../../base/format.ts';
import type { Match } from '../../store/hex-find.ts';
import { INSPECT_BYTES } from '../../store/hex-inspect.ts';
import { hexRows, parseOffset } from '../../store/hex-rows.ts';
import { useApp, useText } from '../context.ts';
import { ErrorText } from '../error-text.tsx';
import { IconButton } from '../widgets/controls.tsx';
import { HexInspector } from './hex-inspector.tsx';
import { HexSearch } from './hex-search.tsx';
import { useBytes } from './use-bytes.ts';

export const HEX_PAGE = 512;
/** Room that 16 bytes a row need, in px. */
const WIDE = 520;

interface HexDumpProps {
  bytes: Uint8Array;
  base: number;
  mark: number | null;
  /** Bytes that are marked from there on; one when absent. */
  length?: number;
  onMark: (offset: number | null) => void;
}

/** The rows alone, for values too. */
export function HexDump({ bytes, base, mark, length = 1, onMark }: HexDumpProps) {
  const marked = (at: number) => mark !== null && at >= mark && at < mark + length;
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(8);
  useLayoutEffect(() => {
    const element = box.current!;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth >= WIDE ? 16 : 8));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    // a mark is a help for the eye: the text itself can be read and selected by keys
    const element = box.current!;
    const click = (event: Event) => {
      const cell = (event.target as Element).closest<HTMLElement>('[data-at]');
      onMark(cell === null ? null : Number(cell.dataset['at']));
    };
    element.addEventListener('click', click);
    return () => element.removeEventListener('click', click);
  }, [onMark]);
  useEffect(() => {
    if (length > 0 && mark !== null) box.current!.querySelector('.marked')?.scrollIntoView({ block: 'nearest' });
  }, [mark, length, base, width]);
  const rows = hexRows(bytes, base, width);
  return (
    <div ref={box} class="hex">
      {rows.map((row, r) => (
        <div key={row.offset}>
          <span class="offset">{row.offset}</span>
          <span class="bytes">
            {row.cells.map((cell, c) => {
              const at = base + r * width + c;
              const names = `${cell.zero ? 'zero' : ''}${marked(at) ? ' marked' : ''}${c % 8 === 7 ? ' eighth' : c % 4 === 3 ? ' fourth' : ''}`;
              return (
                <i key={at} data-at={at} class={names === '' ? undefined : names}>
                  {cell.hex}
                </i>
              );
            })}
          </span>
          <span class="pad">{'   '.repeat(width - row.cells.length)}</span>
          <span class="ascii">
            {row.cells.map((cell, c) => {
              const at = base + r * width + c;
              return (
                <i key={at} data-at={at} class={marked(at) ? 'marked' : undefined}>
                  {cell.char}
                </i>
              );
            })}
          </span>
        </div>
      ))}
    </div>
  );
}

interface HexViewProps {
  node: number;
  layer: string;
  stream: string;
  size: number;
}

export function HexView({ node, layer, stream, size }: HexViewProps) {
  const t = useText();
  const [offset, setOffset] = useState(0);
  const { workspace } = useApp().bridge;
  const [mark, setMark] = useState<Match | null>(null);
  useEffect(() => {
    setOffset(0);
    setMark(null);
  }, [node, layer, stream]);
  // the inspector looks beyond the last byte of the page
  const wanted = Math.min(HEX_PAGE + INSPECT_BYTES, Math.max(0, size - offset));
  const { bytes, error } = useBytes(node, layer, stream, offset, wanted);
  const read = useCallback(
    (at: number, length: number) => workspace.readFile(node, layer, stream, at, length),
    [workspace, node, layer, stream],
  );
  const onMark = useCallback((at: number | null) => setMark(at === null ? null : { offset: at, length: 1 }), []);
  const show = (match: Match) => {
    setOffset(Math.floor(match.offset / HEX_PAGE) * HEX_PAGE);
    setMark(match);
  };
  const last = Math.max(0, Math.floor((size - 1) / HEX_PAGE) * HEX_PAGE);

  if (size === 0) return <p class="faint">{t.detail.noData}</p>;
  return (
    <>
      <div class="hex-tools">
        <input
          id="hex-offset"
          class="field mono"
          type="text"
          spellcheck={false}
          autocomplete="off"
          aria-label={t.detail.goTo}
          placeholder={t.detail.goTo}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            const at = parseOffset(event.currentTarget.value);
            if (at === null || at >= size) {
              event.currentTarget.setAttribute('aria-invalid', 'true');
              return;
            }
            event.currentTarget.removeAttribute('aria-invalid');
            show({ offset: at, length: 1 });
          }}
        />
        <span class="grow faint trunc number">
          {t.detail.page(
            formatHex(offset),
            formatHex(Math.min(size, offset + HEX_PAGE) - 1),
            formatCount(size, t.locale),
          )}
        </span>
        <IconButton
          small
          icon="up"
          label={t.detail.previous}
          disabled={offset === 0}
          onClick={() => setOffset(Math.max(0, offset - HEX_PAGE))}
        />
        <IconButton
          small
          icon="down"
          label={t.detail.next}
          disabled={offset >= last}
          onClick={() => setOffset(Math.min(last, offset + HEX_PAGE))}
        />
      </div>
      {error !== null && <ErrorText error={error} />}
      <HexSearch read={read} size={size} from={mark?.offset ?? -1} onFound={show} />
      {bytes !== null && (
        <HexDump
          bytes={bytes.subarray(0, HEX_PAGE)}
          base={offset}
          mark={mark?.offset ?? null}
          length={mark?.length ?? 1}
          onMark={onMark}
        />
      )}
      {bytes !== null && mark !== null && mark.offset >= offset && mark.offset < offset + HEX_PAGE && (
        <HexInspector bytes={bytes.subarray(mark.offset - offset)} offset={mark.offset} />
      )}
    </>
  );
}
