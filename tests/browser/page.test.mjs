// The live page as its users have it: the command's own server, a real browser, nothing mocked.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test as any } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { browse, median, open, serve } from "./support.mjs";

const TABS = ["cost", "power", "offers", "cash", "risk", "map", "why", "audit"];
const POWER = "site.cedar-fork.tariff.usd_per_mwh";

let server;
let chromium;
const scratch = mkdtempSync(join(tmpdir(), "hashpivot-browser-"));

before(async () => {
  server = await serve();
  chromium = await browse();
});
after(async () => {
  await chromium?.stop();
  server?.stop();
});

const test = (name, body) => any(name, { timeout: 90_000 }, body);
const visit = (how) => open(chromium.context, server.address, how);
const box = (page, path) => page.locator(`[data-path="${path}"] > .top input, [data-path="${path}"] > .top select`).first();
const slider = (page, path) => page.locator(`[data-path="${path}"] input[type=range]`).first();
const sentence = (page) => page.textContent("#decision .sentence");
/** A whole answer to the plan as it stands. */
const settled = async (page, act) => {
  await act();
  await page.waitForSelector("body[data-answer=settled]");
};

test("loads, paints and decides, and nothing leaves the machine", async () => {
  const { page, seen, done } = await visit();
  const paint = await page.evaluate(async () => {
    const first = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN;
    return { first, whole: performance.now() };
  });
  await page.reload();
  const figures = await page.evaluate(
    () =>
      new Promise((found) => {
        const look = () => (document.querySelector("#decision .figures") ? requestAnimationFrame(() => found(performance.now())) : setTimeout(look, 2));
        look();
      }),
  );
  console.log(`first contentful paint ${paint.first.toFixed(0)} ms; the decision on screen after ${figures.toFixed(0)} ms`);
  assert.match(await sentence(page), /worth \$[\d,.]+ M: no plan is worth more/);
  assert.equal(await page.locator("#site-list li").count(), 4);
  assert.equal(await page.locator("h1").count(), 1);
  assert.ok(!page.url().includes("token"), "the token stays out of the address");
  assert.deepEqual(seen, []);
  await done();
});

test("a slider moves the decision, at once and by keyboard", async () => {
  const { page, seen, done } = await visit({ hash: "site=cedar-fork" });
  const before = await page.textContent("#decision .big");
  const input = slider(page, POWER);
  await input.focus();
  const times = [];
  for (let i = 0; i < 30; i++) {
    times.push(
      await page.evaluate(async () => {
        const range = document.activeElement;
        const shown = document.querySelector("#decision .big");
        const was = document.querySelector("#decision").textContent;
        const begun = performance.now();
        range.value = String(Number(range.value) + 1);
        range.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((changed) => {
          const watch = new MutationObserver(() => {
            if (document.querySelector("#decision").textContent === was) return;
            watch.disconnect();
            changed();
          });
          watch.observe(document.querySelector("#decision"), { childList: true, subtree: true, characterData: true });
          setTimeout(changed, 3000);
        });
        return shown ? performance.now() - begun : NaN;
      }),
    );
    await page.waitForTimeout(60);
  }
  console.log(`a slider's answer: median ${median(times).toFixed(1)} ms, longest ${Math.max(...times).toFixed(1)} ms of ${times.length} moves`);
  assert.notEqual(await page.textContent("#decision .big"), before);
  const price = Number(await box(page, POWER).inputValue());
  await input.press("ArrowLeft");
  assert.ok(Number(await box(page, POWER).inputValue()) < price, "an arrow key moves the slider and its box");
  await settled(page, () => box(page, POWER).fill("70"));
  assert.match(await sentence(page), /Stop mining/i);
  assert.match(await page.textContent("#spoken"), /.*/);
  await page.waitForTimeout(900);
  assert.match(await page.textContent("#spoken"), /stop mining/i, "screen readers hear the decision");
  await settled(page, () => page.locator(`[data-path="${POWER}"] button`, { hasText: "undo" }).click());
  assert.equal(await page.textContent("#decision .big"), before, "undo brings the first answer back");
  assert.deepEqual(seen, []);
  await done();
});

