import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../relying-party.mjs';
import { codeIn, linkIn, mailsTo, nextMailTo } from '../mailbox.mjs';

const OLD = 'anchors-aweigh-at-noon';
const CHOSEN = 'seven gulls above the lighthouse';

const harbour = (rp, extra = {}) => {
  const url = new URL(rp.authorizationUrl({ client_id: 'harbour-web', scope: 'openid email', ...extra }));
  url.pathname = url.pathname.replace('/t/acme/', '/t/harbour/');
  return url.href;
};

const arrive = async (page, rp) => {
  await page.waitForURL(`${rp.redirectUri}?**`);
  expect(new URL(page.url()).searchParams.get('code')).toBeTruthy();
};

const signIn = async (page, login, password) => {
  await page.locator('[name=login]').fill(login);
  await page.locator('[name=password]').fill(password);
  await page.locator('#submit').click();
};

const isAccessible = async (page) => {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze();
  expect(violations).toEqual([]);
};

for (const javaScriptEnabled of [true, false]) {
  const number = javaScriptEnabled ? 1 : 2;
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a forgotten password is set anew by the mailed link, and the sign-in goes on', async ({ page, rp }) => {
      const address = `rita-${number}@harbour.test`;
      await page.goto(harbour(rp));
      await page.locator('#forgot-password').click();
      if (javaScriptEnabled) await isAccessible(page);
      const before = await mailsTo(address);
      await page.locator('[name=login]').fill(address);
      await page.locator('#submit').click();
      await expect(page.locator('#asked')).toBeVisible();
      const link = linkIn(await nextMailTo(address, before));

      await page.goto(link);
      await page.reload();
      if (javaScriptEnabled) await isAccessible(page);
      await page.locator('[name=password]').fill(CHOSEN);
      await page.locator('[name=password_confirmation]').fill('something else');
      await page.locator('#submit').click();
      await expect(page.getByRole('alert')).toContainText('not the same');
      await page.locator('[name=password]').fill(CHOSEN);
      await page.locator('[name=password_confirmation]').fill(CHOSEN);
      await page.locator('#submit').click();
      await page.locator('#sign-in').click();
      await signIn(page, address, OLD);
      await expect(page.getByRole('alert')).toBeVisible();
      await signIn(page, address, CHOSEN);
      await expect(page.locator('#terms')).toContainText('Keep the quay clear.');
      await page.locator('#accept').click();
      await arrive(page, rp);

      await page.goto(link);
      await page.locator('#again').click();
      await expect(page.locator('[name=login]')).toBeVisible();
    });

    test('somebody registers: the address is verified, the terms are accepted', async ({ page, rp }) => {
      const address = `sven-${number}@harbour.test`;
      await page.goto(harbour(rp, { prompt: 'create' }));
      await page.locator('[name=username]').fill(address);
      await page.locator('[name=password]').fill(CHOSEN);
      await page.locator('[name=password_confirmation]').fill(CHOSEN);
      await page.locator('#submit').click();
      await expect(page).toHaveURL(/sign-up\/verify/);
      if (javaScriptEnabled) await isAccessible(page);
      const code = codeIn(await nextMailTo(address));
      await page.locator('[name=code]').fill(code.replace(/^./, (digit) => (digit === '0' ? '1' : '0')));
      await page.locator('#submit').click();
      await expect(page.getByRole('alert')).toContainText('not right');
      await page.locator('[name=code]').fill(code);
      await page.locator('#submit').click();
      await expect(page).toHaveURL(/required-action/);
      if (javaScriptEnabled) await isAccessible(page);
      await page.locator('#accept').click();
      await arrive(page, rp);
    });

    test('who declines the terms is not signed in', async ({ page, rp }) => {
      const address = `tove-${number}@harbour.test`;
      await page.goto(harbour(rp, { prompt: 'create' }));
      await page.locator('[name=username]').fill(address);
      await page.locator('[name=password]').fill(CHOSEN);
      await page.locator('[name=password_confirmation]').fill(CHOSEN);
      await page.locator('#submit').click();
      await expect(page).toHaveURL(/sign-up\/verify/);
      await page.goto(linkIn(await nextMailTo(address)));
      await page.locator('#submit').click();
      await page.locator('#decline').click();
      await page.waitForURL(`${rp.redirectUri}?**`);
      expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
    });
  });
}
