// The console in a real browser: the main paths as a person walks them, axe on every page, and screenshots to look at.
// Run by tests/console/check.sh, which installs what it imports.
import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import assert from "node:assert/strict";

const require = createRequire(process.env.ICM_BROWSER_MODULES + "/");
const puppeteer = require("puppeteer-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [base, pictures] = [process.env.ICM_CONSOLE, process.env.ICM_PICTURES];
mkdirSync(pictures, { recursive: true });

const browser = await puppeteer.launch({
  executablePath: process.env.ICM_CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
let passed = 0;
let failed = 0;

async function page(scheme = "light") {
  const context = await browser.createBrowserContext();
  const opened = await context.newPage();
  await opened.setViewport({ width: 1400, height: 1000 });
  await opened.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  opened.on("pageerror", (error) => { throw error; });
  return opened;
}

async function test(name, walk) {
  try {
    await walk();
    passed += 1;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}\n     ${String(error.stack ?? error).split("\n").join("\n     ")}`);
  }
}

const text = (tab) => tab.$eval("body", (body) => body.innerText);
const follow = (tab, what) => Promise.all([tab.waitForNavigation(), what()]);
const press = (tab, selector) => follow(tab, () => tab.click(selector));
const picture = (tab, name) => tab.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });

/** WCAG 2.2 A and AA; what axe finds is a failed test, with the place. */
async function accessible(tab) {
  await tab.evaluate((source) => { const run = new Function(source); run(); }, axe).catch(async () => {
    // The content policy forbids code from text: axe is given as a script of the browser itself.
    const client = await tab.createCDPSession();
    await client.send("Runtime.evaluate", { expression: axe });
  });
  const found = await tab.evaluate(async () => {
    const result = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    return result.violations.map((one) => `${one.id}: ${one.help} at ${one.nodes.map((node) => node.target).slice(0, 3).join(" | ")}`);
  });
  assert.deepEqual(found, []);
}

const tab = await page();
const places = ["worklist", "capacity", "vendors", "reports", "criteria", "switches", "quarantine", "audit"];

await test("every page opens, holds and is accessible, in light and in dark", async () => {
  for (const scheme of ["light", "dark"]) {
    const seen = await page(scheme);
    for (const place of places) {
      const answer = await seen.goto(`${base}/console/${place}`);
      assert.equal(answer.status(), 200, place);
      await picture(seen, `${place}-${scheme}`);
      await accessible(seen);
    }
  }
});

await test("every report opens from the list, with its pictures and its tables", async () => {
  const seen = await page();
  await seen.goto(`${base}/console/reports`);
  const paths = await seen.$$eval("nav[aria-label=Reports] a", (links) => links.map((link) => link.getAttribute("href")));
  assert.ok(paths.length >= 10, `${paths.length} reports`);
  for (const path of paths) {
    const answer = await seen.goto(base + path);
    assert.equal(answer.status(), 200, path);
    assert.ok(await seen.$("section.card h2"), path);
    const plots = await seen.$$eval("svg.plot", (pictures) => pictures.map((one) => one.querySelector("desc")?.textContent ?? ""));
    assert.ok(plots.every((says) => says.length > 10), `${path}: a picture without a description`);
    await picture(seen, `report-${path.split("/").pop()}-light`);
    await accessible(seen);
  }
  const dark = await page("dark");
  await dark.goto(`${base}/console/reports/utilization`);
  await picture(dark, "report-utilization-dark");
  await accessible(dark);
});

let member = "";
await test("first use: get next, one press, the attempt is recorded and the decision explained", async () => {
  const opened = Date.now();
  await tab.goto(`${base}/`);
  assert.match(await text(tab), /Get next opens the most urgent case/, "the page says what to do");
  assert.match(await text(tab), /Worklist/);
  await press(tab, "form.next button");
  member = new URL(tab.url()).pathname;
  assert.match(member, /^\/console\/members\//);
  assert.match(await text(tab), /kept for you/);
  const attempts = () => tab.$$eval("td", (cells) => cells.filter((cell) => cell.innerText.startsWith("Attempt recorded")).length);
  const before = await attempts();
  await picture(tab, "member-light");
  await accessible(tab);
  const outcome = (await tab.$("button[value=NO_ANSWER]")) ? "button[value=NO_ANSWER]" : "form.attempt button";
  await press(tab, outcome);
  assert.match(await text(tab), /The attempt is recorded/);
  assert.equal(await attempts(), before + 1);
  assert.match(await text(tab), /Why this member/);
  assert.match(await text(tab), /Unplanned stays|Emergency visits/);
  console.log(`     from the first page to a recorded attempt and an explained decision: ${((Date.now() - opened) / 1000).toFixed(1)} s, with axe and a picture`);
});

await test("a reload and the back button do not repeat a step", async () => {
  const attempts = () => tab.$$eval("td", (cells) => cells.filter((cell) => cell.innerText.startsWith("Attempt recorded")).length);
  const before = await attempts();
  await tab.reload();
  assert.equal(await attempts(), before);
  await tab.goBack();
  await tab.goForward();
  assert.equal(await attempts(), before);
});

await test("two people on one case: the second is told what has changed", async () => {
  const other = await page();
  // Somebody else: what one has done oneself since is no news.
  await other.setExtraHTTPHeaders({ "x-icm-actor": "ben" });
  await tab.goto(base + member);
  await other.goto(base + member);
  const hold = async (who) => {
    await who.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
    const button = await who.evaluateHandle(() => [...document.querySelectorAll("form.inline button")].find((one) => one.textContent.includes("Hold: asked")));
    await follow(who, () => button.click());
  };
  const version = () => other.$eval("input[name=version]", (input) => input.value);
  const seen = await version();
  await hold(tab);
  assert.match(await text(tab), /on hold/i);
  assert.ok(seen);
  const stale = await other.evaluateHandle(() => [...document.querySelectorAll("form.inline button")].find((one) => one.textContent.includes("Declines for now")));
  await other.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
  await follow(other, () => stale.click());
  assert.match(await text(other), /moved on|Not possible/);
  await picture(other, "conflict-light");
  await accessible(other);
});

await test("a refused form comes back with its reason and with what was typed, and can be mended there", async () => {
  await tab.goto(`${base}/console/criteria`);
  const typed = JSON.stringify({ id: "icm-core", version: "with blanks" });
  await tab.$eval("#criteria", (field, value) => { field.value = value; }, typed);
  await press(tab, "form[action$=criteria] button.primary");
  assert.match(await text(tab), /could not be read/);
  assert.equal(await tab.$eval("form.again textarea", (field) => field.value), typed);
  await picture(tab, "refused-light");
  await accessible(tab);
  const dark = await page("dark");
  await dark.goto(`${base}/console/criteria`);
  await dark.$eval("#criteria", (field) => { field.value = "{"; });
  await press(dark, "form[action$=criteria] button.primary");
  await picture(dark, "refused-dark");
  await accessible(dark);
});

await test("keys: rows, opening, help, and everything is reached without a mouse", async () => {
  await tab.goto(`${base}/console/worklist?turn=WAITING`);
  await tab.keyboard.press("j");
  const focused = await tab.evaluate(() => document.activeElement?.getAttribute("href") ?? "");
  assert.match(focused, /\/console\/members\//);
  await tab.keyboard.press("?");
  assert.match(await text(tab), /next or previous row/);
  await tab.keyboard.press("Escape");
  await follow(tab, () => tab.keyboard.press("Enter"));
  assert.match(tab.url(), /members/);
  await follow(tab, () => tab.keyboard.press("b"));
  assert.match(tab.url(), /worklist/);
});

await test("what-if: criteria are tried on everybody, the page says who would fall out and why", async () => {
  await tab.goto(`${base}/console/criteria`);
  const stricter = { id: "icm-core", version: "tried", triggers: { r1_stays180: 9, r2_stays365: 9, r7_readmit180: 9, r8_pqi365: 9 } };
  await tab.$eval("#criteria", (field, value) => { field.value = value; }, JSON.stringify(stricter, null, 2));
  await press(tab, "button[formaction$=whatif]");
  assert.match(await text(tab), /Asked\. Members are looked at/);
  const address = tab.url().split("?")[0];
  for (let tries = 0; tries < 60 && !/Done/.test(await text(tab)); tries += 1) {
    await new Promise((resolve) => { setTimeout(resolve, 3000); });
    await tab.goto(address);
  }
  assert.match(await text(tab), /would fall out/);
  assert.match(await text(tab), /no longer meets R/);
  await picture(tab, "whatif-light");
  await accessible(tab);
  const dark = await page("dark");
  await dark.goto(address);
  await picture(dark, "whatif-dark");
  await accessible(dark);
  await tab.goto(`${base}/console/criteria`);
  await picture(tab, "criteria-tried-light");
  await accessible(tab);
});

await test("filters, saved views and pages keep their address", async () => {
  await tab.goto(`${base}/console/worklist?turn=WAITING&tier=HIGH`);
  assert.equal(await tab.$eval("select[name=tier]", (one) => one.value), "HIGH");
  await tab.evaluate(() => { document.querySelector(".views details").open = true; });
  await tab.type(".views input[name=name]", "High and waiting");
  await press(tab, ".views button");
  assert.match(await text(tab), /High and waiting/);
  await accessible(tab);
});

await test("a narrow window shows everything without sideways scrolling of the page", async () => {
  const small = await page();
  await small.setViewport({ width: 380, height: 800 });
  for (const path of ["/console/worklist", member, "/console/vendors", "/console/criteria", "/console/reports"]) {
    await small.goto(base + path);
    const wide = await small.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${path} is ${wide} px too wide`);
  }
  await picture(small, "reports-narrow");
  await small.goto(base + member);
  await picture(small, "member-narrow");
});

await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
