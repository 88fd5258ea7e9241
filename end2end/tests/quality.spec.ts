import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { crossed } from "../support/alerts.ts";
import { expect, hydrated, open, test } from "../support/test.ts";

// polls are a second apart; an incident is formed with the alert
const SEEN = { timeout: 15_000 };
const parts = ["incidents", "rules", "reconciliation", "quarantine", "silences", "checks", "score/overall"];

/** Presses a button of the drawer: with scripts it is sent in the background, without them it leads to a page. */
async function press(page: Page, name: string): Promise<void> {
  await page.getByTestId("alert-actions").getByRole("button", { name, exact: true }).click();
}

async function actAndUndo(page: Page): Promise<void> {
  const badges = page.getByTestId("alert-badges");
  await press(page, "Acknowledge");
  await expect(badges).toContainText("acknowledged", SEEN);
  await press(page, "Undo acknowledgement");
  await expect(badges).not.toContainText("acknowledged", SEEN);

  await press(page, "Silence for 1 h");
  await expect(badges).toContainText("silenced", SEEN);
  await press(page, "End silence");
  await expect(page.getByRole("button", { name: "Silence for 1 h" })).toBeVisible(SEEN);

  await press(page, "False alarm");
  await expect(page.getByRole("button", { name: "Undo false alarm" })).toBeVisible(SEEN);
  await press(page, "Undo false alarm");
  await expect(page.getByRole("button", { name: "False alarm", exact: true })).toBeVisible(SEEN);
}

test.afterEach(async ({ server }) => {
  await server.fault("crossed_book", "off");
});

test("an alert is acted on and each act taken back", async ({ page, server, problems }) => {
  const href = await crossed(page, (name, state) => server.fault(name, state));
  await open(page, href);
  await expect(page.getByTestId("evidence")).toBeVisible();
  await actAndUndo(page);
  await hydrated(page);
  expect(problems).toEqual([]);
});

test("a score opens down to the rows that cost it points", async ({ page, server, problems }) => {
  await crossed(page, (name, state) => server.fault(name, state));
  await open(page, "/quality");
  await expect(page.getByTestId("incident-row").first()).toBeVisible(SEEN);
  await page.getByTestId("score-whole").click();
  await expect(page).toHaveURL(/\/quality\/score\/overall$/);
  await expect(page.getByTestId("cost-row").first()).toBeVisible();
  // the whole is as good as its worst dataset, and the files of the sample are worse than a crossed book
  await page.goto("/quality/score/dataset/book");
  const cost = page.locator('[data-testid="cost-row"][data-check="book.crossed"]').first();
  await expect(async () => {
    await page.reload();
    await expect(cost).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await cost.getByTestId("cost-alert").click();
  await expect(page.getByTestId("alert-detail")).toBeVisible();
  await expect(page.getByTestId("evidence").locator("tbody tr").first()).toBeVisible();
  expect(problems).toEqual([]);
});

test("a rule is tried on history, and only then saved", async ({ page, problems }) => {
  await page.goto("/quality/rules");
  await page.locator('[data-testid="rule-row"][data-rule="candle.range"]').getByRole("link").first().click();
  const text = page.getByTestId("rule-text");
  const shipped = await text.inputValue();
  expect(shipped).toContain("[check.range]");

  await text.fill(shipped.replace("[check.range]", "[check.range]\nno_such_key = 1"));
  await page.getByRole("button", { name: "Try on history" }).click();
  await expect(page.getByTestId("trial-error")).toContainText("no_such_key");
  await expect(page.getByTestId("save-form")).toHaveCount(0);

  await text.fill(shipped.replace("[check.range]", '[check.range]\nowner = "somebody"').replace(/\nowner = "md"/, ""));
  await page.getByLabel("Days of history").fill("90");
  await page.getByRole("button", { name: "Try on history" }).click();
  await expect(page.getByTestId("trial")).toBeVisible({ timeout: 30_000 });
  await page.getByRole("button", { name: "Save as it was tried" }).click();
  await expect(page).toHaveURL(/\/quality\/rules\/candle\.range$/);
  await expect(page.getByText("own, not as shipped")).toBeVisible();
  await expect(page.getByTestId("rule-text")).toHaveValue(/somebody/);
  expect(problems).toEqual([]);
});

for (const part of parts) {
  test(`${part} fits and has no serious accessibility finding`, async ({ page, problems }) => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.goto(`/quality/${part}`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
    const width = page.viewportSize()?.width ?? 0;
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => ({ id, where: nodes.map(({ target }) => target.join(" ")) }));
    expect(serious).toEqual([]);
    expect(problems).toEqual([]);
  });
}

test("the first page is small", async ({ page }) => {
  const response = await page.request.get("/quality", { headers: { "accept-encoding": "identity" } });
  expect((await response.body()).length).toBeLessThan(120_000);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("an alert is acted on all the same, and the tabs lead on", async ({ page, server }) => {
    const href = await crossed(page, (name, state) => server.fault(name, state));
    await page.goto(href);
    await actAndUndo(page);
    // on a phone the drawer covers the page
    await page.getByTestId("alert-close").click();
    await page.getByRole("navigation", { name: "Quality" }).getByRole("link", { name: "Silences" }).click();
    await expect(page.getByRole("heading", { name: "New silence" })).toBeVisible();
  });
});
