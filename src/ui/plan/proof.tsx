/** Whether something held, in one line. */
import { Icon } from '../widgets/icon.tsx';
import { SeverityIcon } from '../widgets/signs.tsx';

export function Proof({ good, text }: { good: boolean; text: string }) {
  return (
    <p class={good ? 'proof good' : 'proof bad'}>
      {good ? <Icon name="check" /> : <SeverityIcon severity="error" />}
      <span>{text}</span>
    </p>
  );
}
