import type { Page } from "@playwright/test";

import { expect, test } from "../support/test.ts";

test.use({ javaScriptEnabled: false });

/** The first chart on the page, once the sample has been read. */
async function chart(page: Page, path: string) {
  const image = page.locator("main img").locator("visible=true").first();
  await expect(async () => {
    await page.goto(path);
    await expect(image).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 50_000 });
  return image;
}

for (const path of ["/", "/market?instrument=BTC-USD&venue=sample&step=1h"]) {
  test(`the chart of ${path} is an image from the server`, async ({ page }) => {
    const image = await chart(page, path);
    const size = () =>
      image.evaluate((element) => {
        const { complete, naturalWidth, naturalHeight } = element as HTMLImageElement;
        return complete ? Math.min(naturalWidth, naturalHeight) : 0;
      });
    await expect.poll(size).toBeGreaterThan(100);

    const source = await image.evaluate((element) => (element as HTMLImageElement).currentSrc);
    const response = await page.request.get(source);
    expect(response.headers()["content-type"]).toContain("image/svg+xml");
    // a picture of an hour of candles has many marks; an empty frame has few
    expect((await response.text()).split("<").length).toBeGreaterThan(50);
  });
}

test("the first page is complete", async ({ page }) => {
  await expect(async () => {
    await page.goto("/");
    await expect(page.getByTestId("run-row").first()).toBeVisible({ timeout: 1_000 });
    await expect(page.getByTestId("kpi-price-value")).toHaveText(/\d/, { timeout: 1_000 });
  }).toPass({ timeout: 50_000 });
  await expect(page.getByTestId("verdict")).toContainText(/usable|trusted|unknown/i);
  for (const key of ["price", "change", "spread", "volume", "freshness", "completeness", "alerts"]) {
    await expect(page.getByTestId(`kpi-${key}-value`)).toHaveText(/\S/);
  }
  for (const layer of ["bronze", "silver", "gold"]) {
    await expect(page.getByTestId(`layer-${layer}`)).toContainText(/\d/);
  }
  await expect(page.getByTestId("feed-row").first()).toBeVisible();
  await expect(page.getByTestId("simulated-badge").first()).toBeVisible();
});

test("the market is a table too", async ({ page }) => {
  await chart(page, "/market?instrument=BTC-USD&venue=sample&step=1h");
  const rows = page.locator("main table tbody tr");
  expect(await rows.count()).toBeGreaterThan(10);
  await expect(rows.first()).toContainText(/\d/);
});

test("scores, checks and quarantined rows are there", async ({ page }) => {
  await expect(async () => {
    await page.goto("/quality");
    await expect(page.getByTestId("score-row").first()).toBeVisible({ timeout: 1_000 });
    await page.goto("/quality/checks");
    await expect(page.getByTestId("check-row").first()).toBeVisible({ timeout: 1_000 });
    // the sample holds rows that break hard rules
    await page.goto("/quality/quarantine");
    await expect(page.getByTestId("quarantine-row").first()).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 50_000 });
  await page.goto("/quality");
  await expect(page.getByTestId("verdict")).toHaveText(/\S/);
});

test("sources, gaps, runs and the fault desk are there, and a fault can be switched", async ({ page, server }) => {
  await expect(async () => {
    await page.goto("/pipeline");
    await expect(page.getByTestId("source-row").first()).toBeVisible({ timeout: 1_000 });
    await expect(page.getByTestId("pipeline-run").first()).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 50_000 });
  await expect(page.getByTestId("gaps")).toHaveText(/\S/);
  await expect(page.getByTestId("source-events")).toHaveText(/\S/);
  const fault = page.locator('[data-testid="fault"][data-fault="frozen_price"]').first();
  try {
    await fault.getByRole("button").click();
    await expect(page).toHaveURL(/\/pipeline#faults$/);
    await expect(fault).toHaveAttribute("data-on", "true");
    await fault.getByRole("button").click();
    await expect(fault).toHaveAttribute("data-on", "false");
  } finally {
    await server.fault("frozen_price", "off");
  }
});
