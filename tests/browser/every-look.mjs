// What every page has to pass, however somebody looks at it. A spec that shows a page calls `check(name)` within
// `inEveryLook`, so a new page needs one line.
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from './relying-party.mjs';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const phone = { width: 320, height: 640 };
const desktop = { width: 1280, height: 800 };

/** Light and dark, left to right and right to left, the narrowest phone, and a desktop at 200 % (WCAG 2.2 §1.4.4). */
const LOOKS = [
  { name: 'light, phone', use: { colorScheme: 'light', viewport: phone } },
  { name: 'dark, phone', use: { colorScheme: 'dark', viewport: phone } },
  { name: 'light, desktop', use: { colorScheme: 'light', viewport: desktop } },
  { name: 'dark, desktop at 200 %', use: { colorScheme: 'dark', viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 } },
  { name: 'German, phone', use: { colorScheme: 'light', viewport: phone, locale: 'de-DE' } },
  { name: 'Japanese, dark, phone', use: { colorScheme: 'dark', viewport: phone, locale: 'ja-JP' } },
  { name: 'Arabic, dark, phone', use: { colorScheme: 'dark', viewport: phone, locale: 'ar-EG' } },
  { name: 'Arabic, desktop at 200 %', use: { colorScheme: 'light', viewport: { width: 640, height: 400 }, deviceScaleFactor: 2, locale: 'ar-EG' } },
];

/** Fails when the page has an accessibility violation, scrolls sideways, or is not in the look's language. */
async function check(page, name, look) {
  const results = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  expect(results.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html) })), name).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${name} scrolls sideways`).toBeLessThanOrEqual(0);
  const language = (look.use.locale ?? 'en').slice(0, 2);
  await expect(page.locator('html'), name).toHaveAttribute('lang', language);
  await expect(page.locator('html'), name).toHaveAttribute('dir', language === 'ar' ? 'rtl' : 'ltr');
  if (process.env.LATCHKEY_SCREENSHOTS) {
    const file = `${name}-${look.name.replaceAll(/[^A-Za-z0-9]+/g, '-')}`;
    await page.screenshot({ path: `${process.env.LATCHKEY_SCREENSHOTS}/${file}.png`, fullPage: true });
  }
}

/** One test in each look: `walk` goes from page to page and calls `check(name)` on each. */
export function inEveryLook(title, walk) {
  for (const look of LOOKS) {
    test.describe(look.name, () => {
      test.use(look.use);
      // Each page takes seconds to check.
      test.setTimeout(90_000);
      test(title, async ({ page, rp, browser }) => walk({ page, rp, browser }, (name) => check(page, name, look)));
    });
  }
}
