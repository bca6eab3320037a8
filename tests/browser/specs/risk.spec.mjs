import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../relying-party.mjs';
import { inEveryLook } from '../every-look.mjs';
import { mailsTo, nextMailTo } from '../mailbox.mjs';

const OLD = 'anchors-aweigh-at-noon';
const linkTo = (path, text) => text.match(/https?:\/\/\S+/g).find((link) => link.includes(path));
const CHOSEN = 'nine herons under the pier';

const harbour = (rp, extra = {}) => {
  const url = new URL(rp.authorizationUrl({ client_id: 'harbour-web', scope: 'openid email', ...extra }));
  url.pathname = url.pathname.replace('/t/acme/', '/t/harbour/');
  return url.href;
};

const signIn = async (page, rp, login, password) => {
  await page.goto(harbour(rp));
  await page.locator('[name=login]').fill(login);
  await page.locator('[name=password]').fill(password);
  await page.locator('#submit').click();
};

/** Accepts the terms where they are asked for. */
const arrive = async (page, rp) => {
  await page.waitForURL((url) => url.href.startsWith(rp.redirectUri) || url.pathname.endsWith('/required-action'));
  if (page.url().startsWith(rp.redirectUri)) return;
  await page.locator('#accept').click();
  await page.waitForURL(`${rp.redirectUri}?**`);
};

const isAccessible = async (page) => {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze();
  expect(violations).toEqual([]);
};

/** Somebody signs in at home, and then somewhere else; the link of the mail about the second. */
const noticed = async (browser, page, rp, address) => {
  await signIn(page, rp, address, OLD);
  await arrive(page, rp);
  const before = await mailsTo(address);
  const elsewhere = await (await browser.newContext()).newPage();
  await signIn(elsewhere, rp, address, OLD);
  await arrive(elsewhere, rp);
  return { elsewhere, link: linkTo('/account/not-me', await nextMailTo(address, before, /not-me/)) };
};

for (const javaScriptEnabled of [true, false]) {
  const address = `otto-${javaScriptEnabled ? 1 : 2}@harbour.test`;
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('"this was not me" signs the other browser out and leads to a new password', async ({ browser, page, rp }) => {
      const { elsewhere, link } = await noticed(browser, page, rp, address);
      await page.goto(link);
      await page.reload();
      if (javaScriptEnabled) await isAccessible(page);
      await elsewhere.goto(harbour(rp, { prompt: 'none' }));
      await elsewhere.waitForURL(`${rp.redirectUri}?**`);
      expect(new URL(elsewhere.url()).searchParams.get('code')).toBeTruthy();

      await page.goto(link);
      const before = await mailsTo(address);
      await page.locator('#confirm').focus();
      await page.keyboard.press('Enter');
      await expect(page.locator('#done')).toBeVisible();
      if (javaScriptEnabled) await isAccessible(page);
      await elsewhere.goto(harbour(rp, { prompt: 'none' }));
      await elsewhere.waitForURL(`${rp.redirectUri}?**`);
      expect(new URL(elsewhere.url()).searchParams.get('error')).toBe('login_required');
      await signIn(elsewhere, rp, address, OLD);
      await expect(elsewhere.locator('#alert')).toBeVisible();

      await page.goto(linkTo('/reset-password', await nextMailTo(address, before, /reset-password/)));
      await page.locator('[name=password]').fill(CHOSEN);
      await page.locator('[name=password_confirmation]').fill(CHOSEN);
      await page.locator('#submit').click();
      await signIn(page, rp, address, CHOSEN);
      await arrive(page, rp);

      await page.goto(link);
      await expect(page.locator('#again')).toBeVisible();
      if (javaScriptEnabled) await isAccessible(page);
    });
  });
}

inEveryLook('the pages behind the link of a notice can be read by everybody', async ({ browser, page, rp, language }, check) => {
  const { link } = await noticed(browser, page, rp, `otto-${language}@harbour.test`);
  await page.goto(link);
  await check('not-me');
  await page.locator('#confirm').click();
  await check('not-me-done');
  await page.goto(link);
  await check('not-me-unusable');
});
