/** Draws the rows of a list that are in view, however long it is; see store/pager.ts for how. */
import type { ComponentChildren, CSSProperties, HTMLAttributes } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Pager } from '../../store/pager.ts';

const OVERSCAN = 6;

/** Height of a row as the tokens have it: 24 px, 36 px for fingers. */
export function useRowHeight(): number {
  const [coarse, setCoarse] = useState(() => matchMedia('(pointer: coarse)').matches);
  useEffect(() => {
    const query = matchMedia('(pointer: coarse)');
    const update = () => setCoarse(query.matches);
    query.addEventListener('change', update);
    return () => query.removeEventListener('change', update);
  }, []);
  return coarse ? 36 : 24;
}

interface VirtualRowsProps {
  count: number;
  /** Drawn above the rows, stays in view. */
  header: ComponentChildren;
  headerHeight: number;
  /** Row to bring into view whenever `nonce` changes. */
  wish: { readonly index: number; readonly centre: boolean; readonly nonce: number };
  onWindow: (from: number, to: number, page: number) => void;
  /** `slot` is the key to draw with: a row that comes in takes the element of one that has gone out. */
  row: (index: number, style: CSSProperties, slot: number) => ComponentChildren;
  /** What the scroller itself is to be: role, label, keys. */
  attributes: HTMLAttributes<HTMLDivElement>;
  /** Shown instead of rows when there are none. */
  empty: ComponentChildren;
}

export function VirtualRows({ count, header, headerHeight, wish, onWindow, row, attributes, empty }: VirtualRowsProps) {
  const rowHeight = useRowHeight();
  const scroller = useRef<HTMLDivElement>(null);
  const pager = useRef<Pager | null>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(0);
  const viewport = Math.max(rowHeight, height - headerHeight);
  const total = count * rowHeight;

  if (pager.current === null || pager.current.total !== total || pager.current.viewport !== viewport) {
    pager.current = new Pager(total, viewport);
    if (top > 0) pager.current.seek(top);
  }
  const { offset } = pager.current;
  const bounded = Math.max(0, Math.min(top, total - viewport));
  const first = Math.max(0, Math.floor(bounded / rowHeight) - OVERSCAN);
  const last = Math.min(count, Math.ceil((bounded + viewport) / rowHeight) + OVERSCAN);
  const page = Math.max(1, Math.floor(viewport / rowHeight) - 1);

  const scrollTo = (virtual: number) => {
    const element = scroller.current!;
    element.scrollTop = pager.current!.seek(virtual);
    setTop(Math.max(0, Math.min(virtual, total - viewport)));
  };

  useLayoutEffect(() => {
    const element = scroller.current!;
    const measure = () => setHeight(element.clientHeight);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // a list that has grown or shrunk keeps its virtual position; the native one may stand for another now
  useLayoutEffect(() => {
    const element = scroller.current!;
    const native = pager.current!.seek(top);
    if (Math.abs(element.scrollTop - native) > 1) element.scrollTop = native;
    if (top > total - viewport) setTop(Math.max(0, total - viewport));
  }, [total, viewport]);

  useLayoutEffect(() => {
    if (wish.index < 0 || wish.nonce === 0) return;
    const at = wish.index * rowHeight;
    if (at >= top && at + rowHeight <= top + viewport) return;
    if (wish.centre) scrollTo(at - (viewport - rowHeight) / 2);
    else scrollTo(at < top ? at : at + rowHeight - viewport);
  }, [wish, viewport, count]);

  useEffect(() => onWindow(first, last, page), [first, last, page, count]);

  const pool = Math.ceil(viewport / rowHeight) + 2 * OVERSCAN + 2;
  const rows: ComponentChildren[] = [];
  for (let i = first; i < last; i++)
    rows.push(row(i, { transform: `translateY(${i * rowHeight - offset}px)` } as CSSProperties, i % pool));

  return (
    <div
      ref={scroller}
      {...attributes}
      onScroll={(event) => {
        const element = event.currentTarget;
        const moved = pager.current!.scrolled(element.scrollTop);
        if (moved.fix !== null) element.scrollTop = moved.fix;
        setTop(moved.top);
      }}
    >
      {header}
      {count === 0 ? (
        empty
      ) : (
        <div class="spacer" role="presentation" style={{ height: `${pager.current.height}px` }}>
          {rows}
        </div>
      )}
    </div>
  );
}
