import { type Locator, type Page, expect } from "@playwright/test";

/** What the chart says of itself. */
export type ChartState = {
  /** Milliseconds at the left edge. */
  from: number;
  /** Milliseconds at the right edge. */
  to: number;
  candles_drawn: number;
};

/** The committed sample: 90 days that do not change while a test looks at them. */
export const SAMPLE = "/market?instrument=BTC-USD&venue=sample&step=1h";

/** The chart, once candles stand on its canvas. */
export async function drawn(page: Page): Promise<Locator> {
  const chart = page.locator('.chart[data-drawn="1"]');
  await expect(chart).toBeVisible({ timeout: 30_000 });
  await expect.poll(async () => (await state(page)).candles_drawn).toBeGreaterThan(0);
  return chart;
}

/** Waits for the chart to say something: it is silent until it stands on its page. */
export async function state(page: Page): Promise<ChartState> {
  const told = await page.waitForFunction(() => {
    const chart = (window as unknown as { __chart?: { state(): string } }).__chart;
    return chart === undefined ? null : (JSON.parse(chart.state()) as ChartState | null);
  });
  const state = await told.jsonValue();
  if (state === null) {
    throw new Error("the chart is silent");
  }
  return state;
}

/** A point of the chart: shares of its width and height. */
export async function point(chart: Locator, x: number, y: number): Promise<[number, number]> {
  await chart.scrollIntoViewIfNeeded();
  const box = await chart.boundingBox();
  if (box === null) {
    throw new Error("the chart is not on the screen");
  }
  return [box.x + box.width * x, box.y + box.height * y];
}
