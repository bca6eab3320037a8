// With the keyboard alone: nothing here points at anything. What went wrong has the focus, is said in the title, leads to
// the field, and the field says that it is wrong and why.
import { randomUUID } from 'node:crypto';
import { expect, test } from '../relying-party.mjs';
import { asks, codeAt, focused, issuerOf, now, otherThan, tabTo, wrongCode } from '../people.mjs';
import { codeIn, linkIn, mailsTo, nextMailTo } from '../mailbox.mjs';

const PASSWORD = 'oils-on-canvas-at-dusk';
const CHOSEN = 'seven gulls above the lighthouse';

/** Goes to a field and types over what stands there. */
const type = async (page, id, text) => {
  await tabTo(page, id);
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
};

const press = async (page, id, key = 'Enter') => {
  await tabTo(page, id);
  await page.keyboard.press(key);
};

const signIn = async (page, login, password) => {
  await expect(page.locator('#login')).toBeVisible();
  await page.locator('body').evaluate(() => document.activeElement.blur());
  await type(page, 'login', login);
  await type(page, 'password', password);
  await page.keyboard.press('Enter');
};

/** The alert has the focus and is the title's, and its link leads to the field, which is marked and explained. */
const announces = async (page, field) => {
  await expect(page.locator('#alert')).toBeFocused();
  await expect(page).toHaveTitle(/^Error: /);
  await page.keyboard.press('Tab');
  await expect(page.locator(`#alert a[href="#${field}"]`)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator(`#${field}`)).toBeFocused();
  await expect(page.locator(`#${field}`)).toHaveAttribute('aria-invalid', 'true');
  const ids = (await page.locator(`#${field}`).getAttribute('aria-describedby')).trim().split(/\s+/);
  const texts = await Promise.all(ids.map((id) => page.locator(`[id="${id}"]`).textContent()));
  expect(texts.join(' ')).toContain((await page.locator(`#alert a[href="#${field}"]`).textContent()).trim());
};

/** The field of a code has the focus itself, is marked, and says what is wrong when it is reached. */
const announcesCode = async (page) => {
  await expect(page.locator('#alert')).toBeVisible();
  await expect(page).toHaveTitle(/^Error: /);
  await expect(page.locator('#code')).toBeFocused();
  await expect(page.locator('#code')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.locator('#code')).toHaveAttribute('aria-describedby', /\balert\b/);
};

const isBack = async (page, rp) => {
  await page.waitForURL(`${rp.redirectUri}?**`);
  expect(new URL(page.url()).searchParams.get('code')).toBeTruthy();
};

test('somebody registers, corrects what was wrong, and allows', async ({ page, rp }) => {
  await page.goto(asks(rp, 'commons', { client_id: 'accounts-web', scope: 'openid profile' }));
  await press(page, 'sign-up');
  await expect(page).toHaveURL(/sign-up/);
  await press(page, 'submit');
  await announces(page, 'username');
  await type(page, 'username', `kim-${randomUUID()}`);
  await type(page, 'password', 'password1');
  await type(page, 'password-confirmation', 'password1');
  await page.keyboard.press('Enter');
  await announces(page, 'password');
  await type(page, 'password', CHOSEN);
  await type(page, 'password-confirmation', CHOSEN);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/consent/);
  const stops = await tabTo(page, 'allow');
  expect(stops).toContain('deny');
  expect(stops).toContain('Use another account');
  await page.keyboard.press('Enter');
  await isBack(page, rp);
});

test('a second factor is set up and asked for, and wrong codes are said', async ({ page, rp }) => {
  const name = `kit-${randomUUID()}`;
  await page.goto(asks(rp, 'commons', { client_id: 'accounts-web', prompt: 'create', acr_values: '2' }));
  await type(page, 'username', name);
  await type(page, 'password', CHOSEN);
  await type(page, 'password-confirmation', CHOSEN);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/second-factor\/set-up/);
  const secret = await page.locator('#secret').textContent();
  await type(page, 'code', wrongCode(secret));
  await page.keyboard.press('Enter');
  await announcesCode(page);
  await page.keyboard.type(codeAt(secret, now()));
  await page.keyboard.press('Enter');
  await expect(page.locator('#recovery-codes')).toBeVisible();
  const [recovery] = await page.locator('#recovery-codes code').allTextContents();
  await press(page, 'continue');
  await expect(page).toHaveURL(/consent/);
  await press(page, 'allow');
  await isBack(page, rp);

  await page.goto(asks(rp, 'commons', { client_id: 'accounts-web', prompt: 'login' }));
  await signIn(page, name, CHOSEN);
  await expect(page.locator('#code')).toBeFocused();
  await page.keyboard.type(wrongCode(secret));
  await page.keyboard.press('Enter');
  await announcesCode(page);
  await press(page, 'remember', 'Space');
  await expect(page.locator('#remember')).toBeChecked();
  await press(page, 'use-recovery_code');
  await expect(page.locator('#code')).toBeFocused();
  await page.keyboard.type(recovery);
  await page.keyboard.press('Enter');
  await isBack(page, rp);
});

