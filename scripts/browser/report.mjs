// Opens a report in headless Chromium and holds it to what it promises: bars that add up to the run, the critical path
// that the run had, a keyboard that reaches everything, no request that leaves the page, dark and light, and print.
import { readFileSync } from 'node:fs';
import { strict as assert } from 'node:assert';
import { chromium } from 'playwright-core';

const [report, recording, pictures] = process.argv.slice(2);
const events = readFileSync(recording, 'utf8').trim().split('\n').map(line => JSON.parse(line));
const finished = events.at(-1);

const context = await chromium.launchPersistentContext(process.env.BROWSER_PROFILE, {
  executablePath: '/usr/bin/chromium',
  headless: true,
  viewport: { width: 1280, height: 900 },
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const page = context.pages()[0] ?? await context.newPage();
const requests = [];
const problems = [];
page.on('request', request => requests.push(request.url()));
page.on('console', message => message.type() === 'error' && problems.push(message.text()));
page.on('pageerror', error => problems.push(String(error)));
await page.goto(`file://${report}`);

// No request but for the page itself.
assert.deepEqual(requests, [`file://${report}`]);
assert.deepEqual(problems, []);

// The run's own figures.
assert.equal(Number(await page.getAttribute('#took', 'data-ms')), Math.round(finished.elapsed_seconds * 1000));
const steps = new Set(events.filter(event => event.event === 'plan').flatMap(event => event.steps.map(step => step.id))
  .concat(events.filter(event => event.event === 'step-added').map(event => event.id)));
assert.equal(await page.locator('.row.step').count(), steps.size);

// Each bar stands where its times say, and none leaves the scale.
const rows = await page.locator('section.timeline').evaluate(section => {
  const total = Number(section.dataset.total);
  return [...section.querySelectorAll('.row')].flatMap(row => [...row.querySelectorAll('.bar')].map(bar => {
    const [from, to] = [Number(bar.dataset.from), Number(bar.dataset.to)];
    const track = bar.parentElement.getBoundingClientRect();
    const box = bar.getBoundingClientRect();
    const scale = track.width - 1;
    return { id: row.id, critical: bar.classList.contains('critical'), wait: bar.classList.contains('wait'), from, to, total,
      off: Math.max(Math.abs(box.left - track.left - 1 - scale * from / total), Math.abs(box.width - Math.max(2, scale * (to - from) / total))) };
  }));
});
for (const bar of rows) {
  assert.ok(0 <= bar.from && bar.from <= bar.to && bar.to <= bar.total, JSON.stringify(bar));
  assert.ok(bar.off < 3, JSON.stringify(bar));
}

// The critical path: recomputed from the stream, from the last step that ended back along the need that ended last.
const at = time => Date.parse(time);
const ends = new Map(events.filter(event => event.event === 'step-finished').map(event => [event.id, at(event.time)]));
const needs = new Map(events.filter(event => event.event === 'plan').flatMap(event => event.steps).map(step => [step.id, step.needs]));
const last = ids => ids.filter(id => ends.has(id)).reduce((best, id) => best === undefined || ends.get(id) >= ends.get(best) ? id : best, undefined);
const path = [];
for (let id = last([...needs.keys()]); id !== undefined; id = last(needs.get(id) ?? [])) path.unshift(id);
const shown = await page.locator('.row[data-critical] .details > div:last-child dd').evaluateAll(cells => cells.map(cell => cell.textContent));
assert.deepEqual(new Set(shown), new Set(path));
// Its work and its waits add up to the run, from the plan to the last step.
const critical = rows.filter(bar => bar.critical).sort((a, b) => a.from - b.from);
const covered = critical.reduce((sum, bar, n) => sum + (bar.to - Math.max(bar.from, n ? critical[n - 1].to : 0)), 0);
const gaps = critical.reduce((sum, bar, n) => sum + Math.max(0, bar.from - (n ? critical[n - 1].to : 0)), 0);
assert.ok(Math.abs(covered + gaps - critical.at(-1).total) <= 2, `${covered} + ${gaps} of ${critical.at(-1).total}`);

// The keyboard: Tab reaches the first row, arrows walk, details show, Enter keeps them, Escape closes.
await page.keyboard.press('Tab');
const focused = () => page.evaluate(() => document.activeElement.id);
const first = await focused();
assert.ok(first.startsWith('s0-'), first);
assert.ok(await page.locator(`#${first} .details`).isVisible());
await page.keyboard.press('ArrowDown');
assert.notEqual(await focused(), first);
await page.keyboard.press('End');
await page.keyboard.press('Enter');
await page.keyboard.press('Home');
assert.equal(await page.locator('.row.open').count(), 1);
await page.keyboard.press('Escape');
assert.equal(await page.locator('.row.open').count(), 0);
// What a step waited for is marked when the step is reached.
const waiting = await page.locator('.row.step[data-needs]:not([data-needs=""])').last();
await waiting.focus();
assert.ok(await page.locator('.row.needed').count() > 0);
await page.screenshot({ path: `${pictures}/report-light.png` });

await page.emulateMedia({ colorScheme: 'dark' });
const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
assert.equal(ground, 'rgb(13, 17, 23)');
await page.screenshot({ path: `${pictures}/report-dark.png` });
await page.emulateMedia({ media: 'print', colorScheme: 'light' });
assert.equal(await page.locator('.details:visible').count(), 0);
await page.screenshot({ path: `${pictures}/report-print.png`, fullPage: true });
await page.setViewportSize({ width: 480, height: 800 });
await page.emulateMedia({ media: 'screen' });
assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
assert.deepEqual(requests, [`file://${report}`]);
await context.close();
console.log(`${steps.size} steps, ${path.length} of them on the critical path, ${rows.length} bars: the report holds`);
