// "Continue in Python": a notebook that reads the samples and finds an observable of the lab again, with its error.

import type { Reference } from "../bindings/Reference";
import type { Value } from "../bindings/Value";
import { plainValue } from "../format";
import { t, told } from "../language";
import { allMethods, methodsParam } from "../methods";
import { correctedOf, estimateBy } from "../verdict";
import type { Facts } from "./facts";

/** The Python of the notebooks, by lines; `$name` stands for what the page fills in. */
type Python = readonly string[];
interface Programs {
  samples: Record<"load" | "action" | "raw" | "reweighted", Python>;
  /** By lab; under the empty name for those without a formula. `action` defines `S(samples)` from the paper's formula, `observable` one number for each sample. */
  recipes: Record<string, { id: string; action: Python; observable: Python }>;
  methods: Record<"load" | "chi2" | "spread" | "bands", Python>;
}

/** What `samples` holds, and the name in words of what is found again from them. */
const HELD: Readonly<Record<string, readonly [holds: string, name: string]>> = {
  double_well_flow: [t("`samples[i, n]` is the position of path `i` in the time slice `n`; paths are closed."), "<x^2>"],
  phi4_diffusion: [t("`samples[i, x, y]` is configuration `i` of the field, as the model gives it, before any Monte Carlo tail."), "<phi^2>"],
  xy_autoregressive: [t("`samples[i, row, column]` is the angle of a spin in radians (or, for Ising, the spin itself: +1 or -1)."), t("energy per site")],
};
const USUAL = [t("`samples[i]` is sample `i`."), t("mean square")] as const;

/** What labs that compare methods are compared by here: what the data know best. */
const AREA = "area";

type Cell = readonly ["markdown" | "code", string];

/** A notebook for the samples of `npzName`, as JSON. */
export async function notebookOf(facts: Facts, npzName: string): Promise<string> {
  const answer = await fetch(`./notebook.json?${BUILD_ID}`);
  if (!answer.ok) throw new Error(`notebook.json answers ${answer.status}`);
  const programs = (await answer.json()) as Programs;
  const cells = (methodsParam(facts.state.lab) ? methodCells : samplerCells)(facts, npzName, programs);
  const lines = (text: string) => text.split("\n").map((line, i, all) => (i < all.length - 1 ? `${line}\n` : line));
  return `${JSON.stringify(
    {
      cells: cells.map(([cell_type, text], i) => ({
        cell_type,
        id: `cell-${i}`,
        metadata: {},
        ...(cell_type === "code" && { execution_count: null, outputs: [] }),
        source: lines(text),
      })),
      metadata: { kernelspec: { display_name: "Python 3", language: "python", name: "python3" }, language_info: { name: "python" } },
      nbformat: 4,
      nbformat_minor: 5,
    },
    null,
    1,
  )}\n`;
}

/** What was said of an estimate. */
function said(estimate: { value: number; error: number | null } | null | undefined): string {
  return estimate ? `${estimate.value.toPrecision(8)} +- ${estimate.error === null ? t("unknown") : estimate.error.toPrecision(3)}` : t("not known");
}

/** What is known, and from where. */
function known({ value, source }: Reference): string {
  return `${value.toPrecision(8)} (${told(source)})`;
}

/** The heading. */
function title({ state: { lab, seed, step } }: Facts): string {
  return `# ${t("{lab}, seed {seed}, step {step}", { lab: lab.title, seed, step })}`;
}

/** The settings as a dictionary. */
function settings({ state: { params } }: Facts): string {
  const python = (value: Value) => (typeof value === "boolean" ? (value ? "True" : "False") : typeof value === "string" ? JSON.stringify(value) : plainValue(value));
  return `params = {\n${Object.entries(params).map(([id, value]) => `    "${id}": ${python(value)},\n`).join("")}}`;
}

/** A program with what it stands for put in. */
function program(lines: Python, values: Readonly<Record<string, string>> = {}): Cell {
  return ["code", lines.join("\n").replace(/\$(\w+)/g, (_, name: string) => values[name] ?? "")];
}

