import { expect, signIn, test } from '../relying-party.mjs';
import { inEveryLook } from '../every-look.mjs';

// Every page on the way in and out. Bob's account names no language, so the pages speak the browser's.
inEveryLook('no page has an accessibility violation, a sideways scroll or a third-party request', async ({ page, rp }, check) => {
  const foreign = [];
  page.on('request', (request) => {
    const { host } = new URL(request.url());
    if (host && !request.url().startsWith(process.env.LATCHKEY_SUITE_URL) && !request.url().startsWith(rp.origin)) foreign.push(request.url());
  });
  const blocked = [];
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) blocked.push(message.text());
  });
  await page.goto(rp.authorizationUrl({ prompt: 'consent' }));
  await check('sign-in');
  await signIn(page, 'bob', 'wrong');
  await check('sign-in-refused');
  await signIn(page, 'bob', 'builder-in-autumn');
  await expect(page).toHaveURL(/consent/);
  await check('consent');
  await page.locator('#allow').click();
  await page.waitForURL(`${rp.redirectUri}?**`);
  await page.goto(`${process.env.LATCHKEY_SUITE_ISSUER}/oauth2/logout`);
  await check('sign-out');
  await page.locator('#confirm').click();
  await check('signed-out');
  await page.goto(rp.authorizationUrl({ client_id: 'no-such-client' }));
  await check('error');
  await page.goto(`${process.env.LATCHKEY_SUITE_URL}/t/no-such-tenant/sign-in`);
  await check('unknown-tenant');
  expect(foreign).toEqual([]);
  expect(blocked).toEqual([]);
});

/** What has the focus: its id, or else its text. */
const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());

test('the whole sign-in works from the keyboard, in the order that is read', async ({ page, rp }) => {
  await page.goto(rp.authorizationUrl({ prompt: 'consent' }));
  await expect(page.locator('[name=login]')).toBeFocused();
  const order = [];
  for (let step = 0; step < 5; step += 1) {
    order.push(await focused(page));
    await page.keyboard.press('Tab');
  }
  expect(order.slice(0, 4)).toEqual(['login', 'password', 'toggle-password', 'submit']);
  await page.locator('[name=login]').focus();
  await page.keyboard.type('alice');
  await page.keyboard.press('Tab');
  await expect(page.locator('[name=password]')).toBeFocused();
  await page.keyboard.type('wonderland-in-spring');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await expect(page.locator('[name=password]')).toHaveAttribute('type', 'text');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/consent/);
  for (let step = 0; step < 20 && (await focused(page)) !== 'allow'; step += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${rp.redirectUri}?**`);
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('an error is announced: the alert has the focus, its title says so, and the fields point to it', async ({ page, rp }) => {
      await page.goto(rp.authorizationUrl());
      await page.keyboard.press('Enter');
      await expect(page.getByRole('alert')).toBeFocused();
      await expect(page).toHaveTitle(/^Error: /);
      await page.keyboard.press('Tab');
      await expect(page.locator('#alert a[href="#login"]')).toBeFocused();
      await page.keyboard.press('Enter');
      await expect(page.locator('#login')).toBeFocused();
      await expect(page.locator('#login')).toHaveAttribute('aria-describedby', 'login-error');
      await signIn(page, 'alice', 'not the password');
      await expect(page.getByRole('alert')).toBeFocused();
      await expect(page.locator('#password')).toHaveAttribute('aria-describedby', 'alert');
      await expect(page.locator('#password')).toHaveAttribute('aria-invalid', 'true');
    });

    test('a language is chosen from the keyboard, and the sign-in goes on in it', async ({ page, rp }) => {
      await page.goto(rp.authorizationUrl({ client_id: 'web-post', scope: 'openid' }));
      await page.locator('.languages summary').focus();
      await page.keyboard.press('Enter');
      for (let step = 0; step < 6; step += 1) await page.keyboard.press('Tab');
      await expect(page.locator('.languages a[lang=ar]')).toBeFocused();
      await page.keyboard.press('Enter');
      await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
      await signIn(page, 'bob', 'wrong');
      await expect(page.locator('html')).toHaveAttribute('lang', 'ar');
      await expect(page.getByRole('alert')).toBeFocused();
      await signIn(page, 'bob', 'builder-in-autumn');
      await page.waitForURL(`${rp.redirectUri}?**`);
    });
  });
}
