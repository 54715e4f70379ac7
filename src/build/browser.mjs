// Finds a Chromium for the end-to-end tests, and gets one when there is none: the system's, else Playwright's own
// download, else Debian's package when we are root. Usage as a script: prints the path or exits 1 with what to do.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

/** Debian's /usr/bin/chromium is a shell wrapper that adds flags; the binary behind it comes first. */
function candidates() {
  const env = process.env;
  const list = [env.CHROMIUM, '/usr/lib/chromium/chromium', '/usr/lib/chromium-browser/chromium-browser'];
  for (const dir of (env.PATH ?? '').split(path.delimiter))
    for (const name of ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge'])
      list.push(path.join(dir, name));
  list.push(
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  );
  for (const base of [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA])
    if (base)
      for (const tail of ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe'])
        list.push(path.join(base, tail));
  return list.filter((file) => file !== undefined && file !== '');
}

/** Path of a usable browser, or null. */
export async function findBrowser() {
  for (const file of candidates()) if (existsSync(file)) return file;
  const { chromium } = await import('@playwright/test');
  const own = chromium.executablePath();
  return own !== '' && existsSync(own) ? own : null;
}

/** As `findBrowser`, but installs one when there is none. @throws with what to do when that fails too */
export async function ensureBrowser() {
  const found = await findBrowser();
  if (found !== null) return found;
  console.log('No Chromium found: asking Playwright for one ...');
  const cli = path.join(import.meta.dirname, '../../node_modules/@playwright/test/cli.js');
  spawnSync(process.execPath, [cli, 'install', 'chromium'], { stdio: 'inherit', timeout: 300_000 });
  let now = await findBrowser();
  if (now === null && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log('Installing the chromium package ...');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env });
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], { stdio: 'inherit', env });
    now = await findBrowser();
  }
  if (now === null) throw new Error('No Chromium, Chrome or Edge was found. Install one, or set CHROMIUM to its path.');
  return now;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    console.log(await ensureBrowser());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