test("what an input does not touch stays as it is", async () => {
  const { page, seen, done } = await visit({ hash: "site=cedar-fork&tab=audit" });
  await page.evaluate(() => {
    for (const node of document.querySelectorAll("#form [data-path], #site-list button, #tablist button")) node.mine = true;
  });
  await box(page, POWER).focus();
  await settled(page, () => box(page, POWER).fill("47"));
  const fresh = await page.evaluate(() => [...document.querySelectorAll("#form [data-path], #site-list button, #tablist button")].filter((n) => !n.mine).length);
  assert.equal(fresh, 0, "no field, site or tab is made anew by an edit");
  assert.equal(await page.evaluate(() => document.activeElement.value), "47", "the focus stays where one types");
  assert.deepEqual(seen, []);
  await done();
});

test("a late answer never overwrites a newer one", async () => {
  const { page, seen, done } = await visit({ hash: "site=cedar-fork" });
  let held = 0;
  await page.route("**/api/v1/run", async (route) => {
    const said = JSON.parse(route.request().postData());
    const price = said.plan.site[1].tariff.usd_per_mwh;
    if (price === 75) {
      held += 1;
      await new Promise((r) => setTimeout(r, 1500));
    }
    await route.continue().catch(() => {});
  });
  await box(page, POWER).fill("75");
  await page.waitForTimeout(30);
  await settled(page, () => box(page, POWER).fill("30"));
  const shown = await page.textContent("#decision");
  assert.match(shown, /keep mining|lease|run a GPU/i);
  await page.waitForTimeout(2000);
  assert.equal(await page.textContent("#decision"), shown);
  assert.ok(held > 0, "the older question was really asked");
  assert.deepEqual(seen, []);
  await done();
});

test("scenarios stand side by side", async () => {
  const { page, seen, done } = await visit({ hash: "site=cedar-fork" });
  await page.fill("#keep-name", "Base");
  await page.click("#keep button");
  await settled(page, () => box(page, POWER).fill("70"));
  await page.click("#compare");
  const panel = await page.textContent("#panel");
  assert.match(panel, /Base/);
  assert.match(panel, new RegExp(POWER.replaceAll(".", "\\.")));
  const row = page.locator("#panel tr", { hasText: "Cedar Fork: value" }).locator("td");
  assert.notEqual(await row.nth(0).textContent(), await row.nth(1).textContent());
  await settled(page, () => page.click("#scenario-list .row"));
  assert.equal(await box(page, POWER).inputValue(), "46", "a scenario comes back");
  assert.deepEqual(seen, []);
  await done();
});

test("a site of one's own, from nothing to a decision", async () => {
  const { page, seen, done } = await visit();
  await settled(page, () => page.click("[data-do=site-add]"));
  assert.match(await sentence(page), /./);
  assert.equal(await page.evaluate(() => document.activeElement.closest("[data-path]")?.dataset.path), "site.new-site.name");
  await box(page, "site.new-site.name").fill("Own site");
  await settled(page, () => box(page, "site.new-site.name").press("Tab"));
  assert.equal(await page.textContent("#decision h2"), "Own site");
  await settled(page, () => box(page, "site.new-site.tariff.usd_per_mwh").fill("52"));
  await settled(page, () => page.click("text=Add colocation offer"));
  const rent = "site.new-site.offer.new-site-colo.rent_first_usd_per_kw_month";
  await settled(page, () => box(page, rent).fill("190"));
  assert.match(await sentence(page), /lease out/i);
  assert.deepEqual(seen, []);
  await done();
});

test("every fault stands at its field, and the list leads there", async () => {
  const { page, seen, done } = await visit({ hash: "site=cedar-fork", expected: [/status of 422/] });
  await box(page, POWER).fill("0.05");
  const fault = page.locator(`[data-path="${POWER}"] .fault`);
  await fault.waitFor({ state: "visible" });
  assert.match(await fault.textContent(), /looks like USD\/kWh/);
  await page.click("[data-do=select][data-site=mesquite]");
  await page.click("#faults button");
  assert.equal(await page.evaluate(() => document.activeElement.closest("[data-path]")?.dataset.path), POWER);
  assert.equal(await box(page, POWER).getAttribute("aria-invalid"), "true");
  await settled(page, () => box(page, POWER).fill("46"));
  assert.ok(await page.locator("#faults").isHidden());
  assert.deepEqual(seen, []);
  await done();
});

