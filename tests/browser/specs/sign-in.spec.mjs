import { expect, signIn, test } from '../relying-party.mjs';

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a user signs in, allows the application and arrives with a code that works', async ({ page, rp }) => {
      await page.goto(rp.authorizationUrl({ prompt: 'consent' }));
      await expect(page).toHaveURL(/\/t\/acme\/sign-in/);
      await signIn(page);
      await expect(page).toHaveURL(/\/t\/acme\/consent/);
      await expect(page.getByText('Acme Web').first()).toBeVisible();
      await expect(page.getByText('Place and cancel orders')).toBeVisible();
      await page.locator('#allow').click();
      await page.waitForURL(`${rp.redirectUri}?**`);
      const callback = new URL(page.url());
      expect(callback.searchParams.get('state')).toBe('state-0123456789');
      expect(callback.searchParams.get('iss')).toBe(process.env.LATCHKEY_SUITE_ISSUER);
      const tokens = await rp.redeem(page.url());
      expect(tokens.status).toBe(200);
      expect(tokens.body.refresh_token).toBeTruthy();
      const replay = await rp.redeem(page.url());
      expect(replay.body.error).toBe('invalid_grant');
    });

    test('a browser that keeps no cookies is told so', async ({ page, rp }) => {
      await page.goto(rp.authorizationUrl());
      await page.context().clearCookies();
      await page.reload();
      await expect(page.getByRole('heading', { name: 'This browser sent no cookie' })).toBeVisible();
      await expect(page.getByText('Allow cookies for this site')).toBeVisible();
    });

    test('a wrong password and an unknown user read alike and keep the name', async ({ page, rp }) => {
      const texts = [];
      for (const login of ['alice', 'nobody-by-this-name']) {
        await page.goto(rp.authorizationUrl());
        await signIn(page, login, 'not the password');
        await expect(page).toHaveURL(/\/t\/acme\/sign-in/);
        await expect(page.locator('[name=login]')).toHaveValue(login);
        await expect(page.locator('[name=password]')).toHaveValue('');
        await expect(page.locator('[name=password]')).toHaveAttribute('aria-invalid', 'true');
        texts.push((await page.getByRole('alert').first().textContent()).trim());
      }
      expect(texts[0]).toBe(texts[1]);
      expect(texts[0].length).toBeGreaterThan(10);
    });

    test('cancelling at consent goes back with access_denied', async ({ page, rp }) => {
      await page.goto(rp.authorizationUrl({ prompt: 'consent' }));
      await signIn(page, 'bob', 'builder-in-autumn');
      await page.locator('#deny').click();
      await page.waitForURL(`${rp.redirectUri}?**`);
      const callback = new URL(page.url());
      expect(callback.searchParams.get('error')).toBe('access_denied');
      expect(callback.searchParams.get('state')).toBe('state-0123456789');
      expect(callback.searchParams.get('iss')).toBe(process.env.LATCHKEY_SUITE_ISSUER);
    });

    test('signing out asks, ends the session and says so', async ({ page, rp }) => {
      await page.goto(rp.authorizationUrl({ client_id: 'web-post', scope: 'openid' }));
      await signIn(page);
      await page.waitForURL(`${rp.redirectUri}?**`);
      await page.goto(`${process.env.LATCHKEY_SUITE_ISSUER}/oauth2/logout`);
      await page.locator('#confirm').click();
      await expect(page).toHaveURL(/\/t\/acme\/signed-out/);
      await page.goto(rp.authorizationUrl({ prompt: 'none' }));
      await page.waitForURL(`${rp.redirectUri}?**`);
      expect(new URL(page.url()).searchParams.get('error')).toBe('login_required');
    });
  });
}

test('consent is remembered, and the second sign-in shows no page', async ({ page, rp }) => {
  await page.goto(rp.authorizationUrl({ prompt: 'consent' }));
  await signIn(page);
  await page.locator('#allow').click();
  await page.waitForURL(`${rp.redirectUri}?**`);
  await page.goto(rp.authorizationUrl());
  await page.waitForURL(`${rp.redirectUri}?**`);
  expect(new URL(page.url()).searchParams.get('code')).toBeTruthy();
});

test('form_post posts the answer and leaves nothing in the query', async ({ page, rp }) => {
  await page.goto(rp.authorizationUrl({ client_id: 'web-post', scope: 'openid', response_mode: 'form_post' }));
  const posted = page.waitForRequest((request) => request.url().startsWith(rp.redirectUri) && request.method() === 'POST');
  await signIn(page);
  const request = await posted;
  expect(new URLSearchParams(request.postData()).get('code')).toBeTruthy();
  expect(new URL(request.url()).search).toBe('');
});

test('an unregistered redirect URI stays on an error page', async ({ page, rp }) => {
  const response = await page.goto(rp.authorizationUrl({ redirect_uri: 'https://evil.example/callback' }));
  expect(response.status()).toBe(400);
  await expect(page.getByText('redirect_uri').first()).toBeVisible();
  expect(page.url()).toContain(process.env.LATCHKEY_SUITE_URL);
});

test('another browser cannot continue a sign-in that it did not start', async ({ page, rp, browser }) => {
  await page.goto(rp.authorizationUrl());
  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  const response = await other.goto(page.url());
  expect(response.status()).toBe(400);
  await elsewhere.close();
});

test('two tabs sign in side by side', async ({ context, rp }) => {
  const first = await context.newPage();
  const second = await context.newPage();
  await first.goto(rp.authorizationUrl({ client_id: 'web-post', scope: 'openid', state: 'first' }));
  await second.goto(rp.authorizationUrl({ client_id: 'web-post', scope: 'openid', state: 'second' }));
  for (const [page, state] of [[first, 'first'], [second, 'second']]) {
    await signIn(page);
    await page.waitForURL(`${rp.redirectUri}?**`);
    expect(new URL(page.url()).searchParams.get('state')).toBe(state);
  }
});
