import { expect, test } from 'vitest';
import { mountText } from './mount-text.ts';

test('an image of Windows is told apart by edition, build, architecture and language', () => {
  const facts = { edition: 'Enterprise', build: '10.0.26100.2033', arch: 'x64', defaultLanguage: 'de-DE' };
  expect(mountText('Windows 11 Enterprise', facts)).toBe('Windows 11 Enterprise · 10.0.26100.2033 · x64 · de-DE');
  expect(mountText('Image 1', { edition: 'Core' })).toBe('Image 1 · Core');
  expect(mountText('Data', { arch: 'x64', build: 7 })).toBe('Data');
});