test('the page of the own factors is used from top to bottom', async ({ page, rp }) => {
  const name = `kaya-${randomUUID()}`;
  await page.goto(asks(rp, 'commons', { client_id: 'accounts-web', prompt: 'create' }));
  await type(page, 'username', name);
  await type(page, 'password', CHOSEN);
  await type(page, 'password-confirmation', CHOSEN);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/consent/);
  await page.goto(`${issuerOf('commons')}/account/security`);
  await signIn(page, name, CHOSEN);
  await expect(page).toHaveURL(/account\/security/);
  const stops = await tabTo(page, 'add');
  const places = ['switch', 'sign-out', 'add-passkey', 'add'].map((id) => stops.indexOf(id));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places).not.toContain(-1);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/second-factor\/set-up/);
  const secret = await page.locator('#secret').textContent();
  await type(page, 'code', codeAt(secret, now()));
  await page.keyboard.press('Enter');
  await press(page, 'continue');
  await expect(page).toHaveURL(/account\/security/);
  await expect(page.locator('#codes-left')).toContainText('10');
  await press(page, 'renew-codes');
  await expect(page.locator('#recovery-codes')).toBeVisible();
});

test('a password is changed, and what is wrong is said at its field', async ({ page }) => {
  await page.goto(`${issuerOf('gallery')}/account/password`);
  await signIn(page, 'kay-password', PASSWORD);
  await expect(page).toHaveURL(/account\/password/);
  await type(page, 'present-password', 'not the password');
  await type(page, 'password', CHOSEN);
  await type(page, 'password-confirmation', CHOSEN);
  await page.keyboard.press('Enter');
  await announces(page, 'present-password');
  await page.keyboard.type(PASSWORD);
  await type(page, 'password', 'short');
  await type(page, 'password-confirmation', 'short');
  await page.keyboard.press('Enter');
  await announces(page, 'password');
  await type(page, 'present-password', PASSWORD);
  await type(page, 'password', CHOSEN);
  await type(page, 'password-confirmation', CHOSEN);
  await page.keyboard.press('Enter');
  await expect(page.locator('#note')).toBeFocused();
});

test('a forgotten password is set anew', async ({ page, rp }) => {
  const address = 'kay-reset@gallery.test';
  await page.goto(asks(rp, 'gallery', { client_id: 'gallery-web' }));
  await press(page, 'forgot-password');
  await expect(page.locator('#login')).toBeFocused();
  await page.keyboard.press('Enter');
  await announces(page, 'login');
  const before = await mailsTo(address);
  await page.keyboard.type(address);
  await page.keyboard.press('Enter');
  await expect(page.locator('#asked')).toBeVisible();
  await page.goto(linkIn(await nextMailTo(address, before, /reset-password/)));
  await type(page, 'password', CHOSEN);
  await type(page, 'password-confirmation', 'something else');
  await page.keyboard.press('Enter');
  await announces(page, 'password');
  await page.keyboard.type(CHOSEN);
  await press(page, 'toggle-password', 'Space');
  await expect(page.locator('#password')).toHaveAttribute('type', 'text');
  await type(page, 'password-confirmation', CHOSEN);
  await page.keyboard.press('Enter');
  await press(page, 'sign-in');
  await signIn(page, 'kay-reset', CHOSEN);
  await isBack(page, rp);
});

test('a mailed code is corrected', async ({ page, rp }) => {
  const address = 'kay-asked@gallery.test';
  await page.goto(asks(rp, 'gallery', { client_id: 'gallery-vault' }));
  const none = await mailsTo(address);
  await signIn(page, 'kay-asked', PASSWORD);
  await expect(page.locator('#code')).toBeFocused();
  const first = await nextMailTo(address, none);
  await page.keyboard.type(otherThan(codeIn(first)));
  await page.keyboard.press('Enter');
  await announcesCode(page);
  await page.keyboard.type(codeIn(first));
  await page.keyboard.press('Enter');
  await isBack(page, rp);
});

test('of two accounts one is chosen, and one is signed out', async ({ page, rp }) => {
  const request = { client_id: 'web-post', scope: 'openid email' };
  await page.goto(rp.authorizationUrl(request));
  await signIn(page, 'bob', 'builder-in-autumn');
  await isBack(page, rp);
  await page.goto(rp.authorizationUrl({ ...request, prompt: 'select_account' }));
  await press(page, 'another');
  await signIn(page, 'alice', 'wonderland-in-spring');
  await isBack(page, rp);
  await page.goto(rp.authorizationUrl({ ...request, prompt: 'select_account' }));
  await expect(page).toHaveURL(/choose-account/);
  await page.keyboard.press('Tab');
  expect(await focused(page)).toMatch(/^account=/);
  await page.keyboard.press('Tab');
  expect(await focused(page)).toMatch(/^sign_out=/);
  await page.keyboard.press('Enter');
  await expect(page.locator('.pick[name=account]')).toHaveCount(1);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await isBack(page, rp);
});
