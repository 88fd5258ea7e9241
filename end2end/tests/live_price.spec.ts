import { expect, open, test } from "../support/test.ts";

test("the price moves without reloading", async ({ page, problems }) => {
  await open(page, "/");
  await expect(page.getByTestId("connection").first()).toContainText("Live");
  // a document that was loaded again would have lost this
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));

  const price = page.getByTestId("price-now");
  await expect(price).toHaveText(/\d/);
  const seen = new Set<string>();
  await expect
    .poll(async () => seen.add(await price.innerText()).size, { message: "different prices", timeout: 30_000 })
    .toBeGreaterThan(2);

  await expect(page.getByTestId("kpi-price-value")).toHaveText(/\d/);
  expect(await page.evaluate(() => "sameDocument" in window)).toBe(true);
  expect(problems).toEqual([]);
});

test("generated prices are marked as such", async ({ page }) => {
  await open(page, "/");
  await expect(page.getByTestId("simulated-badge").first()).toBeVisible();
});
