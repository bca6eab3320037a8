// What a sign-in bears: codes that were used, too many wrong ones, pages that are opened twice or gone back to, links that
// are over, and an application that asks for more than there is.
import { randomUUID } from 'node:crypto';
import { expect, signIn, test } from '../relying-party.mjs';
import { arrive, asks, codeAt, issuerOf, now, otherThan, wrongCode } from '../people.mjs';
import { codeIn, linkIn, mailsTo, nextMailTo } from '../mailbox.mjs';

const PASSWORD = 'a-noticeboard-in-the-park';
const commons = (rp, extra = {}) => asks(rp, 'commons', { client_id: 'accounts-web', ...extra });

/** Makes an account with an authenticator and is back at the application; the recovery codes besides. */
const withAuthenticator = async (page, rp) => {
  const name = `bela-${randomUUID()}`;
  await page.goto(commons(rp, { prompt: 'create', acr_values: '2' }));
  await page.locator('[name=username]').fill(name);
  await page.locator('[name=password]').fill(PASSWORD);
  await page.locator('[name=password_confirmation]').fill(PASSWORD);
  await page.locator('#submit').click();
  const secret = await page.locator('#secret').textContent();
  const code = codeAt(secret, now());
  await page.locator('[name=code]').fill(code);
  await page.locator('#submit').click();
  const recovery = await page.locator('#recovery-codes code').allTextContents();
  await page.locator('#continue').click();
  await arrive(page, rp);
  return { name, secret, code, recovery };
};

/** The `acr` and `amr` of the ID token that the code in the address bar buys. */
const claims = async (page, rp) => {
  const fields = { grant_type: 'authorization_code', code: new URL(page.url()).searchParams.get('code'), redirect_uri: rp.redirectUri, code_verifier: rp.verifier };
  const response = await fetch(`${issuerOf('commons')}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from('accounts-web:accounts-secret-0123456789-0123456789-0123456789').toString('base64')}` },
    body: new URLSearchParams(fields),
  });
  expect(response.status).toBe(200);
  return JSON.parse(Buffer.from((await response.json()).id_token.split('.')[1], 'base64url').toString());
};

