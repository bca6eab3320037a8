// What scripts add to passwords: advice while one is typed, and the task while a tenant is flooded with wrong ones.
import AxeBuilder from '@axe-core/playwright';
import { expect, signIn, test } from '../relying-party.mjs';
import { inEveryLook } from '../every-look.mjs';

const at = (tenant, url) => {
  const there = new URL(url);
  there.pathname = there.pathname.replace('/t/acme/', `/t/${tenant}/`);
  return there.href;
};

const violations = async (page) => {
  const results = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  return results.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html) }));
};

const signUp = async (page, rp) => {
  await page.goto(at('commons', rp.authorizationUrl({ client_id: 'accounts-web', scope: 'openid profile email', prompt: 'create' })));
  await expect(page).toHaveURL(/\/t\/commons\/sign-up/);
};

test('advice follows what is typed, and counts the own name against it', async ({ page, rp }) => {
  const refused = [];
  page.on('console', (message) => message.type() === 'error' && refused.push(message.text()));
  await signUp(page, rp);
  const advice = page.locator('#password-advice');
  await expect(advice).toBeHidden();
  const password = page.locator('#password');
  await password.fill('password1');
  await expect(advice).toContainText('many people use');
  await password.fill('gravel orchid marble canyon');
  await expect(advice).toContainText('hard to guess');
  await expect(page.locator('#password-meter')).toHaveJSProperty('value', 4);
  expect(await violations(page)).toEqual([]);
  await page.locator('#username').fill('thistlewaite');
  await password.fill('thistlewaite1');
  await expect(advice).toContainText('what others know about you');
  await password.fill('');
  await expect(advice).toBeHidden();
  expect(refused).toEqual([]);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the same advice comes when the form is sent', async ({ page, rp }) => {
    await signUp(page, rp);
    await page.locator('#username').fill(`weak-${Date.now()}`);
    await page.locator('#password').fill('password1');
    await page.locator('#password-confirmation').fill('password1');
    await page.locator('#submit').click();
    await expect(page.locator('#password-error')).toContainText('many people use');
  });

  test('the task of a flooded tenant says what to do', async ({ page, rp }) => {
    await page.goto(at('besieged', rp.authorizationUrl({ client_id: 'besieged-web', scope: 'openid' })));
    for (const turn of [1, 2]) {
      await signIn(page, `nobody-${turn}`, 'wrong');
      await expect(page.locator('#alert')).toBeVisible();
    }
    await expect(page.locator('#work-script')).toContainText('needs JavaScript');
    await signIn(page, 'sieglinde', 'wrong');
    await expect(page.locator('#alert')).toContainText('solve a small task');
  });
});

test('the browser solves the task of a flooded tenant and signs in', async ({ page, rp }) => {
  await page.goto(at('besieged', rp.authorizationUrl({ client_id: 'besieged-web', scope: 'openid' })));
  await signIn(page, 'nobody', 'wrong');
  await expect(page.locator('#alert')).toBeVisible();
  if ((await page.locator('#work').count()) === 0) {
    await signIn(page, 'nobody', 'wrong');
  }
  await expect(page.locator('#work-number')).toHaveValue(/^\d+$/);
  expect(await violations(page)).toEqual([]);
  await signIn(page, 'sieglinde', 'ramparts-in-winter');
  await page.waitForURL(`${rp.redirectUri}?**`);
  expect(new URL(page.url()).searchParams.get('code')).toBeTruthy();
});

test('whoever is quicker than the task is signed in when it is solved', async ({ page, rp }) => {
  // How long a task takes is chance, and the machine may have other work.
  test.setTimeout(90_000);
  await page.goto(at('besieged', rp.authorizationUrl({ client_id: 'besieged-web', scope: 'openid' })));
  await signIn(page, 'nobody', 'wrong');
  await expect(page.locator('#alert')).toBeVisible();
  // Before the first number is tried.
  await page.addInitScript(() => {
    const later = window.setTimeout;
    window.setTimeout = (work, wait) => later(work, wait || 50);
  });
  await signIn(page, 'nobody', 'wrong');
  await expect(page.locator('#alert')).toBeVisible();
  await signIn(page, 'sieglinde', 'ramparts-in-winter');
  await page.waitForURL(`${rp.redirectUri}?**`);
});

inEveryLook('a task that is being solved passes, too', async ({ page, rp }, check) => {
  await page.goto(at('besieged', rp.authorizationUrl({ client_id: 'besieged-web', scope: 'openid' })));
  for (let turn = 0; turn < 3 && (await page.locator('#work').count()) === 0; turn += 1) {
    await signIn(page, 'nobody', 'wrong');
    await expect(page.locator('#alert')).toBeVisible();
  }
  await expect(page.locator('#work-number')).toHaveValue(/^\d+$/);
  await check('sign-in-with-task');
});
