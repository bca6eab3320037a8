import { randomUUID } from 'node:crypto';
import { expect, signIn, test } from '../relying-party.mjs';
import { inEveryLook } from '../every-look.mjs';
import { arrive, asks, codeAt, now, wrongCode } from '../people.mjs';

const password = 'a-noticeboard-in-the-park';

const commons = (rp, extra = {}) => asks(rp, 'commons', { client_id: 'accounts-web', ...extra });

/** Makes an account for an application that asks for two factors; the browser is on the page that sets one up. */
const signUp = async (page, rp) => {
  const name = `rosa-${randomUUID()}`;
  await page.goto(commons(rp, { prompt: 'create', acr_values: '2' }));
  await page.locator('[name=username]').fill(name);
  await page.locator('[name=password]').fill(password);
  await page.locator('[name=password_confirmation]').fill(password);
  await page.locator('#submit').click();
  await expect(page).toHaveURL(/second-factor\/set-up/);
  const secret = await page.locator('#secret').textContent();
  return { name, secret };
};

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a user sets up an authenticator on the way, keeps the recovery codes, and signs in with either', async ({ page, rp, browser }) => {
      const { name, secret } = await signUp(page, rp);
      await page.locator('[name=code]').fill(codeAt(secret, now()));
      await page.locator('#submit').click();
      const codes = await page.locator('#recovery-codes code').allTextContents();
      expect(codes).toHaveLength(10);
      await page.locator('#continue').click();
      await arrive(page, rp);

      const context = await browser.newContext({ javaScriptEnabled });
      const other = await context.newPage();
      await other.goto(commons(rp));
      await signIn(other, name, password);
      await expect(other).toHaveURL(/second-factor\?/);
      await other.locator('[name=code]').fill(wrongCode(secret));
      await other.locator('#submit').click();
      await expect(other.getByRole('alert')).toContainText('not right');
      await other.locator('[name=remember]').check();
      // The code of the next half minute counts too, and the one of this was used.
      await other.locator('[name=code]').fill(codeAt(secret, now() + 30));
      await other.locator('#submit').click();
      await arrive(other, rp);

      await other.goto(commons(rp, { prompt: 'login' }));
      await signIn(other, name, password);
      await arrive(other, rp);
      await context.close();

      const third = await (await browser.newContext({ javaScriptEnabled })).newPage();
      await third.goto(commons(rp));
      await signIn(third, name, password);
      await third.locator('#use-recovery_code').click();
      await third.locator('[name=code]').fill(codes[0].toUpperCase());
      await third.locator('#submit').click();
      await arrive(third, rp);
    });
  });
}

test('the second factor works from the keyboard, and going back breaks nothing', async ({ page, rp }) => {
  const { secret } = await signUp(page, rp);
  await page.locator('[name=code]').focus();
  await page.keyboard.type(codeAt(secret, now()));
  await page.keyboard.press('Enter');
  await expect(page.locator('#recovery-codes')).toBeVisible();
  await page.goBack();
  await page.reload();
  await page.waitForURL(/\/consent|\/callback/);
});

inEveryLook('no page of a second factor has an accessibility violation or a sideways scroll', async ({ page, rp }, check) => {
  const { name, secret } = await signUp(page, rp);
  await page.locator('.more summary').click();
  await check('second-factor-set-up');
  await page.locator('#submit').click();
  await check('second-factor-set-up-refused');
  await page.locator('[name=code]').fill(codeAt(secret, now()));
  await page.locator('#submit').click();
  await check('recovery-codes');
  const codes = await page.locator('#recovery-codes code').allTextContents();
  await page.locator('#continue').click();
  await arrive(page, rp);
  await page.goto(commons(rp, { prompt: 'login' }));
  await signIn(page, name, password);
  await check('second-factor');
  await page.locator('[name=code]').fill(wrongCode(secret));
  await page.locator('#submit').click();
  await check('second-factor-refused');
  await page.locator('#use-recovery_code').click();
  await check('recovery-code');
  await page.locator('[name=code]').fill(codes[0]);
  await page.locator('#submit').click();
  await arrive(page, rp);
  await page.goto(`${process.env.LATCHKEY_SUITE_URL}/t/commons/account/security`);
  await signIn(page, name, password);
  await page.locator('#use-recovery_code').click();
  await page.locator('[name=code]').fill(codes[1]);
  await page.locator('#submit').click();
  await expect(page.locator('#codes-left')).toContainText('8');
  await check('own-factors');
  await page.locator('[name=remove]').click();
  await expect(page.locator('[name=remove]')).toHaveCount(0);
  await check('own-factors-none');
  await page.locator('#add').click();
  await expect(page.locator('#secret')).toBeAttached();
});
