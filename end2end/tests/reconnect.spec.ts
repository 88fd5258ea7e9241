import { Server } from "../support/server.ts";
import { expect, hydrated, test } from "../support/test.ts";

// after several tries the page waits up to 30 s for the next one
const RECONNECTED = { timeout: 45_000 };

test("a lost server is noticed, and found again without losing or repeating an alert", async ({ page }) => {
  test.setTimeout(120_000);
  // a server of its own, because it is killed
  const server = await Server.start();
  try {
    await page.goto(`${server.url}/quality`);
    await hydrated(page);
    const badge = page.getByTestId("connection").first();
    await expect(badge).toContainText("Live");
    await page.evaluate(() => Object.assign(window, { sameDocument: true }));
    // the fault is at every simulated venue: one of them is followed
    const crossed = page.locator(
      '[data-testid="alert-row"][data-check="book.crossed"][data-entity="BTC-USDT/simulator/live"]',
    );
    await server.fault("crossed_book", "on");
    await expect(crossed).toHaveCount(1);
    const id = await crossed.getAttribute("data-alert-id");

    await server.kill();
    await expect(badge).toContainText("Reconnecting");

    // the simulator of the new process has no fault, so the alert goes on and then resolves
    await server.run();
    await expect(badge).toContainText("Live", RECONNECTED);
    const row = page.locator(`[data-testid="alert-row"][data-alert-id="${id}"]`);
    await expect(row).toHaveAttribute("data-state", "resolved", RECONNECTED);

    // and a new problem is a new alert
    await server.fault("crossed_book", "on");
    await expect(crossed).toHaveCount(2);
    const ids = await page
      .getByTestId("alert-row")
      .evaluateAll((rows) => rows.map((row) => row.getAttribute("data-alert-id")));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain(id);
    expect(await page.evaluate(() => "sameDocument" in window)).toBe(true);
  } finally {
    await server.stop();
  }
});
