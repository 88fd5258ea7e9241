import { expect, open, test } from "../support/test.ts";

const SOON = { timeout: 45_000 };

test.describe("the live market", () => {
  test("shows trades as they happen, newest on top, without moving the page", async ({ page, problems }) => {
    await open(page, "/market");
    await expect(page.getByTestId("connection").first()).toContainText("Live");
    const trades = page.getByTestId("trade");
    await expect(trades.first()).toBeVisible(SOON);
    const tape = page.getByTestId("tape");
    const before = await tape.boundingBox();
    const first = await trades.first().getAttribute("data-trade");
    await expect.poll(() => trades.first().getAttribute("data-trade"), SOON).not.toBe(first);

    const rows = await trades.evaluateAll((all) =>
      all.map((row) => [row.getAttribute("data-trade"), row.querySelector("td")?.textContent ?? ""]),
    );
    expect(rows.length).toBeLessThanOrEqual(50);
    expect(new Set(rows.map(([id]) => id)).size).toBe(rows.length);
    for (const [, time] of rows) {
      expect(time).toMatch(/^\d\d:\d\d:\d\d\.\d{3}$/);
    }
    await expect(trades.first()).toContainText(/buy|sell/);
    expect((await tape.boundingBox())?.height).toBe(before?.height);
    expect(problems).toEqual([]);
  });

  test("draws the depth of the book and tells its age", async ({ page }) => {
    await open(page, "/market");
    const book = page.getByTestId("book");
    await expect(book.locator("svg.market-depth")).toBeVisible(SOON);
    await expect(book).toContainText(/Spread/);
    await expect(book.locator("time")).toHaveText(/ago/);
    const bid = () => book.locator(".market-ladder tbody tr").first().innerText();
    const before = await bid();
    await expect.poll(bid, SOON).not.toBe(before);
  });

  test("compares the venues with the price they agree on", async ({ page }) => {
    await open(page, "/market");
    await expect(page.getByTestId("consensus-price")).toHaveText(/\d/, SOON);
    await expect(page.getByTestId("venue-row").first()).toContainText(/bps/);
    await expect(page.getByTestId("primary")).toHaveCount(1);
  });
});
