import { expect, open, test } from "../support/test.ts";

// polls are a second apart; from the poll that sees a fault, five seconds are allowed
const SEEN = { timeout: 6_500 };
// a problem is over only after it has stayed away for a while
const OVER = { timeout: 45_000 };

test.describe("a fault of the exchange", () => {
  test.afterEach(async ({ server }) => {
    await server.fault("crossed_book", "off");
    await server.fault("server_error", "off");
  });

  test("becomes an alert on the page and resolves, without reloading", async ({ page, server, problems }) => {
    test.setTimeout(120_000);
    await open(page, "/quality");
    await expect(page.getByTestId("connection").first()).toContainText("Live");
    await page.evaluate(() => Object.assign(window, { sameDocument: true }));
    const openRows = page.locator(
      // the fault is at every simulated venue: one of them is followed
      '[data-testid="alert-row"][data-check="book.crossed"][data-entity="BTC-USDT/simulator/live"]:not([data-state="resolved"])',
    );
    // that of a test before this one may still be recovering
    await expect(openRows).toHaveCount(0, OVER);

    await server.fault("crossed_book", "on");
    await expect(openRows).toHaveCount(1, SEEN);
    const id = await openRows.getAttribute("data-alert-id");
    expect(id).toMatch(/^\d+$/);
    const row = page.locator(`[data-testid="alert-row"][data-alert-id="${id}"]`);
    await expect(row).toHaveAttribute("data-state", "firing");
    await expect(row).toHaveAttribute("data-entity", /simulator/);

    await server.fault("crossed_book", "off");
    await expect(row).toHaveAttribute("data-state", "resolved", OVER);
    expect(await page.evaluate(() => "sameDocument" in window)).toBe(true);
    expect(problems).toEqual([]);
  });

  test("changes the verdict and the count of open alerts", async ({ page, server }) => {
    await open(page, "/");
    await expect(page.getByTestId("connection").first()).toContainText("Live");
    const count = page.getByTestId("kpi-alerts-value");
    await expect(count).toHaveText(/^\d+$/);
    const before = Number(await count.innerText());

    await server.fault("crossed_book", "on");
    await expect.poll(async () => Number(await count.innerText()), SEEN).toBeGreaterThan(before);
    await expect(page.getByTestId("verdict")).toContainText(/caution|not to be trusted/i);
  });

  test("shows on its feed", async ({ page, server }) => {
    await open(page, "/");
    const feed = page.getByTestId("feed-row").filter({ hasText: /simulator/i }).first();
    await expect(feed).toBeVisible();

    await server.fault("server_error", "on");
    await expect(feed).toContainText(/backing off/i);
    await server.fault("server_error", "off");
    await expect(feed).not.toContainText(/backing off/i, OVER);
  });
});
