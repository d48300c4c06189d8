import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HAS_BROWSER, openPanel, overflow, violations, type PanelLab } from '../../src/testing/browser.js';

const PASSWORD = 'correct horse battery';

(HAS_BROWSER ? describe : describe.skip)('signing in to the panel (needs Chromium)', () => {
  let lab: PanelLab;
  const email = 'ada@example.org';

  beforeAll(async () => {
    lab = await openPanel();
    const admin = await lab.test.person('admin');
    await lab.test.app.accounts.createUser(admin, {
      email,
      name: '</script><b>Ada',
      role: 'submitter',
      password: PASSWORD,
    });
  });
  afterAll(() => lab.close());

  it('asks who it is, and then shows the page that was asked for', async () => {
    const { page } = await lab.stranger();
    await page.goto('/admin/pages/sessions?q=x');
    expect(page.url()).toContain('/admin/login?next=');
    await lab.shot(page, 'login');
    expect(await violations(page)).toEqual([]);
    await page.fill('[name=email]', email);
    await page.fill('[name=password]', PASSWORD);
    await page.click('button:has-text("Sign in")');
    await page.waitForURL('**/admin/pages/sessions?q=x');
    await page.getByRole('navigation').waitFor();
    expect(lab.complaints()).toEqual([]);
  });

  it('says that the password is wrong, keeps the address, and tells nothing else', async () => {
    const { page } = await lab.stranger();
    await page.goto('/admin/login');
    await page.fill('[name=email]', 'nobody@example.org');
    await page.fill('[name=password]', 'not the password');
    await page.click('button:has-text("Sign in")');
    expect(await page.getByRole('alert').textContent()).toBe('The e-mail address or the password is wrong.');
    expect(await page.inputValue('[name=email]')).toBe('nobody@example.org');
  });

  it('shows a name that looks like markup as the text it is', async () => {
    const { page } = await lab.stranger();
    await page.goto('/admin/login');
    await page.fill('[name=email]', email);
    await page.fill('[name=password]', PASSWORD);
    await page.click('button:has-text("Sign in")');
    await page.getByText('</script><b>Ada').first().waitFor();
    expect(lab.complaints()).toEqual([]);
  });

  it('signs out by a click, and the old cookie opens nothing any more', async () => {
    const { page, context } = await lab.signIn('submitter');
    await page.goto('/admin');
    const cookies = await context.cookies();
    await page.getByRole('button', { name: 'submitter' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/admin/login');
    expect(await context.cookies()).toEqual([]);
    await context.addCookies(cookies);
    await page.goto('/admin');
    expect(page.url()).toContain('/admin/login');
  });

  it('fits a phone, with the menu behind a button', async () => {
    const { page, open } = await lab.signIn('admin', 'phone');
    await open('');
    expect(await overflow(page)).toBe(0);
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('link', { name: 'Sessions' }).click();
    await page.waitForURL('**/admin/pages/sessions');
    expect(await violations(page)).toEqual([]);
  });
});