test("a broken CSV is explained at the field with its lines", async () => {
  const { page, seen, done } = await visit({ hash: "site=cedar-fork", expected: [/status of 422/] });
  const bad = join(scratch, "fleet.csv");
  await writeFile(bad, "model,units,uptime_frac\nAntminer S21 200T,100,0.9\nAntminer S21 200T,abc,1.5\n");
  await page.selectOption("#form > .adder select", "machine_file");
  const path = "site.cedar-fork.machine_file";
  await page.setInputFiles(`[data-path="${path}"] input[type=file]`, bad);
  const fault = page.locator(`[data-path="${path}"] .fault`);
  await fault.waitFor({ state: "visible" });
  const text = await fault.textContent();
  assert.match(text, /fleet\.csv, line 3/);
  assert.match(text, /must be a whole number/);
  assert.match(text, /looks like percent/);
  await writeFile(bad, "model,units,uptime_frac\nAntminer S21 200T,100,0.9\n");
  await settled(page, () => page.setInputFiles(`[data-path="${path}"] input[type=file]`, bad));
  assert.ok(await page.locator("#faults").isHidden());
  assert.ok(await fault.isHidden());
  assert.deepEqual(seen, []);
  await done();
});

test("prices of one's own take the place of made-up ones, and their faults are shown", async () => {
  const { page, seen, done } = await visit({ hash: "site=mesquite", expected: [/status of 422/] });
  const prices = join(scratch, "prices.csv");
  await writeFile(prices, "interval_start,usd_per_mwh\n2026-01-01T00:00Z,abc\n2026-01-01T01:00Z,30\n");
  await page.selectOption('[data-path="site.mesquite.tariff"] .adder select', "file");
  await page.setInputFiles('[data-path="site.mesquite.tariff.file"] input[type=file]', prices);
  const fault = page.locator('[data-path="site.mesquite.tariff.file"] .fault');
  await fault.waitFor({ state: "visible" });
  assert.match(await fault.textContent(), /prices\.csv, line 2/);
  assert.equal(await page.locator('[data-path="site.mesquite.tariff.synthetic"]').count(), 0);
  assert.deepEqual(seen, []);
  await done();
});

test("a map is drawn point by point and can be cancelled", async () => {
  const { page, seen, done } = await visit({ hash: "site=cedar-fork&tab=map" });
  await page.selectOption("#map-n", "17");
  await page.click("[data-do=map-start]");
  await page.click("[data-do=map-stop]");
  await page.waitForSelector("#panel >> text=Cancelled");
  assert.equal(await page.locator("#panel figure").count(), 0);
  await page.selectOption("#map-n", "7");
  await page.click("[data-do=map-start]");
  await page.waitForSelector("#panel figure", { timeout: 60_000 });
  assert.equal(await page.locator("#panel svg rect.f-heat").count(), 49);
  assert.deepEqual(seen, []);
  await done();
});

/** What a click hands over as a file. */
async function handed(page, act) {
  const [download] = await Promise.all([page.waitForEvent("download", { timeout: 15_000 }), act()]);
  const path = join(scratch, download.suggestedFilename());
  await download.saveAs(path);
  return readFile(path);
}

test("the workbook is handed over", async () => {
  const { page, seen, done } = await visit();
  assert.equal((await handed(page, () => page.click("[data-do=workbook]"))).subarray(0, 2).toString(), "PK");
  assert.deepEqual(seen, []);
  await done();
});

test("report, table and plan are handed over", async () => {
  const { page, seen, done } = await visit();
  const fetched = (act) => handed(page, act);
  const menu = (what) => async () => {
    await page.click("header .menu summary");
    await page.click(`[data-do=${what}]`);
  };
  assert.match((await fetched(() => page.click("[data-do=report]"))).toString(), /<!doctype html>/i);
  assert.match((await fetched(() => page.click("[data-do=csv]"))).toString(), /^site,/);
  assert.match((await fetched(menu("save-toml"))).toString(), /\[\[site\]\]/);
  const json = await fetched(menu("save-json"));
  const plan = JSON.parse(json.toString());
  assert.equal(plan.site.length, 3);
  plan.name = "Loaded";
  const file = join(scratch, "loaded.json");
  await writeFile(file, JSON.stringify(plan));
  await settled(page, () => page.setInputFiles("#load-file", file));
  assert.equal(await page.textContent("h1"), "Loaded");
  assert.deepEqual(seen, []);
  await done();
});

