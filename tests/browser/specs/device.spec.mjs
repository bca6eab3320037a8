import { expect, signIn, test } from '../relying-party.mjs';
import { inEveryLook } from '../every-look.mjs';

const issuer = process.env.LATCHKEY_SUITE_ISSUER;

const post = async (path, fields) => {
  const response = await fetch(`${issuer}/oauth2/${path}`, { method: 'POST', body: new URLSearchParams({ client_id: 'dev-tv', ...fields }) });
  return { status: response.status, body: await response.json() };
};
const begin = async () => (await post('device_authorization', { scope: 'openid profile offline_access orders:write' })).body;
const poll = (codes) => post('token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: codes.device_code });

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a user types the code of a device, signs in, allows it, and the device goes on', async ({ page }) => {
      const codes = await begin();
      expect((await poll(codes)).body.error).toBe('authorization_pending');
      await page.goto(codes.verification_uri);
      await page.locator('[name=user_code]').fill(codes.user_code.toLowerCase().replace('-', ' '));
      await page.locator('#submit').click();
      await signIn(page);
      await expect(page).toHaveURL(/\/t\/acme\/device\/confirm/);
      await expect(page.locator('#user-code')).toContainText(codes.user_code);
      await expect(page.getByRole('heading', { level: 1 })).toContainText('Acme TV');
      await page.locator('#allow').click();
      await expect(page.getByText('You can return to your device')).toBeVisible();
      const tokens = await poll(codes);
      expect(tokens.status).toBe(200);
      expect(tokens.body.refresh_token).toBeTruthy();
    });
  });
}

test('the whole way works from the keyboard', async ({ page }) => {
  const codes = await begin();
  await page.goto(codes.verification_uri);
  await expect(page.locator('[name=user_code]')).toBeFocused();
  await page.keyboard.type(codes.user_code);
  await page.keyboard.press('Enter');
  await expect(page.locator('[name=login]')).toBeFocused();
  await page.keyboard.type('alice');
  await page.keyboard.press('Tab');
  await page.keyboard.type('wonderland-in-spring');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/device\/confirm/);
  await page.locator('#deny').focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/device\/refused/);
  expect((await poll(codes)).body.error).toBe('access_denied');
});

// Bob, whose account names no language: the pages then speak the browser's.
inEveryLook('no page of a device has an accessibility violation or a sideways scroll, and the picture is shown', async ({ page }, check) => {
  const codes = await begin();
  await page.goto(codes.verification_uri);
  await check('device-enter');
  await page.locator('[name=user_code]').fill('BBBB-BBBB');
  await page.locator('#submit').click();
  await expect(page.getByRole('alert')).toBeVisible();
  await check('device-wrong');
  await page.goto(codes.verification_uri_complete);
  await page.locator('.more summary').click();
  const picture = page.locator('img.qr');
  await expect.poll(() => picture.evaluate((image) => image.complete && image.naturalWidth)).toBeGreaterThan(100);
  await check('device-linked');
  await page.locator('#submit').click();
  await signIn(page, 'bob', 'builder-in-autumn');
  await expect(page).toHaveURL(/device\/confirm/);
  await check('device-confirm');
  await page.locator('#allow').click();
  await check('device-connected');
  await page.goto(`${issuer}/device/refused`);
  await check('device-refused');
});
