import type { SecurityInfo } from '../../engine/api.ts';
import { useText } from '../context.ts';

/** A security descriptor in words. `info` null: there is none. */
export function Security({ info }: { info: SecurityInfo | null }) {
  const t = useText();
  if (info === null) return <p class="faint">{t.detail.noSecurity}</p>;
  const kinds: Record<string, string> = t.detail.aceKinds;
  const words: Readonly<Record<string, string>> = t.accessRights;
  const spoken = (rights: string) => rights.split(', ').map((right) => words[right] ?? right);
  return (
    <table class="facts">
      <tbody>
        <tr>
          <th scope="row">{t.detail.facts.owner}</th>
          <td>{info.owner ?? t.detail.none}</td>
        </tr>
        <tr>
          <th scope="row">{t.detail.facts.group}</th>
          <td>{info.group ?? t.detail.none}</td>
        </tr>
        {info.aces.map((ace, i) => (
          <tr key={i}>
            <th scope="row">{kinds[ace.kind] ?? ace.kind}</th>
            <td>
              {ace.who}: {spoken(ace.rights).join(t.betweenRights)}
              {ace.inherited && <span class="faint"> {t.detail.inherited}</span>}
            </td>
          </tr>
        ))}
        <tr>
          <th scope="row">{t.detail.facts.sddl}</th>
          <td class="mono">{info.sddl}</td>
        </tr>
      </tbody>
    </table>
  );
}
