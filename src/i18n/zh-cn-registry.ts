/** 注册表的简体中文：配置单元、Windows 派生的视图、导出与比较。 */
import type { RegistryWords } from './en-registry.ts';

export const zhRegistry: RegistryWords = {
  registry: {
    stack: (path) => `${path} 的各层`,
    modes: { merge: '合并', baseOnly: '仅系统层', replace: '替换', never: '不合并' },
    mode: '配置单元方式',
    hiveStates: { clean: '正常', recovered: '已重放日志', dirtyNoLog: '未正常关闭，无日志' },
    user: '当前用户',
    sides: { user: '用户', machine: '计算机', both: '两者' },
    sideHint: {
      user: '来自当前用户的类',
      machine: '来自计算机的类',
      both: '来自计算机的类，位于当前用户的类之下',
    },
    really: '实际位置',
    linkTarget: '链接到',
    words: { bcd: '启动配置', amcache: 'Amcache' },
    menu: {
      label: (name) => `项 ${name}`,
      button: '保存或复制此项',
      export: '连同下级另存为',
      formats: { reg: '注册文件 (.reg)', json: 'JSON', csv: 'CSV', hive: '新配置单元' },
      copyReg: '复制为 .reg',
      copyPath: '复制路径',
    },
    copied: (name) => `${name} 已作为 .reg 文本复制`,
    without: (name, count) => `${name}：有 ${count} 个条目无法写入该文件，已略过`,
  },
};
