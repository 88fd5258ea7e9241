import { defineConfig } from "@playwright/test";

const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";

// Tests of the release build in the system's Chromium. Each worker starts a server of its own (support/server.ts).
export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: !!process.env.CI,
  // a test that passes only now and then must be mended, not repeated
  retries: 0,
  workers: 1,
  reporter: [["list"]],
  use: {
    launchOptions: {
      executablePath: chromium,
      // the sandbox does not work for root, and a container's /dev/shm is too small
      args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--force-color-profile=srgb"],
    },
    locale: "en-GB",
    timezoneId: "UTC",
    screenshot: "only-on-failure",
  },
  projects: [
    {
      name: "desktop",
      testIgnore: "phone.spec.ts",
      use: { viewport: { width: 1440, height: 900 }, deviceScaleFactor: 2, colorScheme: "dark" },
    },
    {
      name: "phone",
      testMatch: ["phone.spec.ts", "pages.spec.ts", "no_javascript.spec.ts", "batches.spec.ts", "quality.spec.ts"],
      use: {
        viewport: { width: 390, height: 844 },
        deviceScaleFactor: 3,
        colorScheme: "light",
        hasTouch: true,
        isMobile: true,
      },
    },
  ],
});
