/** Where bytes lie in the user's own file: so that they can be found with any other tool. */
import { formatCount, formatHex } from '../../base/format.ts';
import type { PlaceInfo } from '../../engine/api.ts';
import { useText } from '../context.ts';
import { LinkButton } from '../widgets/controls.tsx';
import { useCopy } from '../widgets/tree-grid.tsx';

const SHOWN = 64;

function line(place: PlaceInfo): string {
  return [
    place.kind,
    place.offset,
    place.length,
    place.file ?? '',
    place.file === null ? '' : formatHex(place.fileOffset),
    place.file === null ? '' : place.fileLength,
  ].join('\t');
}

export function Places({ places }: { places: readonly PlaceInfo[] }) {
  const t = useText();
  const copy = useCopy();
  if (places.length === 0) return <p class="faint">{t.detail.noPlaces}</p>;
  return (
    <>
      <p class="where-head">
        <span class="faint">{t.detail.where}</span>
        <LinkButton onClick={() => copy(places.map(line).join('\n'))}>{t.detail.copyPlaces}</LinkButton>
      </p>
      <table class="facts places">
        <tbody>
          {places.slice(0, SHOWN).map((place) => (
            <tr key={place.offset}>
              <th scope="row" class="mono">
                {formatHex(place.offset)}
              </th>
              <td>
                {place.file !== null && (
                  <span class="mono">
                    {place.file} {formatHex(place.fileOffset)}
                  </span>
                )}
                <span class="faint">
                  {' '}
                  {t.detail.places[place.kind]},{' '}
                  {t.detail.length(formatCount(place.file === null ? place.length : place.fileLength, t.locale))}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {places.length > SHOWN && <p class="faint">{t.findings.more(places.length - SHOWN)}</p>}
    </>
  );
}
