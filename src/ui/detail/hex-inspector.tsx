/** What the bytes at the mark mean: numbers, times, an id, text. */
import { useState } from 'preact/hooks';
import { formatHex } from '../../base/format.ts';
import { inspect } from '../../store/hex-inspect.ts';
import { useText } from '../context.ts';

/** @param bytes from the mark on */
export function HexInspector({ bytes, offset }: { bytes: Uint8Array; offset: number }) {
  const t = useText();
  const [little, setLittle] = useState(true);
  return (
    <section class="hex-inspector" aria-label={t.hex.inspector}>
      <div class="hex-inspector-head">
        <span class="grow">{t.hex.at(formatHex(offset))}</span>
        <label>
          <input type="checkbox" checked={!little} onChange={() => setLittle(!little)} /> {t.hex.bigEndian}
        </label>
      </div>
      <table class="facts">
        <tbody>
          {inspect(bytes, little).map(({ kind, value }) => (
            <tr key={kind}>
              <th scope="row">{t.hex.kinds[kind]}</th>
              <td class="mono">{value ?? <span class="faint">–</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
