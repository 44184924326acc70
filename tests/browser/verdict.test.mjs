// The rule behind the badge, without a browser.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { build } = require("esbuild");
/** Without a page there is no catalogue: texts are the English ones of the code. */
const english = {
  name: "english",
  setup(build) {
    build.onResolve({ filter: /[\\/]language$/ }, () => ({ path: "language", namespace: "english" }));
    build.onLoad({ filter: /.*/, namespace: "english" }, () => ({
      contents: `export const t = (text, values = {}) => text.replace(/\\{(\\w+)\\}/g, (whole, name) => String(values[name] ?? whole));`,
    }));
  },
};
const bundle = await build({
  stdin: {
    contents: `export * from "./verdict"; export * from "./method_verdict"; export { takeMethods } from "./methods";`,
    resolveDir: fileURLToPath(new URL("../../web/app", import.meta.url)),
  },
  bundle: true,
  format: "esm",
  write: false,
  plugins: [english],
});
const { judge, judgeMethods, meets, pull, standardOf, takeMethods } = await import(`data:text/javascript,${encodeURIComponent(bundle.outputFiles[0].text)}`);

const estimate = (estimator, value, error, count = 1024) => ({ estimator, method: null, value, error, tau_int: null, ess: null, count });
const observable = (id, reference, ...estimates) => ({ id, references: reference === null ? [] : [reference], estimates });
const exact = (value) => ({ value, error: 0, kind: "exact", source: "" });
const longRuns = (value, error) => ({ value, error, kind: "chain", source: "" });
const badge = (observables, { ess = null, planned = 1024 } = {}) => {
  const { kind, text } = judge(observables, ess, (id) => id, planned);
  return `${kind}: ${text}`;
};

test("a reference with an error of its own counts with it", () => {
  const one = observable("s", longRuns(1, 0.03), estimate("tail", 1.05, 0.04));
  assert.equal(pull(one.estimates[0], standardOf(one)), (1.05 - 1) / 0.05);
});

test("without weights the tail is judged, and no ESS is asked for", () => {
  assert.equal(badge([observable("s", exact(1), estimate("raw", 1.2, 0.01), estimate("tail", 1.005, 0.01))]), "good: within 1σ");
  assert.equal(badge([observable("s", exact(1), estimate("raw", 1, 0.01), estimate("tail", 1.2, 0.01))]), "bad: s is 20σ off");
});

test("where nothing is corrected, the samples as they are are judged", () => {
  assert.equal(badge([observable("s", exact(1), estimate("raw", 1.1, 0.01))]), "bad: s is 10σ off");
});

test("with weights the ESS has to be known", () => {
  const weighted = [observable("s", exact(1), estimate("raw", 1, 0.01), estimate("reweighted", 1, 0.01, 4096))];
  assert.equal(badge(weighted), "open: not yet resolved");
  assert.equal(badge(weighted, { ess: estimate("reweighted", 0.9, 0.01) }), "good: within 1σ");
});

test("what is frozen and met to the last digit is resolved without error bars", () => {
  const frozen = [observable("e", exact(-2 + 3e-16), estimate("reweighted", -2, null)), observable("c", exact(1e-16), estimate("reweighted", 0, null))];
  assert.equal(badge(frozen, { ess: estimate("raw", 1, null) }), "good: within 1σ");
  const noisy = [observable("e", exact(-2), estimate("reweighted", -2 + 4e-16, 1e-17))];
  assert.equal(badge(noisy, { ess: estimate("raw", 1, null) }), "good: within 1σ");
  assert.equal(badge([observable("e", exact(-2), estimate("reweighted", -1.99, null))], { ess: estimate("raw", 1, null) }), "open: not yet resolved");
});

test("a glimpse of a model in training is not judged, the samples of the plan are", () => {
  const glimpse = [observable("s", exact(1), estimate("tail", 1, 0.01, 300))];
  assert.equal(badge(glimpse, { planned: 16_384 }), "open: not yet resolved");
  assert.equal(badge(glimpse, { planned: 256 }), "good: within 1σ");
});

test("what has no exact value is compared with the chain, which does not make it wrong", () => {
  const against = (value) => [
    observable("m", exact(0), estimate("chain", 0, 0.01), estimate("tail", 0, 0.01)),
    ...["s", "t"].map((id) => observable(id, null, estimate("chain", 1, 0.006), estimate("tail", value, 0.008))),
  ];
  assert.equal(badge(against(1.015)), "good: within 2σ of the chain");
  assert.equal(badge(against(1.2)), "open: s is 20σ from the chain");
});

/** The badge of a lab of methods "0", "1", ..., each with a value, an error and a chi^2 per point. */
function methodBadge(methods, reference = exact(1), count = 40) {
  const options = methods.map((_, i) => ({ id: String(i), label: `method ${i}`, doc: "" }));
  takeMethods({ params: [{ kind: { type: "set", options } }] });
  const of = (i, value, error) => ({ ...estimate("method", value, error, count), method: String(i) });
  const first = observable("peak", reference, ...methods.map(([value, error], i) => of(i, value, error)));
  const chi2 = observable("chi2_per_point", null, ...methods.map(([, , chi2], i) => of(i, chi2, null)));
  const { kind, text, why } = judgeMethods(first, [first, chi2], "peak position", 40);
  return { badge: `${kind}: ${text}`, why, counts: meets(first) };
}

test("methods are counted that have the truth within their own errors, and that fit", () => {
  const [right, wrong] = [[1.01, 0.01, 1], [1.2, 0.01, 1]];
  const green = methodBadge([right, right, wrong]);
  assert.equal(green.badge, "good: 2 of 3 within 2σ");
  assert.deepEqual(green.counts, { within: 2, judged: 3 });
  assert.match(green.why, /^Exact peak position within 2σ: method 0 \(1\.0σ\), method 1 \(1\.0σ\)\. Farther off: method 2 \(20\.0σ\)/);
  assert.equal(methodBadge([right, wrong]).badge, "open: 1 of 2 within 2σ");
  assert.equal(methodBadge([wrong, wrong, wrong, right]).badge, "bad: 1 of 4 within 2σ");
  assert.equal(methodBadge([wrong]).badge, "bad: 0 of 1 within 2σ");
  // Right by chance, without fitting the data.
  assert.equal(methodBadge([right, [1.01, 0.01, 30]]).badge, "open: 2 of 2 within 2σ");
  // A method without an error bar is not judged.
  assert.equal(methodBadge([right, right, [1.3, null, 1]]).badge, "good: 2 of 2 within 2σ");
});

test("methods are not judged by few replicas, nor where the truth is not known", () => {
  const right = [1.01, 0.01, 1];
  assert.equal(methodBadge([right, [1.01, 0.01, 3]], exact(1), 5).badge, "open: 1 of 2 fit the data");
  assert.equal(methodBadge([right, right], null).badge, "open: 2 of 2 fit the data");
  assert.equal(methodBadge([right], null).counts, null);
});
