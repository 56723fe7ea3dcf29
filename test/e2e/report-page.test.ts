import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openBrowser } from '../helpers/browser.ts';
import { seatrial } from './cli.ts';
import { program } from './programs.ts';
import { CACHE, makeWorkspace } from './workspace.ts';

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const CHECKS = fs.readFileSync(program('page-checks.js'), 'utf8');

const NAMES = [
  'adds a user',
  '<img src="http://example.invalid/x.png" onerror="document.title = \'broken\'"><script>document.title = "broken"</script></table>',
  'שלום: a name from right to left, and \u202Eone that turns what follows',
  '👩‍👩‍👧‍👦🏴‍☠️ emoji 🚢',
  `${'a_long_word_'.repeat(40)}end`,
  'many words '.repeat(60),
  '"quotes" & \'apostrophes\' &amp; entities\u0000\u001b[31m',
];
const SUITE = `
import { expect, test } from 'vitest';
const url = process.env.REDIS_URL; // a worker leases when it looks
const names = ${JSON.stringify(NAMES)};
test.for(names)('%s', () => {});
test('fails with a long word', () => { throw new Error('w'.repeat(10_000)); });
test('fails with many lines', () => { throw new Error(Array.from({ length: 300 }, (_, line) => 'line ' + line + ' </pre><h2>not a heading</h2>').join('\\n')); });
test('fails with ' + names[2], () => expect('שלום').toBe('peace'));
test('skips itself', (context) => { context.skip('not today'); });
`;

/** One run whose tests are called as nobody expects; its page as a reader would see it. */
test('The summary of a run is one page that no test name can break, at any width, light and dark', async (context) => {
  const browser = await openBrowser(context);
  const workspace = makeWorkspace({
    'seatrial.yaml': CACHE,
    'package.json': '{"name":"shop","type":"module"}',
    'a.test.js': SUITE,
    [`deep/${'folder-with-a-long-name-'.repeat(6)}/${'x'.repeat(100)}.test.js`]: SUITE,
    'שלום & co.test.js': SUITE,
  });
  const { code, stderr } = await seatrial(workspace, [
    'run',
    '--isolation',
    'rewind',
    '--report',
    'out',
    '--',
    'node',
    VITEST,
    'run',
    '--maxWorkers=1', // whose processes, one for each file, have one lease after the other
  ]);
  expect(code, stderr).toBe(1);

  const troubles: string[] = [];
  const requests: string[] = [];
  const page = await browser.newPage();
  page.on('console', (message) => void troubles.push(message.text()));
  page.on('pageerror', (error) => void troubles.push(String(error)));
  page.on('request', (request) => void requests.push(request.url()));
  const file = path.join(workspace.project, 'out/summary.html');
  await page.goto(pathToFileURL(file).href);

  expect(await page.title()).toBe('shop: failed');
  expect(await page.locator('h1').textContent()).toBe('shop: failed');
  expect(await page.locator('h2').allInnerTexts()).toEqual(['Failed 9', 'Leases 1', 'Tests 33']);
  expect(await page.locator('img, script').count()).toBe(0);
  const cells = await page.locator('table').last().locator('tbody tr td:first-child').allInnerTexts();
  for (const name of NAMES.slice(0, 6)) expect(cells).toContain(name.trim());
  expect(await page.locator('tbody td.failed').count()).toBe(9);
  expect(await page.locator('tbody td.number').filter({ hasText: / ms$/ }).count()).toBeGreaterThan(30);
  const messages = await page.locator('article pre').allInnerTexts();
  expect(messages.filter((text) => text.includes('w'.repeat(10_000)))).toHaveLength(3);

  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await check(page, 'faintestContrast'), colorScheme).toBeGreaterThanOrEqual(4.5);
    for (const width of [1280, 400]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await check(page, 'overflowing'), `${colorScheme}, ${width}`).toEqual([]);
      if (process.env.SEATRIAL_TEST_SCREENSHOTS)
        await page.screenshot({ path: `${process.env.SEATRIAL_TEST_SCREENSHOTS}/${colorScheme}-${width}.png`, fullPage: true });
    }
  }
  expect(troubles).toEqual([]);
  expect(requests).toEqual([page.url()]);
});

/** Calls a function of programs/page-checks.js, in the page. */
function check<T>(page: Page, call: string): Promise<T> {
  return page.evaluate(`${CHECKS}\n${call}()`);
}
