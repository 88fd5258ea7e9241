import type { Page } from "@playwright/test";

import { expect, open, test } from "../support/test.ts";

// from the poll or frame that meets a fault, some seconds are allowed
const SEEN = { timeout: 20_000 };

/** Marks the document: one that was loaded again would have lost it. */
async function mark(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
}

async function isSameDocument(page: Page): Promise<boolean> {
  return page.evaluate(() => "sameDocument" in window);
}

test.describe("the Pipeline page", () => {
  test("shows sources, layers and runs, and follows by itself", async ({ page, problems }) => {
    await open(page, "/pipeline");
    await expect(page.getByTestId("connection").first()).toContainText("Live");
    await mark(page);
    await expect(page.getByTestId("verdict")).toHaveText(/\S/);
    const sources = page.getByTestId("source-row");
    await expect(sources.first()).toBeVisible(SEEN);
    expect(await page.getByTestId("simulated-badge").count()).toBeGreaterThan(0);
    for (const layer of ["bronze", "silver", "gold"]) {
      await expect(page.getByTestId(`layer-${layer}`)).toContainText(/\d/);
    }
    await expect(page.getByTestId("pipeline-run").first()).toBeVisible(SEEN);

    // polls go on, and the page counts them without being loaded again
    const text = () => sources.allInnerTexts();
    const before = await text();
    await expect.poll(text, SEEN).not.toEqual(before);
    expect(await isSameDocument(page)).toBe(true);
    expect(problems).toEqual([]);
  });

  test("lets ages go on", async ({ page }) => {
    await open(page, "/pipeline");
    const age = page.getByTestId("runs").locator("time[data-at]").last();
    await expect(age).toHaveText(/ago/);
    const before = await age.innerText();
    await expect.poll(() => age.innerText()).not.toBe(before);
  });

  test("says when it cannot be loaded", async ({ page }) => {
    await open(page, "/about");
    await page.route("**/api/page/pipeline*", (route) => route.abort());
    await page.getByRole("navigation", { name: "Pages" }).locator('a[href="/pipeline"]').click();
    await expect(page.getByTestId("load-error")).toBeVisible();
    await page.unroute("**/api/page/pipeline*");
    await page.getByTestId("load-error").getByRole("link").click();
    await expect(page.getByTestId("sources")).toBeVisible();
  });
});

test.describe("the fault desk", () => {
  test.afterEach(async ({ server }) => {
    await server.fault("crossed_book", "off");
  });

  test("switches a fault on, an alert follows, and off again", async ({ page, problems }) => {
    await open(page, "/pipeline");
    const fault = page.locator('[data-testid="fault"][data-fault="crossed_book"]').first();
    await expect(fault).toHaveAttribute("data-on", "false", SEEN);
    await page.getByTestId("fault-seconds").fill("120");
    await fault.getByRole("button").click();
    await expect(page).toHaveURL(/\/pipeline#faults$/);
    await expect(fault).toHaveAttribute("data-on", "true");
    await expect(fault).toContainText(/off in/);

    await page.getByTestId("fault-desk").getByRole("link").first().click();
    const alert = page.locator('[data-testid="alert-row"][data-check="book.crossed"]:not([data-state="resolved"])');
    await expect(alert.first()).toBeVisible(SEEN);

    await open(page, "/pipeline");
    await fault.getByRole("button").click();
    await expect(fault).toHaveAttribute("data-on", "false");
    expect(problems).toEqual([]);
  });

  test("keeps what is chosen while the page follows", async ({ page }) => {
    await open(page, "/pipeline");
    const seconds = page.getByTestId("fault-seconds");
    await expect(seconds).toBeVisible(SEEN);
    await seconds.fill("77");
    const asked = page.waitForResponse((response) => response.url().includes("/api/page/pipeline"), SEEN);
    await asked;
    await expect(seconds).toHaveValue("77");
  });

  test("refuses what makes no sense, in words", async ({ page }) => {
    await open(page, "/pipeline");
    await page.route("**/simulator/faults", (route) =>
      route.continue({ postData: "on=earthquake&seconds=5" }),
    );
    await page.locator('[data-testid="fault"][data-fault="silence"]').first().getByRole("button").click();
    await expect(page.getByTestId("refused")).toContainText(/no fault of that name/i);
  });
});
