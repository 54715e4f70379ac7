/** 简体中文: 打开的方案与当前视图的比较。 */
import type { PlanCheckWords } from './en-plan-check.ts';

export const zhPlanCheck: PlanCheckWords = {
  planView: {
    title: '与当前视图比较',
    same: (count) => `方案得到的正是此处显示的视图：${count} 个条目。`,
    differs: (count, all) => `方案得到另一个视图：${all} 个条目中有 ${count} 个不同。`,
    refused: (why) => `无法在这些层上重放方案：${why}。`,
    absent: '无法重放方案：它的层没有全部打开。',
    stale: '此后层或规则已更改。',
    again: '重新比较',
    extra: (layer) => `${layer} 不是方案中的层。`,
    rules: '不同的规则',
    change: { onlyPlan: '仅在方案中', onlyHere: '仅在此处', moved: '顺序不同' },
    entries: '不同的条目',
    here: '此处',
    plan: '按方案',
    nothing: '无',
    kinds: { dir: '文件夹', file: '文件', link: '链接', key: '注册表项', value: '值' },
    of: (kind, layer) => `${kind}，来自 ${layer}`,
    more: (count) => `另有 ${count} 个未列出。`,
  },
};
