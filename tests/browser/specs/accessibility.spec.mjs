import AxeBuilder from '@axe-core/playwright';
import { expect, signIn, test } from '../relying-party.mjs';

const violations = async (page) => {
  const results = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  return results.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html) }));
};

// Every page on the way in and out, in both colour schemes and on both sizes.
for (const colorScheme of ['light', 'dark']) {
  for (const [device, viewport] of [['phone', { width: 320, height: 640 }], ['desktop', { width: 1280, height: 800 }]]) {
    test.describe(`${colorScheme}, ${device}`, () => {
      test.use({ colorScheme, viewport });

      test('no page has an accessibility violation, a sideways scroll or a third-party request', async ({ page, rp }) => {
        const foreign = [];
        page.on('request', (request) => {
          const { host } = new URL(request.url());
          if (host && !request.url().startsWith(process.env.LATCHKEY_SUITE_URL) && !request.url().startsWith(rp.origin)) foreign.push(request.url());
        });
        const blocked = [];
        page.on('console', (message) => {
          if (/Content Security Policy/i.test(message.text())) blocked.push(message.text());
        });
        const check = async (name) => {
          expect(await violations(page), name).toEqual([]);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          expect(overflow, `${name} scrolls sideways`).toBeLessThanOrEqual(0);
          if (process.env.LATCHKEY_SCREENSHOTS) {
            await page.screenshot({ path: `${process.env.LATCHKEY_SCREENSHOTS}/${name}-${colorScheme}-${device}.png`, fullPage: true });
          }
        };
        await page.goto(rp.authorizationUrl({ prompt: 'consent' }));
        await check('sign-in');
        await signIn(page, 'alice', 'wrong');
        await check('sign-in-refused');
        await signIn(page);
        await expect(page).toHaveURL(/consent/);
        await check('consent');
        await page.locator('#allow').click();
        await page.waitForURL(`${rp.redirectUri}?**`);
        await page.goto(`${process.env.LATCHKEY_SUITE_ISSUER}/oauth2/logout`);
        await check('sign-out');
        await page.locator('#confirm').click();
        await check('signed-out');
        await page.goto(rp.authorizationUrl({ client_id: 'no-such-client' }));
        await check('error');
        await page.goto(`${process.env.LATCHKEY_SUITE_URL}/t/no-such-tenant/sign-in`);
        await check('unknown-tenant');
        expect(foreign).toEqual([]);
        expect(blocked).toEqual([]);
      });
    });
  }
}

test('the whole sign-in works from the keyboard', async ({ page, rp }) => {
  await page.goto(rp.authorizationUrl({ prompt: 'consent' }));
  await expect(page.locator('[name=login]')).toBeFocused();
  await page.keyboard.type('alice');
  await page.keyboard.press('Tab');
  await page.locator('[name=password]').focus();
  await page.keyboard.type('wonderland-in-spring');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/consent/);
  await page.locator('#allow').focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(`${rp.redirectUri}?**`);
});
