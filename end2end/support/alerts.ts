import type { Page } from "@playwright/test";

import { expect } from "./test.ts";

/** Has a crossed book at every simulated venue and gives the address of its alert. */
export async function crossed(page: Page, fault: (name: string, state: "on" | "off") => Promise<void>): Promise<string> {
  await fault("crossed_book", "on");
  const link = page
    .locator('[data-testid="alert-row"][data-check="book.crossed"]:not([data-state="resolved"], [data-state="acknowledged"])')
    .first()
    .locator('a[href*="alert="]');
  await expect(async () => {
    await page.goto("/quality");
    await expect(link).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  return (await link.getAttribute("href")) ?? "";
}
