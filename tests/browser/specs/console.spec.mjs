import { randomUUID } from 'node:crypto';
import { expect, signIn, test } from '../relying-party.mjs';

const password = 'a-noticeboard-in-the-park';
const issuer = process.env.LATCHKEY_SUITE_ISSUER.replace('/t/acme', '/t/commons');

/** Makes an account of its own, and signs in to the console with it. */
const signUp = async (page, rp) => {
  const name = `cora-${randomUUID()}`;
  const url = new URL(rp.authorizationUrl({ client_id: 'accounts-web', scope: 'openid', prompt: 'create' }));
  url.pathname = url.pathname.replace('/t/acme/', '/t/commons/');
  await page.goto(url.href);
  await page.locator('[name=username]').fill(name);
  await page.locator('[name=password]').fill(password);
  await page.locator('[name=password_confirmation]').fill(password);
  await page.locator('#submit').click();
  await page.waitForURL(/\/consent|\/callback/);
  await page.goto(`${issuer}/account/profile`);
  await expect(page).toHaveURL(/\/sign-in/);
  await expect(page.locator('[name=login]')).toHaveValue(name);
  await signIn(page, name, password);
  await expect(page).toHaveURL(/\/account\/profile$/);
  return name;
};

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('the profile is changed, and what is wrong is said at its field', async ({ page, rp }) => {
      await signUp(page, rp);
      await page.getByLabel('Full name').fill('Cora Console');
      await page.getByLabel('Date of birth').fill('tomorrow');
      await page.locator('#save').click();
      await expect(page.getByRole('alert')).toContainText('This is not a date');
      await expect(page.getByLabel('Full name')).toHaveValue('Cora Console');
      await page.getByLabel('Date of birth').fill('1990-12-31');
      await page.locator('#save').click();
      await expect(page.getByRole('status')).toHaveText('Saved.');
      await expect(page.getByText('Signed in as Cora Console')).toBeVisible();
    });

    test('a browser is signed out from another', async ({ page, rp, browser }) => {
      const name = await signUp(page, rp);
      const context = await browser.newContext({ javaScriptEnabled });
      const other = await context.newPage();
      await other.goto(`${issuer}/account`);
      await signIn(other, name, password);
      await expect(other.getByRole('heading', { level: 1 })).toHaveText('Your account');
      await page.goto(`${issuer}/account/sessions`);
      await expect(page.getByText('This one')).toHaveCount(1);
      await page.getByRole('button', { name: /^Sign out .*Chrome/ }).click();
      await expect(page.getByRole('status')).toHaveText('Signed out there.');
      await other.reload();
      await expect(other).toHaveURL(/\/sign-in/);
      await context.close();
    });

    test('an account is deleted, and kept by signing in again', async ({ page, rp }) => {
      const name = await signUp(page, rp);
      await page.goto(`${issuer}/account/data`);
      await page.locator('#delete').click();
      await page.locator('#confirmation').fill('somebody else');
      await page.locator('#confirm').click();
      await expect(page.getByRole('alert')).toContainText('Nothing was deleted');
      await page.locator('#confirmation').fill(name);
      await page.locator('#confirm').click();
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your account will be deleted');
      await page.goto(`${issuer}/account`);
      await expect(page).toHaveURL(/\/sign-in/);
      await signIn(page, name, password);
      await expect(page).toHaveURL(/\/account$/);
    });

    test('who signed out is offered by name, and can be forgotten', async ({ page, rp }) => {
      const name = await signUp(page, rp);
      await page.goto(`${issuer}/oauth2/logout`);
      await page.locator('#confirm').click();
      await page.goto(`${issuer}/account/switch`);
      await page.locator('#remembered .pick').click();
      await expect(page.locator('[name=login]')).toHaveValue(name);
      await page.goto(`${issuer}/account/switch`);
      await page.getByRole('button', { name: `Forget ${name} in this browser` }).click();
      await expect(page).toHaveURL(/\/sign-in/);
    });
  });
}

test('the console is walked through with the keyboard', async ({ page, rp }) => {
  await signUp(page, rp);
  await page.goto(`${issuer}/account`);
  const navigation = page.getByRole('navigation', { name: 'Your account' });
  const names = await navigation.getByRole('link').allTextContents();
  expect(names.length).toBeGreaterThan(6);
  for (const [index, name] of names.entries()) {
    await page.goto(`${issuer}/account`);
    for (let step = 0; step <= index; step += 1) await page.keyboard.press('Tab');
    await expect(page.locator(':focus')).toHaveText(name);
    await page.keyboard.press('Enter');
    await expect(navigation.locator('[aria-current=page]')).toHaveText(name);
  }
});

test('no page of the console scrolls sideways at 320 px', async ({ page, rp }) => {
  await signUp(page, rp);
  await page.setViewportSize({ width: 320, height: 800 });
  await page.goto(`${issuer}/account`);
  const links = await page.getByRole('navigation').getByRole('link').all();
  const urls = await Promise.all(links.map((link) => link.getAttribute('href')));
  for (const url of urls) {
    await page.goto(new URL(url, issuer).href);
    const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    expect(content, url).toBeLessThanOrEqual(window);
  }
});
