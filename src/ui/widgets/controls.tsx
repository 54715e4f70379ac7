/** Small controls that look the same everywhere. */
import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';

interface IconButtonProps {
  icon: IconName;
  label: string;
  onClick: (event: MouseEvent) => void;
  small?: boolean;
  disabled?: boolean;
  class?: string;
  pressed?: boolean;
}

export function IconButton({ icon, label, onClick, small, disabled, class: extra, pressed }: IconButtonProps) {
  return (
    <button
      type="button"
      class={`icon-button${small ? ' small' : ''}${extra === undefined ? '' : ` ${extra}`}`}
      aria-label={label}
      aria-pressed={pressed}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

interface ButtonProps {
  children: ComponentChildren;
  onClick: () => void;
  primary?: boolean;
  small?: boolean;
  disabled?: boolean;
  icon?: IconName;
  autofocus?: boolean;
}

export function Button({ children, onClick, primary, small, disabled, icon, autofocus }: ButtonProps) {
  return (
    <button
      type="button"
      class={`button${primary ? ' primary' : ''}${small ? ' small' : ''}`}
      disabled={disabled}
      onClick={onClick}
      data-autofocus={autofocus ? '' : undefined}
    >
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

export function LinkButton({ children, onClick }: { children: ComponentChildren; onClick: () => void }) {
  return (
    <button type="button" class="link-button" onClick={onClick}>
      {children}
    </button>
  );
}

interface SelectProps<T extends string> {
  value: T;
  label: string;
  options: readonly { readonly value: T; readonly text: string }[];
  onChange: (value: T) => void;
  disabled?: boolean;
}

export function Select<T extends string>({ value, label, options, onChange, disabled }: SelectProps<T>) {
  return (
    <span class="select">
      <select
        value={value}
        aria-label={label}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.value as T)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
      <Icon name="down" />
    </span>
  );
}

/** A path that breaks after backslashes only. */
export function BreakablePath({ path }: { path: string }) {
  const parts = path.split('\\');
  return (
    <>
      {parts.map((part, i) => (
        <span key={i}>
          {i > 0 && <wbr />}
          <span class="no-break">{i < parts.length - 1 ? `${part}\\` : part}</span>
        </span>
      ))}
    </>
  );
}

export function ProgressBar({ done, total, label }: { done: number; total: number | null; label: string }) {
  if (total === null || total <= 0) return null;
  const share = Math.max(0, Math.min(1, done / total));
  return (
    <div
      class="progress"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
    >
      <i style={{ width: `${share * 100}%` }} />
    </div>
  );
}
