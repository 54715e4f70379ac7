/** The six steps of precedence, with the one that decides in bold. */
import type { WhyStep } from '../../engine/api.ts';
import { useText } from '../context.ts';

export function Why({ steps }: { steps: readonly WhyStep[] }) {
  const t = useText();
  return (
    <section class="detail-section">
      <h3>{t.detail.why}</h3>
      <ol class="steps">
        {steps.map((step) => (
          <li key={step.step} class={step.result === 'decides' ? 'decides' : undefined}>
            <span>
              {t.detail.steps[step.step]}
              {step.rule !== null && <span class="mono step-rule">{step.rule.pattern}</span>}
            </span>
            <span class="result">{t.detail.results[step.result]}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
