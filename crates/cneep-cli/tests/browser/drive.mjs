// Drives Chromium over its debugging pipe, without any package: opens a page from its file, and reports as JSON what
// it fetched, what it complained of, what a click on the picture said, and how fast it played.
//
// node drive.mjs CHROMIUM PAGE [row,column] [screenshot.png WIDTH light|dark]

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [chromium, path, cell, screenshot, width = "1280", scheme = "light"] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), "cneep-browser-"));
const browser = spawn(chromium, ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
  "--disable-background-networking", `--user-data-dir=${profile}`, "--remote-debugging-pipe", "about:blank"],
{ stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });

let next = 1, buffer = "";
const waiting = new Map(), events = [];
browser.stdio[4].on("data", (chunk) => {
  buffer += chunk;
  const messages = buffer.split("\0");
  buffer = messages.pop();
  for (const text of messages) {
    const message = JSON.parse(text);
    if (message.id && waiting.has(message.id)) {
      const [done, fail] = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) fail(new Error(message.error.message)); else done(message.result);
    } else events.push(message);
  }
});
const send = (method, params = {}, sessionId = undefined) => new Promise((done, fail) => {
  waiting.set(next, [done, fail]);
  browser.stdio[3].write(`${JSON.stringify({ id: next++, method, params, sessionId })}\0`);
});
const sleep = (time) => new Promise((done) => setTimeout(done, time));

async function drive() {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const call = (method, params) => send(method, params, sessionId);
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await call("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  for (const domain of ["Page", "Runtime", "Network", "Log"]) await call(`${domain}.enable`);
  await call("Emulation.setDeviceMetricsOverride", { width: Number(width), height: 800, deviceScaleFactor: 1, mobile: Number(width) < 600 });
  await call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme === "dark" ? "dark" : "light" }] });
  await call("Page.navigate", { url: pathToFileURL(resolve(path)).href });
  for (let turn = 0; turn < 200; turn++) {
    if (await evaluate("document.readyState === 'complete' && (!document.getElementById('player') || !!document.querySelector('.cneep-viewer[data-ready]'))")) break;
    await sleep(50);
  }
  const found = await evaluate(`({
    title: document.title, heading: document.querySelector("h1")?.innerText, ready: !!document.querySelector(".cneep-viewer[data-ready]"),
    canvases: document.querySelectorAll(".cneep-viewer canvas").length, maps: !!document.querySelector(".cv-readout"), plots: document.querySelectorAll(".uplot").length,
    first_paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  })`);
  if (cell && found.maps) {
    const [row, column] = cell.split(",").map(Number);
    const at = await evaluate(`(() => {
      document.querySelector(".cv-picture").scrollIntoView({ block: "center" });
      const box = document.querySelector(".cv-picture").getBoundingClientRect(), { maps, frames } = JSON.parse(document.getElementById("player").textContent);
      const [, rows, columns] = frames.shape, size = maps.grid.cell;
      return { x: box.left + (${column} + 0.5) * size / columns * box.width, y: box.top + (${row} + 0.5) * size / rows * box.height };
    })()`);
    for (const type of ["mousePressed", "mouseReleased"])
      await call("Input.dispatchMouseEvent", { type, x: at.x, y: at.y, button: "left", clickCount: 1 });
    await sleep(100);
    found.clicked = await evaluate(`(() => { const { rate, error, p } = document.querySelector(".cv-readout").dataset; return { rate: Number(rate), error: Number(error), p: Number(p), text: document.querySelector(".cv-readout").innerText }; })()`);
  }
  if (found.ready) {
    found.frames_a_second = await evaluate(`new Promise((done) => {
      document.querySelector(".cv-play").click();
      let count = 0; const start = performance.now();
      const tick = (now) => { count++; if (now - start < 1000) requestAnimationFrame(tick); else { document.querySelector(".cv-play").click(); done(count / (now - start) * 1000); } };
      requestAnimationFrame(tick);
    })`);
    found.moment = Number(await evaluate(`document.querySelector(".cv-time").value`));
  }
  if (screenshot?.endsWith(".pdf")) {
    const { data } = await call("Page.printToPDF", { printBackground: true, preferCSSPageSize: true });
    writeFileSync(screenshot, Buffer.from(data, "base64"));
  } else if (screenshot) {
    await evaluate("window.scrollTo(0, 0)");
    const whole = process.env.WHOLE ? { captureBeyondViewport: true, clip: { x: 0, y: 0, scale: 1, width: Number(width), height: await evaluate("document.documentElement.scrollHeight") } } : {};
    const { data } = await call("Page.captureScreenshot", { format: "png", ...whole });
    writeFileSync(screenshot, Buffer.from(data, "base64"));
  }
  const of = (method) => events.filter((event) => event.method === method).map((event) => event.params);
  found.requests = of("Network.requestWillBeSent").map(({ request }) => request.url.slice(0, 200)).filter((url) => !/^(data|blob|about):/.test(url));
  found.complaints = [
    ...of("Runtime.exceptionThrown").map(({ exceptionDetails }) => exceptionDetails.exception?.description ?? exceptionDetails.text),
    ...of("Runtime.consoleAPICalled").filter(({ type }) => type === "error" || type === "warning").map(({ args }) => args.map((arg) => arg.value).join(" ")),
    ...of("Log.entryAdded").map(({ entry }) => entry.text),
  ];
  return found;
}

let code = 0;
try {
  console.log(JSON.stringify(await Promise.race([drive(), sleep(60_000).then(() => { throw new Error("a minute has passed"); })])));
} catch (error) {
  console.error(error);
  code = 1;
} finally {
  browser.kill("SIGKILL");
  await sleep(200);
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
process.exit(code);
