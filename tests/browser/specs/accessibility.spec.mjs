import { expect, signIn, test } from '../relying-party.mjs';
import { inEveryLook } from '../every-look.mjs';
import { focused, issuerOf } from '../people.mjs';

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
  const details = JSON.stringify([{ type: 'payment', amount: 120, creditor: 'Hatter & Sons' }]);
  await page.goto(rp.authorizationUrl({ client_id: 'res-web', scope: 'openid', authorization_details: details, prompt: 'consent' }));
  await check('consent-with-details');
  await page.goto(`${process.env.LATCHKEY_SUITE_ISSUER}/oauth2/logout`);
  await check('sign-out');
  await page.locator('#confirm').click();
  await check('signed-out');
  await page.goto(rp.authorizationUrl({ client_id: 'no-such-client' }));
  await check('error');
  await page.goto(`${process.env.LATCHKEY_SUITE_URL}/t/no-such-tenant/sign-in`);
  await check('unknown-tenant');
  await page.goto(rp.authorizationUrl());
  await page.context().clearCookies();
  await page.reload();
  await check('no-cookie');
  expect(foreign).toEqual([]);
  expect(blocked).toEqual([]);
});

inEveryLook('pages that are left at once pass, too, while they are seen', async ({ page, rp }, check) => {
  // The scripts that go on by themselves are kept from it.
  await page.addInitScript(() => {
    HTMLFormElement.prototype.submit = () => {};
    const [listen, later] = [window.addEventListener, window.setTimeout];
    window.addEventListener = (kind, ...rest) => (kind === 'load' ? undefined : listen.call(window, kind, ...rest));
    window.setTimeout = (work, wait, ...rest) => (wait === 4000 ? 0 : later(work, wait, ...rest));
  });
  await page.goto(rp.authorizationUrl({ client_id: 'web-post', scope: 'openid', response_mode: 'form_post' }));
  await signIn(page, 'bob', 'builder-in-autumn');
  await expect(page.locator('#form-post')).toBeAttached();
  await check('form-post');
  await page.goto(rp.authorizationUrl({ client_id: 'logout-front', scope: 'openid' }));
  await page.waitForURL(`${rp.redirectUri}?**`);
  const code = new URL(page.url()).searchParams.get('code');
  const fields = { grant_type: 'authorization_code', client_id: 'logout-front', code, redirect_uri: rp.redirectUri, code_verifier: rp.verifier };
  expect((await fetch(`${issuerOf('acme')}/oauth2/token`, { method: 'POST', body: new URLSearchParams(fields) })).status).toBe(200);
  await page.route('https://front.logout.test:8443/**', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><html lang="en"><title>Signed out</title><h1>Signed out</h1>' }));
  await page.goto(`${issuerOf('acme')}/oauth2/logout`);
  await page.locator('#confirm').click();
  await expect(page.locator('#continue')).toBeVisible();
  await check('front-channel-logout');
});

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
      await expect(page.locator('#alert')).toBeFocused();
      await expect(page).toHaveTitle(/^Error: /);
      await page.keyboard.press('Tab');
      await expect(page.locator('#alert a[href="#login"]')).toBeFocused();
      await page.keyboard.press('Enter');
      await expect(page.locator('#login')).toBeFocused();
      await expect(page.locator('#login')).toHaveAttribute('aria-describedby', 'login-error');
      await signIn(page, 'alice', 'not the password');
      await expect(page.locator('#alert')).toBeFocused();
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
      await expect(page.locator('#alert')).toBeFocused();
      await signIn(page, 'bob', 'builder-in-autumn');
      await page.waitForURL(`${rp.redirectUri}?**`);
    });
  });
}
