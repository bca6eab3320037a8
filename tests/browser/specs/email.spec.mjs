import { randomUUID } from 'node:crypto';
import { inEveryLook } from '../every-look.mjs';
import { mailsTo, nextMailTo } from '../mailbox.mjs';
import { expect, signIn, test } from '../relying-party.mjs';

const password = 'a-noticeboard-in-the-park';
const issuer = process.env.LATCHKEY_SUITE_ISSUER.replace('/t/acme', '/t/quay');
const linkTo = (path, text) => text.match(/https?:\/\/\S+/g).find((link) => link.includes(path));

/** Makes an account of its own with an address, and opens the page of the address in the console. */
const signUp = async (page, rp) => {
  const address = `mara-${randomUUID()}@quay.test`;
  const url = new URL(rp.authorizationUrl({ client_id: 'quay-web', scope: 'openid', prompt: 'create' }));
  url.pathname = url.pathname.replace('/t/acme/', '/t/quay/');
  await page.goto(url.href);
  await page.locator('[name=username]').fill(address);
  await page.locator('[name=password]').fill(password);
  await page.locator('[name=password_confirmation]').fill(password);
  await page.locator('#submit').click();
  await page.waitForURL(/\/consent|\/callback/);
  await page.goto(`${issuer}/account/email`);
  await signIn(page, address, password);
  await expect(page).toHaveURL(/\/account\/email$/);
  return address;
};

/** Has the present address confirmed. */
const verify = async (page, address) => {
  const before = await mailsTo(address);
  await page.locator('#verify').click();
  await expect(page.locator('#pending-text')).toContainText(address);
  await page.goto(linkTo('/account/email/confirm', await nextMailTo(address, before, /email\/confirm/)));
  await page.locator('#submit').click();
  await expect(page.locator('#what')).toContainText(address);
  await page.goto(`${issuer}/account/email`);
};

const change = async (page, address) => {
  await page.locator('#email').fill(address);
  await page.locator('#change').click();
  await expect(page.locator('#pending-text')).toContainText(address);
  return linkTo('/account/email/confirm', await nextMailTo(address, [], /email\/confirm/));
};

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('an address is confirmed, changed, and the change taken back', async ({ page, rp, browser }) => {
      const old = await signUp(page, rp);
      await expect(page.locator('#present')).toContainText('(not confirmed)');
      await verify(page, old);
      await expect(page.locator('#present')).toContainText('(confirmed)');
      await page.locator('#email').fill('no address');
      await page.locator('#change').click();
      await expect(page.getByRole('alert')).toContainText('not an email address');
      await expect(page.locator('#email')).toHaveValue('no address');

      const moved = `moved-${randomUUID()}@quay.test`;
      const before = await mailsTo(old);
      const link = await change(page, moved);
      await expect(page.locator('#present')).toContainText(old);
      await page.goto(link);
      await page.reload();
      await page.locator('#submit').click();
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('The address is confirmed');
      await page.goto(`${issuer}/account/email`);
      await expect(page.locator('#present')).toContainText(moved);

      const context = await browser.newContext({ javaScriptEnabled });
      const owner = await context.newPage();
      await owner.goto(linkTo('/account/email/undo', await nextMailTo(old, before, /email\/undo/)));
      await expect(owner.getByText(old).first()).toBeVisible();
      await owner.locator('#submit').click();
      await expect(owner.getByRole('heading', { level: 1 })).toHaveText('The change is taken back');
      await owner.locator('#next').click();
      await owner.locator('[name=password]').fill('seven gulls above the lighthouse');
      await owner.locator('[name=password_confirmation]').fill('seven gulls above the lighthouse');
      await owner.locator('#submit').click();
      await expect(owner.getByRole('heading', { level: 1 })).toHaveText('Your new password is set');
      await page.goto(`${issuer}/account/email`);
      await expect(page).toHaveURL(/\/sign-in/);
      await context.close();
    });

    test('what waits is withdrawn', async ({ page, rp }) => {
      await signUp(page, rp);
      const link = await change(page, `later-${randomUUID()}@quay.test`);
      await page.locator('#cancel').click();
      await expect(page.getByRole('status')).toContainText('does not work any more');
      await expect(page.locator('#pending-text')).toHaveCount(0);
      await page.goto(link);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('This link cannot be used');
    });

    test('a link that is opened elsewhere is followed after the sign-in', async ({ page, rp, browser }) => {
      const old = await signUp(page, rp);
      const moved = `moved-${randomUUID()}@quay.test`;
      const link = await change(page, moved);
      const context = await browser.newContext({ javaScriptEnabled });
      const phone = await context.newPage();
      await phone.goto(link);
      await expect(phone).toHaveURL(/\/sign-in/);
      await signIn(phone, old, password);
      await expect(phone.getByRole('heading', { level: 1 })).toHaveText('Confirm this address?');
      await phone.locator('#submit').click();
      await expect(phone.locator('#what')).toContainText(moved);
      await context.close();
    });
  });
}

inEveryLook('the pages of the address', async ({ page, rp }, check) => {
  const old = await signUp(page, rp);
  await check('email-unverified');
  await verify(page, old);
  await page.locator('#email').fill('no address');
  await page.locator('#change').click();
  await check('email-wrong');
  const before = await mailsTo(old);
  const link = await change(page, `moved-${randomUUID()}@quay.test`);
  await check('email-pending');
  await page.goto(link);
  await check('email-confirm');
  await page.locator('#submit').click();
  await check('email-confirmed');
  await page.goto(link);
  await check('email-link-unusable');
  await page.goto(linkTo('/account/email/undo', await nextMailTo(old, before, /email\/undo/)));
  await check('email-undo');
  await page.locator('#submit').click();
  await check('email-undone');
});
