import { type Browser, chromium } from 'playwright-core';
import { onTestFinished, type TestContext } from 'vitest';
import { findProgram } from '../../src/util/tool-path.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** It asks nobody for anything, and needs no user namespaces: it only opens pages of ours. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser of this machine, without a window; closed after the test. */
export async function openBrowser(context: TestContext): Promise<Browser> {
  const search = process.env.PATH ?? '';
  const executablePath = NAMES.map((name) => findProgram(name, search, process.cwd())).find((found) => found !== undefined);
  if (!executablePath) return context.skip('no Chromium on this machine');
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  onTestFinished(() => browser.close());
  return browser;
}
