import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { HAS_BROWSER, startBrowser } from '../../src/testing/browser.js';
import { start, type Started } from '../../src/testing/programs.js';

/** The program itself, its worker and its recordings, as `npm start` runs them; the first thing ever done with it. */
(HAS_BROWSER ? describe : describe.skip)('a first day with the panel (needs Chromium)', () => {
  let dataDir: string;
  let server: Started;
  let browser: Browser;
  let page: Page;
  let url: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'atelier-journey-'));
    server = start('start', [], {
      ATELIER_DATA_DIR: dataDir,
      PORT: '0',
      ATELIER_MODEL: 'rehearsal:studio',
    });
    await server.says(/password\s+\S+/);
    url = /panel\s+(\S+)/.exec(server.stdout())?.[1] ?? '';
    browser = await startBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(60_000);
  });
  afterAll(async () => {
    await browser.close();
    server.signal('SIGTERM');
    await server.ended;
    await rm(dataDir, { recursive: true, force: true });
  });

  const press = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).first().click();
  const inDialog = (name: string | RegExp) =>
    page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
  const goTo = (name: string) => page.getByRole('navigation').getByRole('link', { name }).click();

  it('signs in with the login that the first start printed', async () => {
    await page.goto(url);
    const secret = /password\s+(\S+)/.exec(server.stdout())?.[1] ?? '';
    await page.getByLabel('E-mail address').fill(/e-mail\s+(\S+)/.exec(server.stdout())?.[1] ?? '');
    await page.getByLabel('Password').fill(secret);
    await press('Sign in');
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    expect(secret.length).toBeGreaterThan(12);
  });

  it('submits a mission, sends it back with a comment, and approves what comes', async () => {
    await page.getByRole('link', { name: 'New mission' }).first().click();
    await page.getByRole('textbox', { name: /^Mission/ }).fill('A URL shortener with click statistics');
    await press('Start the mission');
    await page.getByRole('link', { name: 'Review and decide' }).first().click();
    await press('Request changes');
    await page.getByLabel(/^What has to change/).fill('Links must expire after a month.');
    await press('Send the request');
    await page.getByRole('link', { name: 'Review revision 2' }).click();
    await page.getByText('revision 2').first().waitFor();
    await press('Approve');
    await press('Confirm approval');
    await page.getByRole('link', { name: 'Watch the mission' }).click();
    await page.getByText('completed').first().waitFor();
    expect(page.url()).toContain('/admin/pages/session?id=');
  });

  it('activates a prompt and rolls it back', async () => {
    await goTo('Prompts');
    await page
      .getByRole('link', { name: /Product Manager/ })
      .first()
      .click();
    await page.getByRole('link', { name: 'New draft from this' }).click();
    const text = page.getByLabel('Text of the prompt');
    await text.fill(`${await text.inputValue()}\n\nBe brief.\n`);
    await press('Save as a draft …');
    await page.getByRole('dialog').getByLabel('What is new').fill('Brevity');
    await inDialog('Save the draft');
    await press('Activate version 2');
    await inDialog('Activate version 2');
    await press('Roll back to version 1');
    await inDialog('Roll back to version 1');
    await page.getByRole('button', { name: 'Activate version 2' }).first().waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('finds all of it in the audit log', async () => {
    await goTo('Audit log');
    const table = page.getByRole('table').first();
    await table.waitFor();
    for (const event of [
      'session created',
      'session changes requested',
      'session approved',
      'prompt activated',
      'prompt rolled back',
    ])
      await table.getByText(event, { exact: true }).first().waitFor();
    await page.getByRole('button', { name: /Verify/ }).click();
    await press('Verify the chain');
    await page.getByText(/^All \d+ rows are as they were written/).waitFor();
    expect(await table.getByRole('row').count()).toBeGreaterThan(10);
  });
});