test("the report opens from disk, asks for nothing and fits every width", async () => {
  const { page, seen, done } = await visit();
  const bytes = await handed(page, () => page.click("[data-do=report]"));
  assert.ok(bytes.length < 1_000_000, `${bytes.length} bytes`);
  await done();
  const file = join(scratch, "report.html");
  await writeFile(file, bytes);
  const report = await chromium.context.newPage();
  const requests = [];
  report.on("console", (message) => seen.push(message.text()));
  report.on("pageerror", (error) => seen.push(String(error)));
  report.on("request", (request) => requests.push(request.url()));
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    await report.emulateMedia({ colorScheme });
    for (const width of [1440, 1024, 390]) {
      await report.setViewportSize({ width, height: 900 });
      await report.goto(`file://${file}`);
      const over = await report.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${over} px too wide at ${width}, ${colorScheme}`);
    }
    const found = await new AxeBuilder({ page: report }).analyze();
    const grave = found.violations.filter((v) => ["serious", "critical"].includes(v.impact));
    assert.deepEqual(grave.map((v) => `${v.id}: ${v.nodes[0].html}`), []);
  }
  assert.deepEqual(seen, []);
  assert.ok(requests.every((url) => url === `file://${file}`), requests.join(", "));
  await report.close();
});

test("the same on the command line", async () => {
  const { page, seen, done } = await visit({ hash: "site=cedar-fork" });
  await settled(page, () => box(page, POWER).fill("58"));
  await page.click("header .menu summary");
  await page.click("[data-do=command]");
  assert.equal(await page.textContent("#command-text"), `hashpivot run --set ${POWER}=58`);
  await page.click("[data-do=command-copy]");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `hashpivot run --set ${POWER}=58`);
  assert.deepEqual(seen, []);
  await done();
});

test("a copied link brings the same state back, without the token", async () => {
  const first = await visit({ hash: "site=cedar-fork&tab=offers" });
  await settled(first.page, () => box(first.page, POWER).fill("70"));
  await first.page.click("header .menu summary");
  await first.page.click("[data-do=link]");
  await first.page.waitForSelector("#notice >> text=clipboard");
  const link = await first.page.evaluate(() => navigator.clipboard.readText());
  assert.ok(!link.includes("token"));
  const said = await sentence(first.page);
  // Another tab asks this one for the token.
  const page = await chromium.context.newPage();
  await page.goto(link);
  await page.waitForSelector("#decision .figures");
  assert.equal(await sentence(page), said);
  assert.equal(await box(page, POWER).inputValue(), "70");
  assert.equal(await page.getAttribute("#tab-offers", "aria-selected"), "true");
  await page.close();
  await first.page.reload();
  await first.page.waitForSelector("#decision .figures");
  assert.equal(await sentence(first.page), said);
  assert.deepEqual(first.seen, []);
  await first.done();
});

test("without a token the page asks for it", async () => {
  const lone = await chromium.context.browser()?.newContext().catch(() => null);
  const context = lone ?? chromium.context;
  const page = await context.newPage();
  await page.goto(new URL(server.address).origin);
  await page.waitForSelector("#token-box[open]");
  await page.fill("#token-text", server.address);
  await page.click("#token-form button");
  await page.waitForSelector("#decision .figures");
  await page.close();
  await lone?.close();
});

test("names stay text", async () => {
  const { page, seen, done } = await visit();
  const hostile = `<img src=x onerror="document.title='owned'">\u202Eevil`;
  await settled(page, async () => {
    await box(page, "name").fill(hostile);
    await box(page, "name").press("Tab");
  });
  await page.click("[data-do=select][data-site=mesquite]");
  await settled(page, async () => {
    await box(page, "site.mesquite.name").fill(hostile);
    await box(page, "site.mesquite.name").press("Tab");
  });
  await page.fill("#keep-name", hostile);
  await page.click("#keep button");
  for (const tab of [...TABS, "compare"]) await page.click(`#tab-${tab}`);
  assert.equal(await page.locator("img").count(), 0);
  assert.notEqual(await page.title(), "owned");
  const heading = await page.textContent("#decision h2");
  assert.ok(heading.includes("<img"), heading);
  assert.ok(!heading.includes("\u202E") && heading.includes("\\u202e"), "a direction override is shown, not obeyed");
  assert.deepEqual(seen, []);
  await done();
});

