/** Finding bytes or text in the whole file: Enter the next match, Shift+Enter the one before. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatShare } from '../../base/format.ts';
import { findBytes, type Match, needles } from '../../store/hex-find.ts';
import { useApp, useText } from '../context.ts';
import { IconButton } from '../widgets/controls.tsx';

interface HexSearchProps {
  read: (offset: number, length: number) => Promise<Uint8Array>;
  size: number;
  /** Where the search goes on from; -1 at the beginning. */
  from: number;
  onFound: (match: Match) => void;
}

export function HexSearch({ read, size, from, onFound }: HexSearchProps) {
  const { notices } = useApp();
  const t = useText();
  const [typed, setTyped] = useState('');
  /** Share of the file that has been looked through; null when nothing is being looked for. */
  const [done, setDone] = useState<number | null>(null);
  const [none, setNone] = useState(false);
  const turn = useRef(0);
  // another file, or the view was left: nobody waits for the answer
  useEffect(
    () => () => {
      turn.current++;
      setDone(null);
      setNone(false);
    },
    [read],
  );
  const stop = () => {
    turn.current++;
    setDone(null);
  };
  const find = async (backward: boolean) => {
    const wanted = needles(typed);
    if (wanted.length === 0) return;
    const mine = ++turn.current;
    const cancelled = () => mine !== turn.current;
    setNone(false);
    setDone(0);
    try {
      const match = await findBytes(read, size, wanted, from, backward, { cancelled, progress: setDone });
      if (cancelled()) return;
      if (match === null) setNone(true);
      else onFound(match);
    } catch (error) {
      if (!cancelled()) notices.failed(error);
    }
    if (!cancelled()) setDone(null);
  };
  return (
    <div class="hex-tools">
      <input
        id="hex-find"
        class="field mono grow"
        type="text"
        spellcheck={false}
        autocomplete="off"
        aria-label={t.hex.find}
        placeholder={t.hex.find}
        title={t.hex.findHint}
        aria-invalid={none ? 'true' : undefined}
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setNone(false);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') void find(event.shiftKey);
          else if (event.key === 'Escape' && done !== null) stop();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <span class="faint" role="status">
        {done !== null ? formatShare(done, size, t.locale) : none ? t.hex.none : ''}
      </span>
      {done !== null && <IconButton small icon="close" label={t.hex.stop} onClick={stop} />}
      <IconButton small icon="up" label={t.hex.previous} disabled={typed === ''} onClick={() => void find(true)} />
      <IconButton small icon="down" label={t.hex.next} disabled={typed === ''} onClick={() => void find(false)} />
    </div>
  );
}
