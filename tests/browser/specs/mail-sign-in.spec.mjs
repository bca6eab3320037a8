import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../relying-party.mjs';
import { codeIn, linkIn, mailsTo, nextMailTo } from '../mailbox.mjs';

const letters = (rp, extra = {}) => {
  const url = new URL(rp.authorizationUrl({ client_id: 'letters-web', scope: 'openid', ...extra }));
  url.pathname = url.pathname.replace('/t/acme/', '/t/letters/');
  return url.href;
};

const addressOf = (name) => `${name}@letters.test`;

/** Asks for a mail on the sign-in page; what it says. */
const ask = async (page, rp, name, way) => {
  const before = await mailsTo(addressOf(name));
  await page.goto(letters(rp));
  await page.locator('[name=login]').fill(name);
  await page.locator(`#by-mail-${way}`).click();
  await expect(page).toHaveURL(/sign-in\/mail\?/);
  return nextMailTo(addressOf(name), before);
};

const arrive = async (page, rp) => {
  await page.waitForURL(`${rp.redirectUri}?**`);
  expect(new URL(page.url()).searchParams.get('code')).toBeTruthy();
};

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a code that is read in the mailbox signs in, and a wrong one says so', async ({ page, rp }) => {
      const code = codeIn(await ask(page, rp, `una-${javaScriptEnabled ? 1 : 2}`, 'email_code'));
      await page.locator('[name=code]').fill(code.replace(/^./, (digit) => (digit === '0' ? '1' : '0')));
      await page.locator('#submit').click();
      await expect(page.getByRole('alert')).toContainText('not right');
      await expect(page.locator('[name=code]')).toBeFocused();
      await page.locator('[name=code]').fill(code);
      await page.locator('#submit').click();
      await arrive(page, rp);
    });

    test('a link that is opened in the same browser signs in', async ({ page, rp }) => {
      const link = linkIn(await ask(page, rp, `vera-${javaScriptEnabled ? 1 : 2}`, 'magic_link'));
      await page.goto(link);
      await page.reload();
      await page.locator('#submit').click();
      await arrive(page, rp);
      await page.goto(link);
      await expect(page.locator('h1')).toBeVisible();
    });

    test('a link that is opened elsewhere says where it works, and the code beside it does there', async ({ page, rp, browser }) => {
      const mail = await ask(page, rp, `wanda-${javaScriptEnabled ? 1 : 2}`, 'magic_link');
      const phone = await (await browser.newContext({ javaScriptEnabled })).newPage();
      await phone.goto(linkIn(mail));
      await expect(phone.locator('h1')).toContainText('works elsewhere');
      await expect(phone.locator('form')).toHaveCount(0);
      await page.locator('[name=code]').fill(codeIn(mail));
      await page.locator('#submit').click();
      await arrive(page, rp);
    });
  });
}

for (const colorScheme of ['light', 'dark']) {
  for (const [device, viewport] of [['phone', { width: 320, height: 640 }], ['desktop', { width: 1280, height: 800 }]]) {
    test.describe(`${colorScheme}, ${device}`, () => {
      test.use({ colorScheme, viewport });

      test('no page of a sign-in by mail has an accessibility violation or a sideways scroll', async ({ page, rp, browser }) => {
        const check = async (shown, name) => {
          const results = await new AxeBuilder({ page: shown }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
          expect(results.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html) })), name).toEqual([]);
          const overflow = await shown.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          expect(overflow, `${name} scrolls sideways`).toBeLessThanOrEqual(0);
          if (process.env.LATCHKEY_SCREENSHOTS) {
            await shown.screenshot({ path: `${process.env.LATCHKEY_SCREENSHOTS}/${name}-${colorScheme}-${device}.png`, fullPage: true });
          }
        };
        await page.goto(letters(rp));
        await check(page, 'sign-in-by-mail');
        const mail = await ask(page, rp, `xenia-${colorScheme}-${device}`, 'magic_link');
        await check(page, 'mail-link-sent');
        await page.locator('[name=code]').fill('1');
        await page.locator('#submit').click();
        await check(page, 'mail-code-wrong');
        const other = await (await browser.newContext({ colorScheme, viewport })).newPage();
        await other.goto(linkIn(mail));
        await check(other, 'mail-link-elsewhere');
        await page.goto(linkIn(mail));
        await check(page, 'mail-link');
        await page.locator('#submit').click();
        await arrive(page, rp);
      });
    });
  }
}
