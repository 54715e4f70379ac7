/** What is the case, why, and one way out. */
import { LinkButton } from './controls.tsx';
import { Icon, type IconName } from './icon.tsx';

interface EmptyStateProps {
  icon: IconName;
  title: string;
  text?: string;
  action?: string;
  onAction?: () => void;
}

export function EmptyState({ icon, title, text, action, onAction }: EmptyStateProps) {
  return (
    <div class="empty-state">
      <Icon name={icon} />
      <strong>{title}</strong>
      {text !== undefined && <p>{text}</p>}
      {action !== undefined && onAction !== undefined && <LinkButton onClick={onAction}>{action}</LinkButton>}
    </div>
  );
}
