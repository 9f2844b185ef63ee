import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measurementPage } from '../../src/report/measurement-page.ts';
import { drift, evaluation, fairness, HOSTILE } from '../report/measurement-examples.ts';
import { temporaryDirectory } from '../support/git.ts';

const BROWSER = spawnSync('sh', ['-c', 'command -v chromium || command -v google-chrome'], { encoding: 'utf8' });
const executablePath = BROWSER.stdout.trim();
const onCi = process.env['CI'] === 'true';
if (executablePath === '' && !onCi) console.warn('no chromium here: pages are not looked at in a browser');

const PAGES = { drift, evaluation, fairness };
const FACTS = { measuredAt: new Date('2026-03-01T12:00:00Z'), attached: null };
const SIZES = [
  { width: 360, colorScheme: 'dark' },
  { width: 1200, colorScheme: 'light' },
] as const;

describe.skipIf(executablePath === '' && !onCi)('a page of a measurement, in a browser', () => {
  let browser: Browser | undefined;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(async () => browser?.close());

  async function open(name: keyof typeof PAGES, how: (typeof SIZES)[number]): Promise<{ page: Page; heard: string[] }> {
    const file = join(temporaryDirectory('mreg-page'), 'page.html');
    writeFileSync(file, measurementPage(PAGES[name], FACTS));
    const { width, colorScheme } = how;
    const page = await browser!.newPage({ viewport: { width, height: 800 }, colorScheme });
    const heard: string[] = [];
    page.on('console', (message) => heard.push(message.text()));
    page.on('pageerror', (error) => heard.push(error.message));
    page.on('dialog', (dialog) => heard.push(`dialog ${dialog.message()}`));
    page.on('request', (request) => heard.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    return { page, heard: heard.filter((each) => each !== pathToFileURL(file).href) };
  }

  const cases = Object.keys(PAGES).flatMap((name) =>
    SIZES.map((size) => ({ name: name as keyof typeof PAGES, ...size })),
  );

  it.each(cases)('$name at $width pixels, $colorScheme: asks for nothing, fits, and can be read', async (given) => {
    const { page, heard } = await open(given.name, given);
    expect(heard).toEqual([]);
    expect(await page.evaluate(LAYOUT)).toEqual({ overflow: 0, outside: [], pale: [], active: 0, drawings: true });
    expect(await page.evaluate('document.body.innerText')).toContain('Measure again');
    expect(await page.title()).not.toBe('pwned');
    await page.close();
  });

  it('shows a hostile name as the text that it is', async () => {
    const { page } = await open('fairness', SIZES[1]);
    expect(await page.evaluate('document.body.innerText')).toContain(HOSTILE);
    await page.close();
  });
});

/** Runs in the page: what lies beyond an edge, what is too pale to read, what could act. */
const LAYOUT = `(() => {
  for (const each of document.querySelectorAll('details')) each.open = true;
  const root = document.documentElement;
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = numbers(colour).slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (at instanceof HTMLElement && numbers(colour)[3] !== 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const pale = [], outside = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || node.closest('title,desc')) continue;
    const style = getComputedStyle(node);
    const [a, b] = [light(node instanceof SVGElement ? style.fill : style.color), light(behind(node))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) pale.push(texts.currentNode.data + ' ' + contrast);
  }
  for (const svg of document.querySelectorAll('svg')) {
    const box = svg.getBoundingClientRect();
    if (box.width === 0 || box.left < 0 || box.right > innerWidth + 0.5) outside.push(svg.querySelector('title').textContent);
    for (const each of svg.querySelectorAll('text,rect,path,circle,line')) {
      const own = each.getBoundingClientRect();
      if (own.left < box.left - 1 || own.right > box.right + 1 || own.top < box.top - 1 || own.bottom > box.bottom + 1)
        outside.push(each.outerHTML);
    }
  }
  const active = document.querySelectorAll('script,img,iframe,link,object,a,[onerror],[onload],[onclick]').length;
  const drawings = [...document.querySelectorAll('svg')].every((svg) => svg.querySelector(':scope>title') && svg.querySelector(':scope>desc'));
  return { overflow: root.scrollWidth - root.clientWidth, outside, pale, active, drawings };
})()`;
