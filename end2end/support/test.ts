import { test as base, expect, type Page } from "@playwright/test";

import { Server } from "./server.ts";

export { expect };

/** Every page of the product. */
export const pages = ["/", "/market", "/quality", "/pipeline", "/batches", "/about"];

type Worker = { server: Server };
type Test = {
  /** What went wrong in the browser: console errors, uncaught errors, failed requests. */
  problems: string[];
};

/** A test with a running server; `page.goto("/")` goes to it. */
export const test = base.extend<Test, Worker>({
  server: [
    // Playwright wants the first argument written as a pattern
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],

  baseURL: async ({ server }, use) => use(server.url),

  problems: async ({ page }, use) => {
    const problems: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") {
        problems.push(`console: ${message.text()} (${message.location().url})`);
      }
    });
    page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
    page.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "";
      // what the page itself gives up when it is left or scrolls on is no failure
      if (reason !== "net::ERR_ABORTED") {
        problems.push(`request: ${request.url()} ${reason}`);
      }
    });
    page.on("response", (response) => {
      if (response.status() >= 400) {
        problems.push(`response: ${response.status()} ${response.url()}`);
      }
    });
    await use(problems);
  },
});

test.afterEach(async ({ server }, info) => {
  if (info.status !== info.expectedStatus) {
    await info.attach("server log", { body: server.tail(), contentType: "text/plain" });
  }
});

/** Opens a page and waits until WebAssembly has taken it over. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await hydrated(page);
}

export async function hydrated(page: Page): Promise<void> {
  await expect(page.locator("html[data-hydrated]")).toBeAttached();
}
