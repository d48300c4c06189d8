import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { createPanel } from '../../admin/index.js';
import type { AppOverrides } from '../app.js';
import type { UserRole } from '../core/vocabulary.js';
import { createHttpServer } from '../http/server.js';
import { SESSION_COOKIE } from '../http/session-cookie.js';
import type { Caller } from '../services/sessions.js';
import { startTestApp, type TestApp } from './app.js';

/** Debian's Chromium; elsewhere the tests in it are skipped by name. */
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
export const HAS_BROWSER = CHROMIUM !== undefined;

/** Where pictures of the pages are kept for people to look at. */
export const SCREENSHOTS = fileURLToPath(new URL('../../test-output/screenshots/', import.meta.url));

/** The widths at which every page is looked at: a desk's and a phone's. */
const WIDTHS = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;

/** A person in a browser of their own. */
export interface Visitor {
  caller: Caller;
  context: BrowserContext;
  page: Page;
  /** Opens a page of the panel by its path below /admin and waits until it has loaded what it shows. */
  open: (path: string) => Promise<void>;
}

/** The panel on a real server over a real App, and a browser to look at it. */
export interface PanelLab {
  test: TestApp;
  url: string;
  /** A new person with a role who is signed in, at desk width unless said otherwise. */
  signIn(role: UserRole, width?: keyof typeof WIDTHS): Promise<Visitor>;
  /** Somebody who is not signed in. */
  stranger(): Promise<{ context: BrowserContext; page: Page }>;
  /** Takes pictures of a page at both widths, as `<name>-desk.png` and `<name>-phone.png`. */
  shot(page: Page, name: string): Promise<void>;
  /** What was wrong in any page so far: console errors, exceptions, blocked or foreign requests. Empties the list. */
  complaints(): string[];
  close(): Promise<void>;
}

/** Serves the panel and starts Chromium. Needs `npm run build` before it. */
export async function openPanel(
  overrides: AppOverrides = {},
  env: NodeJS.ProcessEnv = {},
): Promise<PanelLab> {
  const test = await startTestApp(overrides, { PORT: '0', ATELIER_ALLOW_UNSANDBOXED: '1', ...env });
  const server = await createHttpServer(test.app, { mounts: [await createPanel(test.app)] }).listen();
  const browser = await startBrowser();
  const heard: string[] = [];
  const newPage = async (width: keyof typeof WIDTHS) => {
    const context = await browser.newContext({ viewport: WIDTHS[width], baseURL: server.url });
    const page = await context.newPage();
    listen(page, server.url, heard);
    return { context, page };
  };
  return {
    test,
    url: server.url,
    async signIn(role, width = 'desk') {
      const caller = await test.person(role);
      const { token } = await test.app.accounts.createToken(caller, { name: 'login' });
      const { context, page } = await newPage(width);
      await context.addCookies([{ name: SESSION_COOKIE, value: token, url: server.url }]);
      return {
        caller,
        context,
        page,
        async open(path) {
          await page.goto(`/admin${path}`);
          await settled(page);
        },
      };
    },
    stranger: () => newPage('desk'),
    async shot(page, name) {
      await mkdir(SCREENSHOTS, { recursive: true });
      const before = page.viewportSize();
      for (const [width, size] of Object.entries(WIDTHS)) {
        await page.setViewportSize(size);
        await settled(page);
        await page.screenshot({ path: join(SCREENSHOTS, `${name}-${width}.png`) });
      }
      if (before) await page.setViewportSize(before);
    },
    complaints: () => heard.splice(0),
    async close() {
      await browser.close();
      await server.close();
      await test.close();
    },
  };
}

/** Chromium, as the tests need it. */
export async function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Waits until nothing on the page says that it is still loading. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main').first().waitFor();
  await page.locator('.at-loading').first().waitFor({ state: 'detached' });
}

function listen(page: Page, url: string, heard: string[]): void {
  page.on('console', (message) => {
    // A refusal that the page shows is no fault of the page; Chromium notes each one by itself.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) heard.push(message.text());
  });
  page.on('pageerror', (error) => heard.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    const target = new URL(request.url());
    if (!['data:', 'blob:'].includes(target.protocol) && target.origin !== url)
      heard.push(`asks another host: ${request.url()}`);
  });
}

/** What axe finds wrong on a page, serious or worse, as `rule: where`. */
export async function violations(page: Page): Promise<string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  // Runs in the page's world beside its policy, as a browser's extension would.
  await page.evaluate(source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run: () => Promise<{
          violations: { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] }[];
        }>;
      };
    };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary}`),
      );
  });
}

/** How far the page can be scrolled sideways, in pixels; 0 on a page that fits. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const root = (
      globalThis as unknown as { document: { documentElement: { scrollWidth: number; clientWidth: number } } }
    ).document.documentElement;
    return root.scrollWidth - root.clientWidth;
  });
}
