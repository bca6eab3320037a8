// What every page has to pass, however somebody looks at it. A spec that shows a page calls `check(name)` within
// `inEveryLook`; the name stands in `pages.mjs` beside the page's template.
import AxeBuilder from '@axe-core/playwright';
import { NAMES, PAGES } from './pages.mjs';
import { expect, test } from './relying-party.mjs';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What a page can break in another look although it has passed in the first one. */
const RULES_OF_LOOKS = ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size'];

const phone = { width: 320, height: 640 };
const desktop = { width: 1280, height: 800 };
/** A desktop of 1280 by 800 at 200 % (WCAG 2.2 §1.4.4). */
const zoomed = { width: 640, height: 400 };

/**
 * One walk for each language, with the looks that each page of it is seen in; the first is judged by every rule. Which
 * look a page is in never changes what it is, so one walk sees all of them.
 */
const WALKS = [
  {
    language: 'en',
    locale: 'en-GB',
    looks: [['light-phone', 'light', phone], ['dark-phone', 'dark', phone], ['light-desktop', 'light', desktop], ['dark-desktop-at-200', 'dark', zoomed]],
  },
  { language: 'ar', locale: 'ar-EG', looks: [['dark-phone', 'dark', phone], ['light-desktop-at-200', 'light', zoomed], ['light-desktop', 'light', desktop]] },
  { language: 'de', locale: 'de-DE', looks: [['light-phone', 'light', phone]] },
  { language: 'ja', locale: 'ja-JP', looks: [['dark-phone', 'dark', phone]] },
];

/** What a page looks like is the same on every database: one walk there shows that the pages come. */
const walks = process.env.BACKEND === 'production' ? WALKS.slice(0, 1).map((walk) => ({ ...walk, looks: walk.looks.slice(0, 1) })) : WALKS;

async function judge(page, name, rules) {
  // Legacy mode: no second page is opened, and our pages have no frames of other origins to look into.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  const results = await (rules ? axe.withRules(rules) : axe.withTags(TAGS)).analyze();
  expect(results.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html) })), name).toEqual([]);
}

/**
 * Fails unless Tab goes through everything that can be used, in the order of the document, which is the order that is read,
 * and shows where it is (WCAG 2.2 §2.4.3, §2.4.7).
 */
async function judgeKeyboard(page, name) {
  const count = await page.evaluate(() => {
    const usable = 'a[href], button:not([disabled]), input:not([type=hidden], [disabled]), select, textarea, summary, [tabindex="0"]';
    const isStop = (element) => element.type !== 'radio' || element.checked || !document.querySelector(`[name="${element.name}"]:checked`);
    window.stops = [...document.querySelectorAll(usable)].filter((element) => element.checkVisibility({ visibilityProperty: true }) && isStop(element));
    window.stops[0]?.focus();
    return window.stops.length;
  });
  for (let index = 1; index < count; index += 1) {
    await page.keyboard.press('Tab');
    const missed = await page.evaluate((at) => {
      const [wanted, got] = [window.stops[at], document.activeElement];
      if (wanted !== got) return `${wanted.outerHTML} is not reached, but ${got.outerHTML.slice(0, 200)}`;
      const { outlineStyle, outlineWidth } = getComputedStyle(got);
      return outlineStyle === 'none' || parseFloat(outlineWidth) < 2 ? `${got.outerHTML} does not show that it has the focus` : '';
    }, index);
    expect(missed, name).toBe('');
  }
}

/** Fails when the page has an accessibility violation, scrolls sideways, or is not in the walk's language. */
async function check(page, name, { language, looks }) {
  expect(NAMES, `pages.mjs does not know ${name}`).toContain(name);
  await expect(page.locator('html'), name).toHaveAttribute('lang', language);
  await expect(page.locator('html'), name).toHaveAttribute('dir', language === 'ar' ? 'rtl' : 'ltr');
  // Only pages of errors have this mark: a walk that lost its way does not pass.
  await expect(page.locator('.mark-bad'), name).toHaveCount(PAGES['error.html'].includes(name) ? 1 : 0);
  for (const [index, [look, colorScheme, viewport]] of looks.entries()) {
    if (index > 0 || looks.length > 1) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      // Colours on their way from one scheme to the other are no colours of the page.
      await page.evaluate(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished)));
    }
    const here = `${name} (${language}, ${look})`;
    await judge(page, here, index > 0 && RULES_OF_LOOKS);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overflow, `${here} scrolls sideways`).toBeLessThanOrEqual(0);
    if (process.env.SUITE_SCREENSHOTS) {
      await page.screenshot({ path: `${process.env.SUITE_SCREENSHOTS}/${name}-${language}-${look}.png`, fullPage: true });
    }
  }
  if (language === 'en') await judgeKeyboard(page, name);
}

/**
 * One test in each language: `walk` goes from page to page and calls `check(name)` on each. It gets the walk's language
 * for what has to differ between walks, and `check(name, page)` for another page than the test's.
 */
export function inEveryLook(title, walk) {
  for (const { language, locale, looks } of walks) {
    const [, colorScheme, viewport] = looks[0];
    test.describe(`in ${language}`, () => {
      test.use({ locale, colorScheme, viewport });
      // Each page takes seconds to check.
      test.setTimeout(180_000);
      test(title, async ({ page, rp, browser }) => {
        const context = { locale, colorScheme, viewport };
        await walk({ page, rp, browser, language, context }, (name, shown = page) => check(shown, name, { language, looks }));
      });
    });
  }
}
