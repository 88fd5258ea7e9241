import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { expect, open, test } from "../support/test.ts";

/** Minutes of candles that no other test has: their first time and price come from `seed`. */
function prices(seed: number, minutes: number): Buffer {
  const lines = ["time,open,high,low,close,volume"];
  const first = Date.UTC(2016, 0, 1) / 1000 + seed * 86_400 * 2;
  for (let minute = 0; minute < minutes; minute++) {
    const open = 4000 + seed + (minute % 7);
    lines.push([first + minute * 60, open, open + 3, open - 3, open + 1, 1 + (minute % 5)].join(","));
  }
  return Buffer.from(lines.join("\n") + "\n");
}

/** Every file a new name and content, in whatever project and order the tests run. */
let files = 0;
const seed = () => (process.pid % 50) * 20 + ++files;

/** Chooses a file and sends it; the frame then shows what it seems to be. */
async function upload(page: Page, name: string, buffer: Buffer) {
  await page.getByTestId("upload-form").locator('input[type="file"]').setInputFiles({ name, mimeType: "text/csv", buffer });
  await page.getByRole("button", { name: "Upload and inspect" }).click();
  const frame = page.frameLocator('[data-testid="upload-frame"]');
  await expect(frame.getByTestId("upload-review")).toBeVisible();
  return frame;
}

/** Commits what the frame shows, waits for the end of its run, and opens the batch. */
async function commit(page: Page, frame: Awaited<ReturnType<typeof upload>>) {
  await frame.getByLabel("Venue or publisher").fill("bitfinex");
  await frame.getByLabel("Instrument").fill("BTC-USD");
  await frame.getByRole("button", { name: "Commit" }).click();
  // the page in the frame loads itself again while the run goes on
  await expect(frame.getByTestId("upload-run")).toHaveAttribute("data-state", "done", { timeout: 30_000 });
  await frame.getByTestId("upload-batch").click();
  await expect(page).toHaveURL(/\/batches\/\d+$/);
}

async function widthFits(page: Page) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(content).toBeLessThanOrEqual(window);
}

async function expectAccessible(page: Page) {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => ({ id, help, where: nodes.map(({ target }) => target.join(" ")) }));
  expect(serious).toEqual([]);
}

test("a file is uploaded, looked at, committed and found as a batch", async ({ page, problems }) => {
  await open(page, "/batches");
  const name = `upload-${seed()}.csv`;
  const frame = await upload(page, name, prices(seed(), 2_000));
  await expect(frame.getByTestId("upload-review")).toContainText(name);
  await expect(frame.getByTestId("upload-review")).toContainText("candle");
  // the run that received it is on the page without a reload
  await expect(page.getByTestId("run-row").filter({ hasText: `upload ${name}` })).toBeVisible();
  await widthFits(page);
  await commit(page, frame);

  await expect(page.getByTestId("batch-name")).toHaveText(name);
  await expect(page.getByTestId("balance")).toHaveText("Every row is accounted for.");
  await expect(page.locator("svg.histogram").first()).toBeVisible();
  expect(await page.getByTestId("batch-check").count()).toBeGreaterThan(5);
  await widthFits(page);
  await expectAccessible(page);

  await page.getByRole("link", { name: "Batches" }).first().click();
  await expect(page).toHaveURL(/\/batches$/);
  await expect(page.getByTestId("batch-row").filter({ hasText: name })).toContainText("2,000");
  expect(problems).toEqual([]);
});

test("the list shows a file that was taken in elsewhere", async ({ page, server, problems }) => {
  await open(page, "/batches");
  const name = `elsewhere-${seed()}.csv`;
  await expect(page.getByTestId("connection").first()).toContainText("Live");
  const received = await fetch(`${server.url}/api/v1/uploads?name=${name}`, { method: "POST", body: prices(seed(), 300).toString() });
  const { id } = (await received.json()) as { id: string };
  await fetch(`${server.url}/api/v1/uploads/${id}/commit?venue=bitfinex&instrument=BTC-USD`, { method: "POST" });
  await expect(page.getByTestId("batch-row").filter({ hasText: name })).toBeVisible({ timeout: 20_000 });
  expect(problems).toEqual([]);
});

test("an upload can be discarded", async ({ page, problems }) => {
  await open(page, "/batches");
  const name = `discarded-${seed()}.csv`;
  const frame = await upload(page, name, prices(seed(), 10));
  await frame.getByRole("button", { name: "Discard" }).click();
  await expect(frame.locator("body")).toContainText("nothing was taken in");
  await expect(page.getByTestId("batch-row").filter({ hasText: name })).toHaveCount(0);
  expect(problems).toEqual([]);
});

test("a run is cancelled on the page", async ({ page, server, problems }) => {
  await open(page, "/batches");
  const name = `slow-${seed()}.csv`;
  // a body that never ends: the run receives until it is told to stop
  const wanted = new AbortController();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("time,open,high,low,close\n")),
  });
  const request = { method: "POST", body, duplex: "half", signal: wanted.signal } as RequestInit;
  const sending = fetch(`${server.url}/api/v1/uploads?name=${name}`, request).catch(() => undefined);
  const run = page.getByTestId("run-row").filter({ hasText: `upload ${name}` });
  await expect(run).toHaveAttribute("data-state", "running");
  await run.getByTestId("cancel").click();
  await expect(page).toHaveURL(/\/batches$/);
  await expect(run).toHaveAttribute("data-state", "cancelled");
  wanted.abort();
  await sending;
  expect(problems).toEqual([]);
});

test("two batches are compared", async ({ page, problems }) => {
  await open(page, "/batches");
  for (let count = 0; count < 2; count++) {
    await commit(page, await upload(page, `pair-${seed()}.csv`, prices(seed(), 1_500)));
    if (count === 0) {
      await open(page, "/batches");
    }
  }
  await page.getByTestId("compare-before").click();
  await expect(page).toHaveURL(/\/batches\/compare\?a=\d+&b=\d+$/);
  await expect(page.getByTestId("side-a")).toBeVisible();
  await expect(page.locator("path.hist-line").first()).toBeVisible();
  await widthFits(page);
  await expectAccessible(page);

  await open(page, "/batches");
  await page.getByTestId("compare").click();
  await expect(page.getByTestId("side-b")).toBeVisible();
  expect(problems).toEqual([]);
});

test("filters of the list are links", async ({ page, problems }) => {
  await open(page, "/batches");
  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await expect(page).toHaveURL(/show=runs/);
  await expect(page.getByTestId("run-list-row").first()).toBeVisible();
  await page.getByRole("link", { name: "refused" }).click();
  await expect(page.getByText("No run in this view.")).toBeVisible();
  await page.goBack();
  await expect(page.getByTestId("run-list-row").first()).toBeVisible();
  expect(problems).toEqual([]);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a file is uploaded and committed all the same", async ({ page }) => {
    await page.goto("/batches");
    const name = `plain-${seed()}.csv`;
    const frame = await upload(page, name, prices(seed(), 500));
    await commit(page, frame);
    await expect(page.getByTestId("batch-name")).toHaveText(name);
    await page.goto("/batches");
    await expect(page.getByTestId("batch-row").filter({ hasText: name })).toContainText("500");
  });
});