test("by keyboard alone", async () => {
  const { page, seen, done } = await visit();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the decision");
  const reach = async (wanted, most = 80) => {
    for (let i = 0; i < most; i++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((w) => document.activeElement?.matches(w), wanted)) {
        const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
        assert.notEqual(ring, "none", "the focus is seen");
        return;
      }
    }
    assert.fail(`${wanted} is not reached with Tab`);
  };
  await reach("[data-do=select][data-site=cedar-fork]");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#decision h2 >> text=Cedar Fork");
  await reach("[role=tab][aria-selected=true]");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.evaluate(() => document.activeElement.id), "tab-power");
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  assert.equal(await page.evaluate(() => document.activeElement.id), "tab-cost");
  await reach(`[data-path="${POWER}"] input[type=range]`, 120);
  const was = await box(page, POWER).inputValue();
  await settled(page, async () => {
    for (let i = 0; i < 60; i++) await page.keyboard.press("ArrowRight");
  });
  assert.notEqual(await box(page, POWER).inputValue(), was);
  assert.match(await sentence(page), /stop mining/i);
  assert.deepEqual(seen, []);
  await done();
});

for (const theme of ["light", "dark"]) {
  test(`no serious finding of axe on any tab, ${theme}`, async () => {
    const { page, seen, done } = await visit({ hash: "site=pecan-ridge", theme });
    await page.fill("#keep-name", "Kept");
    await page.click("#keep button");
    for (const tab of [...TABS, "compare"]) {
      await page.click(`#tab-${tab}`);
      if (tab === "risk") await page.waitForSelector("#panel figure", { timeout: 60_000 });
      if (tab === "power" || tab === "why") await page.waitForSelector("#panel table", { timeout: 20_000 });
      // The whole page once, then what the tab brings.
      const axe = new AxeBuilder({ page });
      const found = await (tab === "cost" ? axe : axe.include("#panel")).analyze();
      const grave = found.violations.filter((v) => ["serious", "critical"].includes(v.impact));
      assert.deepEqual(
        grave.map((v) => `${tab}: ${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target} ${n.failureSummary}`).join(" | ")}`),
        [],
      );
    }
    assert.deepEqual(seen, []);
    await done();
  });
}

test("the theme is chosen by hand too, and kept", async () => {
  const { page, seen, done } = await visit();
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.click("#theme");
  await page.click("#theme");
  assert.equal(await page.textContent("#theme"), "Theme: dark");
  assert.notEqual(await ground(), light);
  await page.reload();
  await page.waitForSelector("#decision .figures");
  assert.notEqual(await ground(), light);
  await page.click("#theme");
  assert.equal(await ground(), light);
  assert.deepEqual(seen, []);
  await done();
});

for (const width of [1440, 1024, 390]) {
  test(`nothing overflows sideways at ${width} px`, async () => {
    const { page, seen, done } = await visit({ width, hash: "site=pecan-ridge" });
    for (const tab of TABS) {
      await page.click(`#tab-${tab}`);
      if (tab === "power" || tab === "why") await page.waitForSelector("#panel table", { timeout: 20_000 });
      const over = await page.evaluate(() => {
        const wide = document.documentElement.scrollWidth - innerWidth;
        const boxes = ["#inputs", "#left", "#tablist"].map((s) => [s, document.querySelector(s)]).filter(([, n]) => n.scrollWidth > n.clientWidth + 1);
        return { wide, boxes: boxes.map(([s]) => s) };
      });
      assert.deepEqual(over, { wide: 0, boxes: [] }, tab);
    }
    if (width === 390) {
      await page.click("#inputs-toggle");
      assert.ok(await page.locator("#inputs").isVisible());
      assert.ok(await page.locator("#decision .sentence").isVisible());
      await page.keyboard.press("Escape");
      assert.ok(await page.locator("#inputs").isHidden());
    }
    assert.deepEqual(seen, []);
    await done();
  });
}