for (const javaScriptEnabled of [true, false]) {
  const number = javaScriptEnabled ? 1 : 2;
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });
    test.setTimeout(90_000);

    test('a code of an authenticator and a recovery code are good once', async ({ page, rp }) => {
      const { name, code, recovery } = await withAuthenticator(page, rp);
      await page.goto(commons(rp, { prompt: 'login' }));
      await signIn(page, name, PASSWORD);
      await page.locator('[name=code]').fill(code);
      await page.locator('#submit').click();
      await expect(page.locator('#alert')).toBeVisible();
      await page.locator('#use-recovery_code').click();
      await page.locator('[name=code]').fill(recovery[0]);
      await page.locator('#submit').click();
      await arrive(page, rp);
      await page.goto(commons(rp, { prompt: 'login' }));
      await signIn(page, name, PASSWORD);
      await page.locator('#use-recovery_code').click();
      await page.locator('[name=code]').fill(recovery[0]);
      await page.locator('#submit').click();
      await expect(page.locator('#alert')).toBeVisible();
      await page.locator('[name=code]').fill(recovery[1]);
      await page.locator('#submit').click();
      await arrive(page, rp);
    });

    test('ten wrong codes stop the sign-in, and another one begins with the password', async ({ page, rp }) => {
      const { name, secret, recovery } = await withAuthenticator(page, rp);
      await page.goto(commons(rp, { prompt: 'login' }));
      await signIn(page, name, PASSWORD);
      for (let turn = 0; turn < 10; turn += 1) {
        await page.locator('[name=code]').fill(wrongCode(secret));
        await page.locator('#submit').click();
        await expect(page.locator('#alert')).toBeVisible();
      }
      await page.locator('[name=code]').fill(codeAt(secret, now() + 30));
      await page.locator('#submit').click();
      await expect(page).toHaveURL(/\/sign-in\?/);
      await signIn(page, name, PASSWORD);
      await page.locator('#use-recovery_code').click();
      await page.locator('[name=code]').fill(recovery[0]);
      await page.locator('#submit').click();
      await arrive(page, rp);
    });

    test('ten wrong codes of a mail stop the sign-in, and the password is still there', async ({ page, rp }) => {
      const address = `walt-${number}@letters.test`;
      const before = await mailsTo(address);
      await page.goto(asks(rp, 'letters', { client_id: 'letters-web' }));
      await page.locator('[name=login]').fill(address);
      await page.locator('#by-mail-email_code').click();
      const code = codeIn(await nextMailTo(address, before));
      for (let turn = 0; turn < 10; turn += 1) {
        await page.locator('[name=code]').fill(otherThan(code));
        await page.locator('#submit').click();
        await expect(page.locator('#alert')).toBeVisible();
      }
      await page.locator('[name=code]').fill(code);
      await page.locator('#submit').click();
      await expect(page.locator('#alert')).toContainText('Too many wrong codes');
      await expect(page).toHaveURL(/\/sign-in/);
      await signIn(page, address, 'quill-and-ink-in-june');
      await arrive(page, rp);
    });

    test('an application that asks for more gets a second factor of who is signed in, and says so in the token', async ({ page, rp, browser }) => {
      const { name, secret, recovery } = await withAuthenticator(page, rp);
      const context = await browser.newContext({ javaScriptEnabled });
      const other = await context.newPage();
      await other.goto(commons(rp, { prompt: 'login' }));
      await signIn(other, name, PASSWORD);
      await other.locator('[name=remember]').check();
      await other.locator('[name=code]').fill(codeAt(secret, now() + 30));
      await other.locator('#submit').click();
      await arrive(other, rp);
      // The browser is remembered: from now on the password alone signs in, and the tokens say no more than that.
      await other.goto(commons(rp, { prompt: 'login' }));
      await signIn(other, name, PASSWORD);
      await arrive(other, rp);
      expect((await claims(other, rp)).acr).toBe('1');
      await other.goto(commons(rp, { acr_values: '2' }));
      await expect(other).toHaveURL(/second-factor\?/);
      await other.locator('#use-recovery_code').click();
      await other.locator('[name=code]').fill(recovery[0]);
      await other.locator('#submit').click();
      await arrive(other, rp);
      expect((await claims(other, rp)).acr).toBe('2');
      await context.close();
    });

    test('a sign-in page that is opened twice, reloaded and gone back to breaks nothing', async ({ page, rp }) => {
      await page.goto(rp.authorizationUrl({ client_id: 'web-post', scope: 'openid' }));
      const other = await page.context().newPage();
      await other.goto(page.url());
      await page.reload();
      await signIn(page, 'bob', 'builder-in-autumn');
      await arrive(page, rp);
      // The same page in the other tab: the sign-in is over, and a page says where to begin again.
      await signIn(other, 'bob', 'builder-in-autumn');
      await expect(other.locator('h1')).toBeVisible();
      expect(other.url().startsWith(rp.redirectUri) || (await other.locator('h1').textContent()) === 'This page has expired').toBe(true);
      await page.goBack();
      await page.goto(rp.authorizationUrl({ client_id: 'web-post', scope: 'openid' }));
      await arrive(page, rp);
      await other.close();
    });

    test('a link that was used offers a new one, which works', async ({ page, rp }) => {
      const address = `rosalind-${number}@harbour.test`;
      await page.goto(asks(rp, 'harbour', { client_id: 'harbour-web' }));
      for (const chosen of ['seven gulls above the lighthouse', 'nine terns below the lighthouse']) {
        const before = await mailsTo(address);
        if ((await page.locator('#forgot-password').count()) > 0) await page.locator('#forgot-password').click();
        await page.locator('[name=login]').fill(address);
        await page.locator('#submit').click();
        const link = linkIn(await nextMailTo(address, before, /reset-password/));
        await page.goto(link);
        await page.locator('[name=password]').fill(chosen);
        await page.locator('[name=password_confirmation]').fill(chosen);
        await page.locator('#submit').click();
        await expect(page.getByRole('status')).toContainText('does not work any more');
        await page.goto(link);
        await page.locator('#again').click();
        await expect(page.locator('[name=login]')).toBeVisible();
      }
    });
  });
}
