import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HAS_BROWSER, openPanel, overflow, violations, type PanelLab } from '../../src/testing/browser.js';

(HAS_BROWSER ? describe : describe.skip)('users and one’s own account', () => {
  let lab: PanelLab;
  beforeAll(async () => {
    lab = await openPanel();
  });
  afterAll(async () => lab.close());

  it('adds a user, whose one-time password is shown once and has to be changed', async () => {
    const { open, page } = await lab.signIn('admin');
    await open('/pages/users');
    await page.getByRole('button', { name: 'Add a user' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Grace Hopper');
    await page.getByLabel('E-mail address', { exact: true }).fill('grace@example.org');
    await page.locator('dialog').getByLabel('Role').selectOption('approver');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const secret = await page.getByTestId('secret').innerText();
    expect(secret.length).toBeGreaterThanOrEqual(20);
    await lab.shot(page, 'users-one-time-password');
    await page.getByRole('button', { name: 'I have it' }).click();
    await page.getByText('grace@example.org').waitFor();
    await page.reload();
    await page.getByText('grace@example.org').waitFor();
    expect(await page.content()).not.toContain(secret);
    expect(await violations(page)).toEqual([]);

    const { page: hers } = await lab.stranger();
    await hers.goto('/admin');
    await hers.locator('input[name=email]').fill('grace@example.org');
    await hers.locator('input[name=password]').fill(secret);
    await hers.getByRole('button', { name: 'Sign in' }).click();
    await hers.getByText('given to you by somebody else').waitFor();
    await hers.getByRole('link', { name: 'Choose your own' }).click();
    await hers.getByLabel('Current password').fill(secret);
    await hers.locator('input[autocomplete=new-password]').first().fill('a longer password of mine');
    await hers.getByLabel('New password again').fill('a longer password of mine');
    await hers.getByRole('button', { name: 'Change the password' }).click();
    await hers.getByText('given to you by somebody else').waitFor({ state: 'detached' });
    await expect(
      lab.test.app.accounts.login({ email: 'grace@example.org', password: secret }),
    ).rejects.toMatchObject({ code: 'unauthorized' });
    expect(lab.complaints()).toEqual([]);
  });

  it('says why the last administrator stays', async () => {
    const own = await openPanel();
    try {
      const { open, page } = await own.signIn('admin');
      await own.test.app.dataSource.query(
        `UPDATE users SET is_active = false WHERE email = 'admin@localhost'`,
      );
      await open('/pages/users');
      const row = page.locator('tr', { hasText: '(you)' });
      await row.getByRole('button', { name: 'Deactivate' }).click();
      await page.locator('dialog').getByRole('button', { name: 'Deactivate' }).click();
      await page.getByText('the last active administrator').waitFor();
      expect(await row.getByText('active', { exact: true }).count()).toBe(1);
      await own.shot(page, 'users-last-admin');
    } finally {
      await own.close();
    }
  });

  it('signs a deactivated user out at once', async () => {
    const theirs = await lab.signIn('submitter');
    await theirs.open('');
    const { open, page } = await lab.signIn('admin');
    const { email } = (await lab.test.app.people.page(await lab.test.person('admin'), { limit: 100 })).find(
      ({ id }) => id === theirs.caller.userId,
    ) ?? { email: '' };
    await open('/pages/users');
    await page.getByLabel('Name or e-mail address').fill(email);
    const row = page.locator('tbody tr', { hasText: email });
    await row.getByRole('button', { name: 'Deactivate' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Deactivate' }).click();
    await row.getByText('deactivated').waitFor();
    await theirs.page.goto('/admin');
    expect(theirs.page.url()).toContain('/admin/login');
  });

  it('lists people on a phone without scrolling sideways', async () => {
    const { open, page } = await lab.signIn('admin', 'phone');
    await open('/pages/users');
    await page.locator('tbody tr', { hasText: '(you)' }).waitFor();
    expect(await overflow(page)).toBe(0);
    await lab.shot(page, 'users');
  });

  it('makes a token that is shown once, and revokes it', async () => {
    const { open, page } = await lab.signIn('viewer');
    await open('/pages/account');
    await page.getByRole('button', { name: 'New token' }).click();
    await page.locator('dialog').getByLabel('Name').fill('build server');
    await page.getByRole('button', { name: 'Make the token' }).click();
    const token = await page.getByTestId('secret').innerText();
    await expect(lab.test.app.accounts.authenticate(token)).resolves.toMatchObject({ role: 'viewer' });
    await page.getByRole('button', { name: 'I have it' }).click();
    await lab.shot(page, 'account');
    expect(await violations(page)).toEqual([]);
    const row = page.locator('tr', { hasText: 'build server' });
    await row.getByRole('button', { name: 'Revoke' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Revoke' }).click();
    // The question speaks of it, too.
    await page.locator('dialog').waitFor({ state: 'detached' });
    await row.getByText('revoked').waitFor();
    await expect(lab.test.app.accounts.authenticate(token)).rejects.toMatchObject({ code: 'unauthorized' });
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await overflow(page)).toBe(0);
    expect(lab.complaints()).toEqual([]);
  });

  it('is closed to an approver', async () => {
    const { page } = await lab.signIn('approver');
    const answer = await page.goto('/admin/pages/users');
    expect(answer?.status()).toBe(403);
    const refused = await page.request.get('/api/v1/users');
    expect(refused.status()).toBe(403);
  });
});
