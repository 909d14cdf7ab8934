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
    const step = row.querySelector('.details > div:last-child dd')?.textContent;
    return { id: row.id, step, critical: bar.classList.contains('critical'), wait: bar.classList.contains('wait'), from, to, total,
      off: Math.max(Math.abs(box.left - track.left - 1 - scale * from / total), Math.abs(box.width - Math.max(2, scale * (to - from) / total))) };
  }));
});
for (const bar of rows) {
  assert.ok(0 <= bar.from && bar.from <= bar.to && bar.to <= bar.total, JSON.stringify(bar));
  assert.ok(bar.off < 3, JSON.stringify(bar));
}

// Times of the stream, from which everything below is computed anew.
const at = time => Date.parse(time);
const moments = kind => new Map(events.filter(event => event.event === kind).map(event => [event.id, at(event.time)]));
const [starts, ends] = [moments('step-started'), moments('step-finished')];
const plan = events.find(event => event.event === 'plan');
const planned = at(plan.time);
const needs = new Map(plan.steps.map(step => [step.id, step.needs]));

// A step waited for others from the plan on until the last thing that it needs had ended; whoever needs nothing did not.
const ready = id => Math.min(starts.get(id), Math.max(...needs.get(id).filter(need => ends.has(need)).map(need => ends.get(need))));
const waiting = [...needs.keys()].filter(id => starts.has(id) && ready(id) > planned);
const waits = rows.filter(bar => bar.wait && needs.has(bar.step));
assert.ok(waits.length > 0);
assert.deepEqual(new Set(waits.map(bar => bar.step)), new Set(waiting));
for (const bar of waits) {
  assert.equal(bar.from, 0, `${bar.step} waited from ${bar.from}`);
  assert.ok(Math.abs(planned + bar.to - ready(bar.step)) <= 2, `${bar.step} waited until ${bar.to}`);
}

// What came before the plan, the phase, and what came after its last step are the run.
const began = at(finished.time) - finished.elapsed_seconds * 1000;
const after = at(finished.time) - Math.max(...ends.values());
const sum = planned - began + rows[0].total + after;
assert.ok(Math.abs(sum - finished.elapsed_seconds * 1000) <= 2, `${sum} of ${finished.elapsed_seconds} s`);

// The critical path: recomputed from the stream, from the last step that ended back along the need that ended last.
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
const last_one = await page.locator('.row.step[data-needs]:not([data-needs=""])').last();
await last_one.focus();
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
