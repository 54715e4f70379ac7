/** English for the registry: hives, the views that Windows makes of them, files of keys, comparisons. */
import { plural } from './plural.ts';

export const enRegistry = {
  registry: {
    stack: (path: string) => `Layers of ${path}`,
    modes: { merge: 'merge', baseOnly: 'base only', replace: 'replace', never: 'never' },
    mode: 'hive mode',
    hiveStates: { clean: 'clean', recovered: 'log replayed', dirtyNoLog: 'not clean, no log' },
    user: 'current user',
    sides: { user: 'user', machine: 'machine', both: 'both' },
    sideHint: {
      user: 'From the classes of the current user',
      machine: 'From the classes of the machine',
      both: 'From the classes of the machine, below those of the current user',
    },
    really: 'Stands for',
    linkTarget: 'Link to',
    words: { bcd: 'Boot store', amcache: 'Amcache' },
    menu: {
      label: (name: string) => `Key ${name}`,
      button: 'Save or copy this key',
      export: 'Save with all below as',
      formats: { reg: 'Registration file (.reg)', json: 'JSON', csv: 'CSV', hive: 'New hive' },
      copyReg: 'Copy as .reg',
      copyPath: 'Copy path',
    },
    copied: (name: string) => `${name} is on the clipboard as .reg text`,
    without: (name: string, count: number) =>
      `${name}: ${count} ${plural('en', count, { one: 'item that the file cannot hold was', other: 'items that the file cannot hold were' })} left out`,
  },
};
export type RegistryWords = typeof enRegistry;
