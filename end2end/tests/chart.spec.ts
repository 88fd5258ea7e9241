import { SAMPLE, drawn, point, state } from "../support/chart.ts";
import { expect, open, test } from "../support/test.ts";

test.beforeEach(async ({ page }) => {
  // the sample is read in the background after the first start
  await expect(async () => {
    await open(page, SAMPLE);
    await drawn(page);
  }).toPass({ timeout: 50_000 });
});

test("the wheel zooms about the pointer", async ({ page, problems }) => {
  const chart = await drawn(page);
  const before = await state(page);
  await page.mouse.move(...(await point(chart, 0.5, 0.4)));
  // part of the gesture: only a pointer that rests on the chart zooms it, any other scrolls the page
  await page.waitForTimeout(250);
  await page.mouse.wheel(0, -240);
  await expect
    .poll(async () => {
      const now = await state(page);
      return now.to - now.from;
    })
    .toBeLessThan((before.to - before.from) * 0.95);

  const after = await state(page);
  expect(after.candles_drawn).toBeLessThan(before.candles_drawn);
  expect(after.from).toBeGreaterThan(before.from);
  expect(after.to).toBeLessThan(before.to);
  expect(problems).toEqual([]);
});

test("dragging pans and keeps the zoom", async ({ page, problems }) => {
  const chart = await drawn(page);
  const before = await state(page);
  await page.mouse.move(...(await point(chart, 0.3, 0.4)));
  await page.mouse.down();
  await page.mouse.move(...(await point(chart, 0.6, 0.4)), { steps: 8 });
  await page.mouse.up();

  await expect.poll(async () => (await state(page)).from).toBeLessThan(before.from);
  const after = await state(page);
  expect(after.to).toBeLessThan(before.to);
  const [width, width_before] = [after.to - after.from, before.to - before.from];
  expect(Math.abs(width - width_before)).toBeLessThan(width_before * 0.02);
  expect(problems).toEqual([]);
});

test("the crosshair names the values under it", async ({ page }) => {
  const chart = await drawn(page);
  const legend = page.locator('.chart [class*="legend"]').first();
  await page.mouse.move(...(await point(chart, 0.3, 0.4)));
  await expect(legend).toContainText(/\d/);
  const first = await legend.innerText();
  await page.mouse.move(...(await point(chart, 0.6, 0.4)));
  await expect(legend).not.toHaveText(first);
  await expect(legend).toContainText(/\d/);
});

test("keys move the view", async ({ page }) => {
  const chart = await drawn(page);
  const before = await state(page);
  await chart.locator('[tabindex="0"]').or(chart.and(page.locator('[tabindex="0"]'))).first().focus();
  await page.keyboard.press("PageUp");
  await expect.poll(async () => (await state(page)).from).toBeLessThan(before.from);
  // older candles may still be on their way: it is the width of the view that a key changes at once
  const width = async () => {
    const now = await state(page);
    return now.to - now.from;
  };
  const paged = await width();
  await page.keyboard.press("+");
  await expect.poll(width).toBeLessThan(paged);
});

test("the canvas has a pixel for each of the screen's", async ({ page }) => {
  const chart = await drawn(page);
  const scale = await chart.locator("canvas").first().evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    return canvas.width / canvas.getBoundingClientRect().width;
  });
  // the screen of this project has two pixels for each of CSS
  expect(scale).toBeCloseTo(2, 1);
});
