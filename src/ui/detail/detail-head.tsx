import type { ComponentChildren } from 'preact';
import { type Address, spellings } from '../../store/paths.ts';
import { useText } from '../context.ts';
import { BreakablePath } from '../widgets/controls.tsx';
import { MenuButton } from '../widgets/menu.tsx';
import { useCopy } from '../widgets/tree-grid.tsx';

interface DetailHeadProps {
  title: string;
  path: string;
  address: Address;
  children?: ComponentChildren;
}

export function DetailHead({ title, path, address, children }: DetailHeadProps) {
  const t = useText();
  const copy = useCopy();
  return (
    <div class="detail-head">
      <h2>{title}</h2>
      <div class="actions">
        {children}
        <MenuButton
          icon="copy"
          label={t.top.copyPathAs}
          items={() => [
            { kind: 'head', text: t.top.copyPathAs },
            ...spellings(address).map((text) => ({ text, mono: true, run: () => copy(text) })),
          ]}
        />
      </div>
      {path !== title && (
        <div class="path mono">
          <BreakablePath path={path} />
        </div>
      )}
    </div>
  );
}
