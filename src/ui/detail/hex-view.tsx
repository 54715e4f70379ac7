/** Bytes, 16 or 8 a row; zeros are grey; one mark on both halves. Reads a page at a time. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatCount, formatHex } from '../../base/format.ts';
import { hexRows, parseOffset } from '../../store/hex-rows.ts';
import { useText } from '../context.ts';
import { ErrorText } from '../error-text.tsx';
import { IconButton } from '../widgets/controls.tsx';
import { useBytes } from './use-bytes.ts';

export const HEX_PAGE = 512;
/** Room that 16 bytes a row need, in px. */
const WIDE = 520;

interface HexDumpProps {
  bytes: Uint8Array;
  base: number;
  mark: number | null;
  onMark: (offset: number | null) => void;
}

/** The rows alone, for values too. */
export function HexDump({ bytes, base, mark, onMark }: HexDumpProps) {
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
  const rows = hexRows(bytes, base, width);
  return (
    <div ref={box} class="hex">
      {rows.map((row, r) => (
        <div key={row.offset}>
          <span class="offset">{row.offset}</span>
          <span class="bytes">
            {row.cells.map((cell, c) => {
              const at = base + r * width + c;
              const names = `${cell.zero ? 'zero' : ''}${at === mark ? ' marked' : ''}${c % 8 === 7 ? ' eighth' : c % 4 === 3 ? ' fourth' : ''}`;
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
                <i key={at} data-at={at} class={at === mark ? 'marked' : undefined}>
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
  const [mark, setMark] = useState<number | null>(null);
  useEffect(() => {
    setOffset(0);
    setMark(null);
  }, [node, layer, stream]);
  const { bytes, error } = useBytes(node, layer, stream, offset, Math.min(HEX_PAGE, Math.max(0, size - offset)));
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
            setOffset(Math.floor(at / HEX_PAGE) * HEX_PAGE);
            setMark(at);
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
      {bytes !== null && <HexDump bytes={bytes} base={offset} mark={mark} onMark={setMark} />}
    </>
  );
}
