import { expect, open, pages, test } from "../support/test.ts";

for (const path of pages) {
  test(`${path} fits a phone`, async ({ page, problems }) => {
    await open(page, path);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
    // nothing can be pushed aside with a finger either
    await page.evaluate(() => window.scrollTo(1000, 0));
    expect(await page.evaluate(() => window.scrollX)).toBe(0);
    expect(problems).toEqual([]);
  });
}

test("the pages are tabs at the bottom edge", async ({ page }) => {
  await open(page, "/");
  const tabs = page.getByRole("navigation", { name: "Pages" }).locator("visible=true");
  await expect(tabs).toHaveCount(1);
  const box = await tabs.boundingBox();
  expect(box?.y ?? 0).toBeGreaterThan(844 - 120);
  for (const path of ["/", "/market", "/quality", "/pipeline", "/batches"]) {
    const tab = tabs.locator(`a[href="${path}"]`);
    await expect(tab).toBeVisible();
    expect((await tab.boundingBox())?.height ?? 0).toBeGreaterThanOrEqual(44);
  }
  await tabs.locator('a[href="/quality"]').tap();
  await expect(page).toHaveURL(/\/quality$/);
});