/** Samples of a model, with weights. */
function samplerCells(facts: Facts, npzName: string, { samples, recipes }: Programs): Cell[] {
  const { state, link } = facts;
  const { lab } = state;
  const recipe = recipes[lab.id] ?? recipes[""]!;
  const [holds, name] = HELD[lab.id] ?? USUAL;
  const page = (state.observables ?? []).find((o) => o.id === recipe.id);
  const raw = page && estimateBy(page, "raw");
  const corrected = page && (estimateBy(page, "reweighted") ?? correctedOf(page));
  const [reference] = page?.references ?? [];
  return [
    [
      "markdown",
      `${title(facts)}\n\n${t("Samples of a trained network, and how to make an unbiased estimate of {what} from them.", { what: name })}\n` +
        t("They were drawn in a browser by {page}. Put {file} into the folder of this notebook; it needs NumPy and nothing else.", { page: `[Lattice Lab](${link})`, file: `\`${npzName}\`` }),
    ],
    program(samples.load, { params: settings(facts), npz: npzName }),
    [
      "markdown",
      `${holds} ${t("`action[i]` is $S$ of it, and `log_q[i]` the logarithm of the density with which the model draws it. First the action from its formula: it is the same up to rounding.")}`,
    ],
    program(samples.action, { action: recipe.action.join("\n") }),
    [
      "markdown",
      t("A sample stands for $w = e^{-S}/q$ of its like. Means with these weights belong to $e^{-S}/Z$ whatever the model has learned, as long as it reaches every region: $\\langle O\\rangle = \\sum_i w_i O_i / \\sum_i w_i$. The error is that of the jackknife: leave out one block of samples after the other."),
    ],
    program(samples.raw, { observable: recipe.observable.join("\n") }),
    program(samples.reweighted),
    [
      "markdown",
      reference
        ? t("The page had, as the model draws: {raw}; corrected: {corrected}; known: {known}.", { raw: said(raw), corrected: said(corrected), known: known(reference) })
        : t("The page had, as the model draws: {raw}; corrected: {corrected}.", { raw: said(raw), corrected: said(corrected) }),
    ],
  ];
}

/** Answers of methods to replicas of the data: what they scatter. */
function methodCells(facts: Facts, npzName: string, { methods }: Programs): Cell[] {
  const { state, link } = facts;
  const { observables } = state;
  const area = (observables ?? []).find((o) => o.id === AREA);
  const [reference] = area?.references ?? [];
  const had = allMethods().flatMap(({ id, label }) => {
    const estimate = area && estimateBy(area, "method", id);
    return estimate ? [`- ${label}: ${said(estimate)}`] : [];
  });
  return [
    [
      "markdown",
      `${title(facts)}\n\n${t("Answers of several methods to replicas of the same data: the data with their noise added anew.")} ` +
        t("They were made in a browser by {page}. Put {file} into the folder of this notebook; it needs NumPy and nothing else.", { page: `[Lattice Lab](${link})`, file: `\`${npzName}\`` }),
    ],
    program(methods.load, { params: settings(facts), npz: npzName }),
    [
      "markdown",
      t("`samples[i, m, k]` is the spectral function that method `methods[m]` finds from replica `i` of the data, at the frequency `omega[k]`; it is not a number where a method gave none. `action[i]` is half of $\\chi^2$ of the first method."),
    ],
    program(methods.spread, { chi2: reference ? methods.chi2.join("\n") : "" }),
    ["markdown", t("The same for the spectral function itself gives the bands of the page: around each method's answer to the data as they are, not around the mean of replicas.")],
    program(methods.bands),
    [
      "markdown",
      [
        t("The page had the area from the data as they are, with the spread over replicas:"),
        had.join("\n") || `- ${t("nothing yet")}`,
        ...(reference ? [t("Known: {known}", { known: known(reference) })] : []),
      ].join("\n\n"),
    ],
  ];
}
