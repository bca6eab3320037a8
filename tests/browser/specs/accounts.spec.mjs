import { expect, signIn, test } from '../relying-party.mjs';
import { inEveryLook } from '../every-look.mjs';

const commons = (rp, extra = {}) => {
  const url = new URL(rp.authorizationUrl({ client_id: 'accounts-web', scope: 'openid profile email', ...extra }));
  url.pathname = url.pathname.replace('/t/acme/', '/t/commons/');
  return url.href;
};

/** Signs in to bob and then, beside him, to alice; ends on the chooser. */
const twoAccounts = async (page, rp) => {
  const request = { client_id: 'web-post', scope: 'openid email' };
  await page.goto(rp.authorizationUrl(request));
  await signIn(page, 'bob', 'builder-in-autumn');
  await page.waitForURL(`${rp.redirectUri}?**`);
  await page.goto(rp.authorizationUrl({ ...request, prompt: 'select_account' }));
  await page.locator('#another').click();
  await expect(page).toHaveURL(/\/t\/acme\/sign-in/);
  await signIn(page);
  await page.waitForURL(`${rp.redirectUri}?**`);
  await page.goto(rp.authorizationUrl({ ...request, prompt: 'select_account' }));
  await expect(page).toHaveURL(/\/t\/acme\/choose-account/);
};

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a second account is added, chosen and signed out from the chooser', async ({ page, rp }) => {
      await twoAccounts(page, rp);
      await expect(page.locator('.pick')).toHaveText([/Alice Liddell\s*alice@acme\.test/, /Bob Builder\s*bob@acme\.test/]);
      await page.getByRole('button', { name: 'Sign out Alice Liddell' }).click();
      await expect(page.locator('.pick[name=account]')).toHaveCount(1);
      await expect(page.locator('.pick[name=remembered]')).toHaveText(/Alice Liddell/);
      await page.getByRole('button', { name: /^B? ?Bob Builder/ }).click();
      await page.waitForURL(`${rp.redirectUri}?**`);
      expect(new URL(page.url()).searchParams.get('code')).toBeTruthy();
    });

    test('the sign-out page signs out of all accounts', async ({ page, rp }) => {
      await twoAccounts(page, rp);
      await page.goto(`${process.env.LATCHKEY_SUITE_ISSUER}/oauth2/logout`);
      await expect(page.getByText('1 other account')).toBeVisible();
      await page.locator('#confirm-all').click();
      await expect(page).toHaveURL(/\/t\/acme\/signed-out/);
      await page.goto(rp.authorizationUrl({ prompt: 'select_account' }));
      await expect(page.locator('.pick[name=account]')).toHaveCount(0);
      await expect(page.locator('.pick[name=remembered]')).toHaveCount(2);
    });

    test('a person makes an account and goes on to consent', async ({ page, rp }) => {
      await page.goto(commons(rp));
      await page.locator('#sign-up').click();
      await expect(page).toHaveURL(/\/t\/commons\/sign-up/);
      await page.locator('[name=username]').fill(`ada-${javaScriptEnabled}-${Date.now()}`);
      await page.locator('[name=name]').fill('Ada Lovelace');
      await page.locator('[name=password]').fill('a password of my own');
      await page.locator('[name=password_confirmation]').fill('a password of my own');
      await page.locator('#submit').click();
      await expect(page).toHaveURL(/\/t\/commons\/consent/);
      await page.locator('#allow').click();
      await page.waitForURL(`${rp.redirectUri}?**`);
      expect(new URL(page.url()).searchParams.get('code')).toBeTruthy();
    });
  });
}

test('an account is chosen from the keyboard', async ({ page, rp }) => {
  await twoAccounts(page, rp);
  await page.locator('.pick').first().focus();
  await page.keyboard.press('Tab');
  await expect(page.locator('.leave').first()).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.locator('.pick').nth(1)).toBeFocused();
  await page.keyboard.press('Enter');
  await page.waitForURL(`${rp.redirectUri}?**`);
  expect(new URL(page.url()).searchParams.get('code')).toBeTruthy();
});

inEveryLook('the pages of accounts have no accessibility violation and no sideways scroll', async ({ page, rp }, check) => {
  await twoAccounts(page, rp);
  await check('choose-account');
  await page.goto(`${process.env.LATCHKEY_SUITE_ISSUER}/oauth2/logout`);
  await check('sign-out-of-two');
  await page.goto(commons(rp));
  await check('sign-in-with-sign-up');
  await page.goto(commons(rp, { prompt: 'create' }));
  await check('sign-up');
  await page.locator('[name=username]').fill('eve@');
  await page.locator('[name=password]').fill('a password of my own');
  await page.locator('[name=password_confirmation]').fill('a password of my own');
  await page.locator('#submit').click();
  await check('sign-up-refused');
});
