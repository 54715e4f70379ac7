/** One finding: why it hurts, what each side says, and the rule that would settle it. */
import { Fragment } from 'preact';
import { hexOffset } from '../../base/errors.ts';
import type { Facts, Finding } from '../../base/findings.ts';
import { formatSize } from '../../base/format.ts';
import type { Evidence, MergeFinding } from '../../engine/api.ts';
import { isMerge } from '../../store/findings.ts';
import { parseAddress } from '../../store/paths.ts';
import { useApp, useText } from '../context.ts';
import { BreakablePath, Button } from '../widgets/controls.tsx';
import { EmptyState } from '../widgets/empty-state.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Chip } from '../widgets/marks.tsx';
import { SCROLLABLE } from '../widgets/scrollable.ts';
import { Splitter } from '../widgets/splitter.tsx';
import { Proposed } from './proposed.tsx';
import { factName, titleOf, whyOf } from './words.ts';

/** Sides that stand beside one another; the rest is listed below. */
const COLUMNS = 2;

/** Names of bases that are no layers, by the id that the evidence has. */
type Strangers = ReadonlyMap<string, string>;
const NONE: Strangers = new Map();

function Mark({ side, strangers }: { side: Evidence; strangers: Strangers }) {
  const app = useApp();
  const layer = side.layer === null ? undefined : app.layerById.value.get(side.layer);
  if (layer !== undefined) return <Chip layer={layer} named={side.role !== 'wins'} />;
  const name = side.layer === null ? undefined : strangers.get(side.layer);
  if (name === undefined) return <Icon name="close" />;
  return (
    <span title={name}>
      <Icon name="disk" />
    </span>
  );
}

function Side({ side, strangers }: { side: Evidence; strangers: Strangers }) {
  const t = useText();
  return (
    <>
      <Mark side={side} strangers={strangers} /> {t.findings.roles[side.role]}
    </>
  );
}

function FactText({ name, value }: { name: string; value: string | undefined }) {
  const t = useText();
  // a mark or a missing file says nothing of itself
  if (value === undefined) return null;
  if (name === 'size') return <span title={value}>{formatSize(Number(value), t.locale)}</span>;
  const states: Readonly<Record<string, string>> = t.findings.states;
  if (name === 'state' && states[value] !== undefined) return <span>{states[value]}</span>;
  if (name === 'linked') return <span>{value.slice(0, 16).replace('T', ' ')}</span>;
  return <span class="mono">{value}</span>;
}

interface EvidenceProps {
  readonly evidence: readonly Evidence[];
  readonly path: string | null;
  readonly strangers: Strangers;
}

function EvidenceTable({ evidence, path, strangers }: EvidenceProps) {
  const t = useText();
  // what an older base had stands beside what hides it and what is hidden
  const sides = evidence.slice(0, evidence[COLUMNS]?.role === 'before' ? COLUMNS + 1 : COLUMNS);
  const names = [...new Set(sides.flatMap(({ facts }) => Object.keys(facts)))];
  // sides that say nothing but where they are need no columns
  const bare = names.length === 0 && evidence.length > 1;
  // sides at other places than the finding's own say where they are
  const listed = bare || sides.some((side) => side.path !== path) ? evidence : evidence.slice(sides.length);
  const differs = (name: string, i: number) => {
    const [left, right] = [sides[i - 1]?.facts[name], sides[i]?.facts[name]];
    return left !== undefined && right !== undefined && left !== right;
  };
  return (
    <section class="detail-section">
      <h3>{t.findings.evidence}</h3>
      {sides.length > 0 && !bare && (
        <table class={sides.length === 1 ? 'facts' : `facts two-sided sides-${sides.length}`}>
          <thead>
            <tr>
              <td />
              {sides.map((side, i) => (
                <Fragment key={i}>
                  {i > 0 && <td class="unequal" />}
                  <th scope="col">
                    <Side side={side} strangers={strangers} />
                  </th>
                </Fragment>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name} class={sides.length === 1 ? undefined : differs(name, 1) ? 'differs' : 'equal'}>
                <th scope="row">{factName(name, t)}</th>
                {sides.map((side, i) => (
                  <Fragment key={i}>
                    {i > 0 && <td class="unequal">{differs(name, i) ? '\u2260' : ''}</td>}
                    <td>
                      <FactText name={name} value={side.facts[name]} />
                    </td>
                  </Fragment>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {listed.length > 0 && (
        <ul class="more-sides">
          {listed.map((side, i) => (
            <li key={i}>
              <Mark side={side} strangers={strangers} />
              <span>
                <span class="mono breakable">
                  <BreakablePath path={side.path} />
                </span>
                {bare && <span class="faint role"> {t.findings.roles[side.role]}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** What a reader saw, beside its sentence: numbers, names, what was expected. */
function FactList({ facts }: { facts: Facts }) {
  const t = useText();
  const rows = Object.entries(facts).filter(([, value]) => value !== null && value !== '');
  if (rows.length === 0) return null;
  return (
    <section class="detail-section">
      <h3>{t.findings.details}</h3>
      <table class="facts">
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{factName(name, t)}</th>
              <td class="mono breakable">
                {Array.isArray(value)
                  ? value.map(String).join(', ')
                  : typeof value === 'object'
                    ? JSON.stringify(value)
                    : String(value)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Content({ finding, strangers }: { finding: Finding | MergeFinding; strangers: Strangers }) {
  const app = useApp();
  const t = useText();
  const place = isMerge(finding) ? finding.path : finding.facts?.['path'];
  const path = typeof place === 'string' ? place : null;
  const { source, offset } = finding.where;
  return (
    <>
      <div class="detail-head">
        <h2>{titleOf(finding.code, t)}</h2>
        <div class="actions">
          {path !== null && parseAddress(path) !== null && (
            <Button small onClick={() => void app.go(path)}>
              {t.findings.show}
            </Button>
          )}
        </div>
        <div class="path mono">
          {path !== null ? (
            <BreakablePath path={path} />
          ) : isMerge(finding) ? (
            finding.note
          ) : offset === null ? (
            source
          ) : (
            t.findings.at(source, hexOffset(offset))
          )}
        </div>
      </div>
      <section class="detail-section">
        <p>{whyOf(finding, t)}</p>
      </section>
      {isMerge(finding) && <EvidenceTable evidence={finding.evidence} path={path} strangers={strangers} />}
      {isMerge(finding) ? <Proposed finding={finding} /> : <FactList facts={withoutPath(finding.facts ?? {})} />}
    </>
  );
}

/** The path stands in the head. */
function withoutPath({ path: _path, ...facts }: Facts): Facts {
  return facts;
}

interface FindingDetailProps {
  readonly finding: Finding | MergeFinding | null;
  readonly strangers?: Strangers;
}

export function FindingDetail({ finding, strangers = NONE }: FindingDetailProps) {
  const app = useApp();
  const t = useText();
  return (
    <aside class="detail" aria-label={t.detail.label}>
      <Splitter width={app.settings.detailWidth} label={t.split.detail} min={280} max={800} standard={376} side={-1} />
      <section class="detail-scroll" id="detail" {...SCROLLABLE} aria-label={t.detail.label}>
        {finding === null ? (
          <EmptyState icon="list" title={t.detail.nothing} text={t.findings.choose} />
        ) : (
          <Content finding={finding} strangers={strangers} />
        )}
      </section>
    </aside>
  );
}
