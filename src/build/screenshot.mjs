// npm run screenshot: takes the README's picture of the sample from the built app, as a person at 1440x900 sees it.
import path from 'node:path';
import { chromium } from '@playwright/test';
import { preview } from 'vite';
import { ensureBrowser } from './browser.mjs';
import { buildAll } from './build.mjs';

const file = path.join(import.meta.dirname, '../../public/screenshot.png');
await buildAll({ ifNeeded: true, quiet: true });
const server = await preview({ configFile: 'vite.config.ts', logLevel: 'warn', preview: { port: 0 } });
const browser = await chromium.launch({
  executablePath: await ensureBrowser(),
  args: ['--disable-gpu', '--disable-background-networking'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', timezoneId: 'UTC' });
  await page.goto(`${server.resolvedUrls.local[0]}?sample`);
  const files = page.getByRole('treegrid', { name: 'Merged files' });
  await files.getByRole('row', { name: /ProgramData/ }).waitFor();
  const address = page.getByRole('textbox', { name: 'Address' });
  for (const place of [
    'ProgramData\\Contoso\\Templates\\ann.cvt',
    'Program Files\\Contoso\\Viewer\\plugins\\svg.dll',
    'Program Files\\Contoso\\Viewer\\render.dll',
  ]) {
    await files.focus();
    await page.keyboard.press('Alt+d');
    await address.fill(`C:\\${place}`);
    await address.press('Enter');
    await page
      .getByRole('region', { name: 'Details' })
      .getByRole('heading', { name: place.split('\\').at(-1) })
      .waitFor();
  }
  await page.getByText('1.8.2.7').first().waitFor();
  await page.screenshot({ path: file });
  console.log(file);
} finally {
  await browser.close();
  await server.close();
}
