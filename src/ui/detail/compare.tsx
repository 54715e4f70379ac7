/** Facts of the chosen version, beside those of the next copy when there is one. */
import { useEffect } from 'preact/hooks';
import type { FileDetail } from '../../engine/api.ts';
import { otherVersion } from '../../store/detail.ts';
import { useApp, useText } from '../context.ts';
import { ErrorText } from '../error-text.tsx';
import { LinkButton } from '../widgets/controls.tsx';
import { Chip } from '../widgets/marks.tsx';
import { compareFacts, type FactLine, factLines } from './facts.ts';

function Value({ line }: { line: FactLine | null }) {
  const t = useText();
  if (line === null) return <span class="faint">{t.detail.none}</span>;
  return (
    <span class={line.mono ? 'mono' : undefined} title={line.exact}>
      {line.value}
    </span>
  );
}

function Hash({ layer }: { layer: string }) {
  const { detail } = useApp();
  const t = useText();
  const hash = detail.hashes.value.get(layer);
  if (hash === undefined) return <LinkButton onClick={() => void detail.hash(layer)}>{t.detail.calculate}</LinkButton>;
  return <span class="mono">{hash === 'busy' ? t.detail.calculating : hash}</span>;
}

export function Compare({ file, layer }: { file: FileDetail; layer: string }) {
  const app = useApp();
  const t = useText();
  const { detail } = app;
  const utc = app.settings.utc.value;
  const version = file.versions.find((v) => v.layer === layer);
  const other = otherVersion(file.versions, layer);
  useEffect(() => {
    detail.loadVersion(layer);
    if (other !== null) detail.loadVersion(other.layer);
  }, [file, layer, other]);
  if (version === undefined) return null;
  const known = detail.versions.value;
  const { directory } = file.row;
  const left = factLines(version, known.get(layer) ?? null, directory, utc, t);
  const layers = app.layerById.value;
  const error = known.get(layer)?.error ?? null;
  const canHash = !directory && version.reason !== 'marker';

  if (other === null)
    return (
      <>
        {error !== null && <ErrorText error={error} />}
        <table class="facts">
          <tbody>
            {left.map((line) => (
              <tr key={line.key}>
                <th scope="row">{line.label}</th>
                <td>
                  <Value line={line} />
                </td>
              </tr>
            ))}
            {canHash && (
              <tr>
                <th scope="row">{t.detail.facts.sha256}</th>
                <td>
                  <Hash layer={layer} />
                </td>
              </tr>
            )}
          </tbody>
        </table>
      </>
    );

  const right = factLines(other, known.get(other.layer) ?? null, directory, utc, t);
  const [a, b] = [layers.get(layer), layers.get(other.layer)];
  const hashes = [detail.hashes.value.get(layer), detail.hashes.value.get(other.layer)];
  const differ =
    hashes[0] !== undefined && hashes[1] !== undefined && !hashes.includes('busy') && hashes[0] !== hashes[1];
  return (
    <>
      {error !== null && <ErrorText error={error} />}
      <table class="facts two-sided">
        <thead>
          <tr>
            <td />
            <th scope="col">
              {a !== undefined && (
                <>
                  <Chip layer={a} named={!version.wins} /> {a.name}
                </>
              )}
            </th>
            <td class="unequal" />
            <th scope="col">
              {b !== undefined && (
                <>
                  <Chip layer={b} named={!other.wins} /> {b.name}
                </>
              )}
            </th>
          </tr>
        </thead>
        <tbody>
          {compareFacts(left, right).map((line) => (
            <tr key={line.key} class={line.differs ? 'differs' : 'equal'}>
              <th scope="row">{line.label}</th>
              <td>
                <Value line={line.left} />
              </td>
              <td class="unequal">{line.differs ? '≠' : ''}</td>
              <td>
                <Value line={line.right} />
              </td>
            </tr>
          ))}
          {canHash && (
            <tr class={differ ? 'differs' : 'equal'}>
              <th scope="row">{t.detail.facts.sha256}</th>
              <td>
                <Hash layer={layer} />
              </td>
              <td class="unequal">{differ ? '≠' : ''}</td>
              <td>
                <Hash layer={other.layer} />
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </>
  );
}
