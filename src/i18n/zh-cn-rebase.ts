/** 简体中文: 更换系统层。 */
import type { RebaseWords } from './en-rebase.ts';

export const zhRebase: RebaseWords = {
  rebase: {
    what: '更换系统层',
    base: '新的系统层',
    choose: '选择新的系统层',
    present: (name) => `当前系统层：${name}`,
    steps: {
      scan: '正在读取新的系统层',
      hives: '正在读取其注册表',
      compare: '正在比较两个系统层',
      programs: '正在读取程序版本',
    },
    totals: (changed, added, removed, values, gone) =>
      `新的系统层：${changed} 个文件已更改，${added} 个新增，${removed} 个移除；${values} 个注册表值更改或新增，${gone} 个移除。`,
    unread: (programs) => `有 ${programs} 个程序的版本未读取。`,
    formats: { markdown: 'Markdown', csv: 'CSV', json: 'JSON' },
    nothing: '换一个系统层会怎样？',
    nothingWhy: '选择系统层的另一个版本：某一层，或已打开文件中的映像。上面的层保持不变；报告列出它们遮蔽了哪些改动。',
    clean: '没有遮蔽',
    cleanWhy: '新系统层的所有改动都可见。',
    use: '立即使用此系统层',
  },
  swap: {
    label: '正在试用另一个系统层',
    tried: (name, instead) => `试用：以 ${name} 代替 ${instead}。`,
    differ: (files, keys, gone) =>
      `它改变了 ${files} 个文件和文件夹、${keys} 个注册表项${gone === null ? '' : `；${gone} 个不再显示`}。`,
    nothing: '它没有改变任何显示的内容。',
    only: '仅显示它改变的内容',
    undo: '撤回',
    mark: '由试用的系统层改变',
  },
};
