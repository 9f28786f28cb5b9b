// Starts the command's own server and a Chromium that may talk to it and to nothing else.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

/** The binary under test. */
export const binary = process.env.HASHPIVOT ?? new URL("../../target/release/hashpivot", import.meta.url).pathname;

/** Starts `hashpivot serve` on a free port; the address holds the token. */
export async function serve(args = []) {
  if (process.env.HASHPIVOT_ADDRESS) return { address: process.env.HASHPIVOT_ADDRESS, stop: () => {} };
  const child = spawn(binary, ["serve", "--port", "0", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const address = await new Promise((done, failed) => {
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
      const found = said.match(/http:\/\/\S+#token=\w+/);
      if (found) done(found[0]);
    });
    child.on("exit", (code) => failed(new Error(`serve ended with ${code}: ${said}`)));
    setTimeout(() => failed(new Error(`serve said no address: ${said}`)), 10_000).unref();
  });
  return { address, stop: () => child.kill() };
}

/** Starts Chromium without anything that calls home. */
export async function browse() {
  const folder = await mkdtemp(join(tmpdir(), "hashpivot-chromium-"));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
    acceptDownloads: true,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  return {
    browser: /** @type {import("playwright-core").Browser} */ (context.browser()),
    context,
    stop: async () => {
      await context.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Opens the page and watches it: errors in the console, faults in scripts and requests to other machines
 * are collected. Refusals that a test provokes are named in `expected`.
 */
export async function open(context, address, { hash = "", width = 1440, height = 900, theme = "light", expected = [] } = {}) {
  const page = await context.newPage();
  const seen = [];
  const origin = new URL(address).origin;
  page.on("console", (message) => {
    if (!["error", "warning"].includes(message.type())) return;
    if (expected.some((pattern) => pattern.test(message.text()))) return;
    seen.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => seen.push(`script: ${error.stack}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith("data:") && !url.startsWith("blob:")) seen.push(`request to ${url}`);
  });
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
  const token = new URL(address).hash.slice(1);
  await page.goto(`${origin}/#${token}${hash ? `&${hash}` : ""}`);
  await page.waitForSelector("#decision .figures");
  return { page, seen, done: () => page.close() };
}

/** The middle of a list of numbers. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
