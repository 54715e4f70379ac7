/** English for an opened plan against what is shown. */
export const enPlanCheck = {
  planView: {
    title: 'Against the view here',
    same: (count: string) => `The plan gives just what is shown here: ${count} entries.`,
    differs: (count: string, all: string) => `The plan gives another view: ${count} of ${all} entries differ.`,
    refused: (why: string) => `The plan cannot be replayed over these layers: ${why}.`,
    absent: 'The plan cannot be replayed: not all of its layers are open here.',
    stale: 'Layers or rules have changed since.',
    again: 'Compare again',
    extra: (layer: string) => `${layer} is no layer of the plan.`,
    rules: 'Rules that differ',
    change: { onlyPlan: 'only in the plan', onlyHere: 'only here', moved: 'at another rank' },
    entries: 'Entries that differ',
    here: 'Here',
    plan: 'By the plan',
    nothing: 'nothing',
    kinds: { dir: 'folder', file: 'file', link: 'link', key: 'key', value: 'value' },
    of: (kind: string, layer: string) => `${kind} of ${layer}`,
    more: (count: string) => `${count} more are not listed.`,
  },
};
export type PlanCheckWords = typeof enPlanCheck;
