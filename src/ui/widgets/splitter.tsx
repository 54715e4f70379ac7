/** The hair line between two panes: drag, arrow keys by 8 px, double click resets. */
import type { Signal } from '@preact/signals';

interface SplitterProps {
  width: Signal<number | null>;
  label: string;
  min: number;
  max: number;
  /** Width when nothing is set, to begin a drag from. */
  standard: number;
  /** 1 when the pane is left of the line, -1 when it is right of it. */
  side: 1 | -1;
}

export function Splitter({ width, label, min, max, standard, side }: SplitterProps) {
  const clamp = (value: number) => Math.round(Math.max(min, Math.min(max, value)));
  const now = width.value ?? standard;
  return (
    <div
      class={side === 1 ? 'splitter after' : 'splitter before'}
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={now}
      aria-valuemin={min}
      aria-valuemax={max}
      tabIndex={0}
      onDblClick={() => {
        width.value = null;
      }}
      onKeyDown={(event) => {
        const step = event.key === 'ArrowLeft' ? -8 : event.key === 'ArrowRight' ? 8 : 0;
        if (step === 0) return;
        event.preventDefault();
        width.value = clamp(now + step * side);
      }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        const line = event.currentTarget;
        const start = event.clientX;
        line.setPointerCapture(event.pointerId);
        const move = (e: PointerEvent) => {
          width.value = clamp(now + (e.clientX - start) * side);
        };
        line.addEventListener('pointermove', move);
        line.addEventListener('lostpointercapture', () => line.removeEventListener('pointermove', move), {
          once: true,
        });
      }}
    />
  );
}
