import AxeBuilder from "@axe-core/playwright";

import { expect, open, pages, test } from "../support/test.ts";

for (const path of pages) {
  test(`${path} loads without an error`, async ({ page, problems }) => {
    await open(page, path);
    await expect(page.getByTestId("connection").first()).toContainText("Live");
    await expect(page).toHaveTitle(/\S/);
    await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
    expect(problems).toEqual([]);
  });

  test(`${path} has no serious accessibility finding`, async ({ page }) => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await open(page, path);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, help, nodes }) => ({ id, help, where: nodes.map(({ target }) => target.join(" ")) }));
    expect(serious).toEqual([]);
  });
}

test("every page is reached from the first", async ({ page, problems }) => {
  await open(page, "/");
  for (const path of ["/market", "/quality", "/pipeline", "/batches", "/"]) {
    await page.getByRole("navigation").locator(`a[href="${path}"]`).locator("visible=true").first().click();
    await expect(page).toHaveURL((url) => url.pathname === path);
    await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  }
  expect(problems).toEqual([]);
});

test("an address that does not exist says so", async ({ page }) => {
  const response = await page.goto("/no/such/page");
  expect(response?.status()).toBe(404);
  await expect(page.getByTestId("not-found")).toBeVisible();
});

test("the theme can be switched and is kept", async ({ page }) => {
  await open(page, "/");
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const before = await background();
  const toggle = page.getByTestId("theme-toggle").locator("button, input, a").locator("visible=true").first();
  await toggle.click();
  await expect.poll(background).not.toBe(before);
  const after = await background();
  await open(page, "/quality");
  expect(await background()).toBe(after);
});
