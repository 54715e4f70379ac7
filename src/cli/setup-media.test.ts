/** Windows setup media: the disc lists as a disc, its images open by selector, and are what one is asked to choose among. */
import { beforeAll, describe, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { buildIso } from '../testing/iso-builder.ts';
import { buildUdf } from '../testing/udf-builder.ts';
import { buildWim } from '../testing/wim-builder.ts';

const inputs = new Inputs();
const bytes = (text: string) => new TextEncoder().encode(text);
const image = (name: string, file: string) => ({ name, root: { name: '', dir: [{ name: file, data: bytes(file) }] } });
const root = () => [
  { name: 'setup.exe', data: bytes('MZ') },
  {
    name: 'sources',
    dir: [
      { name: 'boot.wim', data: buildWim({ images: [image('Setup', 'startnet.cmd')] }) },
      { name: 'install.wim', data: buildWim({ images: [image('Home', 'home.txt'), image('Pro', 'pro.txt')] }) },
    ],
  },
];
const files: Record<string, string> = {};
beforeAll(() => {
  files['iso'] = inputs.add('disc.iso', buildIso({ root: root(), joliet: true }).bytes);
  files['udf'] = inputs.add('disc.udf', buildUdf({ root: root() }).bytes);
});

describe.each(['iso', 'udf'])('%s', (kind) => {
  const ls = (selector: string, ...args: string[]) =>
    objects(cli(['ls', `${files[kind]}${selector}`, '--json', ...args]).out).map(({ path }) => path);

  test('the disc itself needs no selector', () => {
    expect(ls('', '-r')).toContain('sources\\install.wim');
  });

  test('an image inside opens by its path and number', () => {
    expect(ls('::sources\\install.wim::2')).toEqual(['pro.txt']);
    expect(ls('::sources\\boot.wim::1')).toEqual(['startnet.cmd']);
  });

  test('info tells of the images, what is installed before what is started', () => {
    const { out } = cli(['info', files[kind]!]);
    expect(out.indexOf('install.wim')).toBeGreaterThan(0);
    expect(out.indexOf('install.wim')).toBeLessThan(out.indexOf('boot.wim'));
    expect(out).toContain('Pro');
  });
});
