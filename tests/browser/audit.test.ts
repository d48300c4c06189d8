import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HAS_BROWSER, openPanel, overflow, violations, type PanelLab } from '../../src/testing/browser.js';

(HAS_BROWSER ? describe : describe.skip)('the audit log', () => {
  let lab: PanelLab;
  beforeAll(async () => {
    lab = await openPanel();
    const admin = await lab.test.person('admin');
    for (let n = 1; n <= 60; n += 1)
      await lab.test.app.settings.set('maxIterations', 1 + (n % 9), { userId: admin.userId, ip: '10.1.2.3' });
    await lab.test.app.accounts.createUser(admin, {
      email: 'formula@example.org',
      name: '=cmd|calc',
      password: 'a long password',
    });
  });
  afterAll(async () => lab.close());

  it('shows the newest rows first, filters, opens details and goes on', async () => {
    const { open, page } = await lab.signIn('admin');
    await open('/pages/audit');
    const rows = page.locator('.at-audit tbody tr');
    expect(await rows.count()).toBe(50);
    await page.getByRole('button', { name: 'Show more' }).click();
    await rows.nth(60).waitFor();
    expect(await rows.getByText('user created').count()).toBeGreaterThan(0);
    await lab.shot(page, 'audit');
    expect(await violations(page)).toEqual([]);

    await page.getByLabel('Event').fill('user_created');
    await page.getByLabel('Text').fill('formula@');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.waitForURL(/eventType=user_created/);
    await page.locator('.at-audit tbody tr').first().waitFor();
    expect(await rows.count()).toBe(1);
    await page.getByRole('button', { name: /Details of row/ }).click();
    await page.locator('pre', { hasText: 'formula@example.org' }).waitFor();
    await lab.shot(page, 'audit-details');
    expect(lab.complaints()).toEqual([]);
  });

  it('exports what is filtered, with formulas made harmless', async () => {
    const { open, page } = await lab.signIn('admin');
    await open('/pages/audit?eventType=settings_changed');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^audit-.*\.csv$/);
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
    expect(lines).toHaveLength(61);
    for (const line of lines.slice(1)) expect(line).toContain('"settings_changed"');
  });

  it('checks the chain, and names the first row that is broken', async () => {
    const { open, page } = await lab.signIn('admin');
    await open('/pages/audit');
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText('are as they were written').waitFor();
    await lab.shot(page, 'audit-whole');
    await lab.test.app.dataSource.transaction(async (manager) => {
      await manager.query(`SET LOCAL session_replication_role = replica`);
      await manager.query(`UPDATE audit_log SET details = '{"value": 50}' WHERE id = 30`);
    });
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText('The chain is broken at row 30').waitFor();
    expect(await page.getByRole('alert').innerText()).toContain('was changed after it was written');
    await lab.shot(page, 'audit-broken');
  });

  it('fits a phone', async () => {
    const { open, page } = await lab.signIn('admin', 'phone');
    await open('/pages/audit');
    await page.locator('.at-audit tbody tr').first().waitFor();
    expect(await overflow(page)).toBe(0);
  });

  it('is closed to an approver', async () => {
    const { page } = await lab.signIn('approver');
    expect((await page.goto('/admin/pages/audit'))?.status()).toBe(403);
    for (const path of ['/api/v1/audit', '/api/v1/audit/export'])
      expect((await page.request.get(path)).status()).toBe(403);
  });
});
