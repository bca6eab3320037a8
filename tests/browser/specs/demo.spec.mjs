import AxeBuilder from '@axe-core/playwright';
import { expect, signIn, test } from '../relying-party.mjs';

test('the demo page signs in, shows the decoded tokens, refreshes and signs out', async ({ page }) => {
  await page.goto('/demo');
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
  await page.getByRole('button', { name: /sign in/i }).click();
  await signIn(page, 'alice', 'correct-horse-battery');
  if (/consent/.test(page.url())) await page.locator('#allow').click();
  await expect(page.getByText('"sub"').first()).toBeVisible();
  if (process.env.SUITE_SCREENSHOTS) {
    await page.screenshot({ path: `${process.env.SUITE_SCREENSHOTS}/demo.png`, fullPage: true });
  }
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
  await page.getByRole('button', { name: /refresh/i }).click();
  await expect(page.getByText('"sub"').first()).toBeVisible();
  await page.getByRole('button', { name: /sign out/i }).click();
  await expect(page.getByRole('button', { name: /sign in/i })).toBeVisible();
});
