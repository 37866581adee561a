// PASS, FAIL and SKIP lines of a conformance program, as tests/conformance/report.py prints them.
"use strict";

const STEP_TIMEOUT_MS = 20_000;
const EVENT_TIMEOUT_MS = 10_000;

class Report {
  constructor(name) {
    this.name = name;
    this.lines = 0;
    this.failed = 0;
    this.skipped = 0;
  }

  line(passed, what, note = "") {
    this.lines += 1;
    this.failed += passed ? 0 : 1;
    console.log((passed ? "PASS  " : "FAIL  ") + what + (note ? `  [${note}]` : ""));
  }

  skip(what, why) {
    this.skipped += 1;
    console.log(`SKIP  ${what}  [${why}]`);
  }

  check(what, holds, note = "") {
    this.line(Boolean(holds), what, holds ? "" : note);
    return Boolean(holds);
  }

  /** Run one step and return its value, null after a FAIL; a step whose value is undefined passes. */
  async step(what, work, timeoutMs = STEP_TIMEOUT_MS) {
    try {
      const value = await within(timeoutMs, typeof work === "function" ? work() : work);
      this.line(true, what);
      return value === undefined ? true : value;
    } catch (error) {
      this.line(false, what, `${error?.name}: ${error?.message}`.replaceAll("\n", " ").slice(0, 300));
      return null;
    }
  }

  /** Wait for an event that an earlier step should have caused. */
  async event(what, waiting, caused) {
    if (!caused) {
      this.line(false, what, "its cause failed");
      return null;
    }
    return this.step(what, waiting, EVENT_TIMEOUT_MS);
  }

  done() {
    const passed = this.lines - this.failed;
    const word = this.failed ? "FAILED" : "OK";
    console.log(`${word}: ${this.name}: ${passed} passed, ${this.failed} failed, ${this.skipped} skipped`);
    return this.failed ? 1 : 0;
  }
}

function within(timeoutMs, work) {
  let timer;
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timed out after ${timeoutMs / 1000}s`)), timeoutMs);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}

module.exports = { Report };
