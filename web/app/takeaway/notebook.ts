// "Continue in Python": a notebook that reads the samples and finds an observable of the lab again, with its error.

import type { Reference } from "../bindings/Reference";
import type { Value } from "../bindings/Value";
import { plainValue } from "../format";
import { t, told } from "../language";
import { allMethods, methodsParam } from "../methods";
import { correctedOf, estimateBy } from "../verdict";
import type { Facts } from "./facts";

/** What a lab's samples are, and what to make of them: Python that sees `samples`, `action` and the dictionary `params`. */
interface Recipe {
  /** What `samples` holds. */
  holds: string;
  /** Defines `S(samples)`, the action, from the paper's formula. */
  action: string;
  /** Defines `observable(samples)`: one number for each sample. */
  observable: string;
  /** Its id in the lab, and its name in words. */
  id: string;
  name: string;
}

const RECIPES: Readonly<Record<string, Recipe>> = {
  double_well_flow: {
    holds: t("`samples[i, n]` is the position of path `i` in the time slice `n`; paths are closed."),
    action: `def S(x):
    a, m, lam, f2 = (params[key] for key in ("spacing", "mass", "lambda", "f2"))
    kinetic = m * (np.roll(x, -1, axis=1) - x) ** 2 / (2 * a**2)
    return a * (kinetic + lam * (x**2 - f2) ** 2).sum(axis=1)`,
    observable: "def observable(x):\n    return (x**2).mean(axis=1)",
    id: "x2",
    name: "<x^2>",
  },
  phi4_diffusion: {
    holds: t("`samples[i, x, y]` is configuration `i` of the field, as the model gives it, before any Monte Carlo tail."),
    action: `def S(phi):
    kappa, lam = params["kappa"], params["lambda"]
    neighbours = np.roll(phi, -1, axis=1) + np.roll(phi, -1, axis=2)
    local = (1 - 2 * lam) * phi**2 + lam * phi**4
    return (local - 2 * kappa * phi * neighbours).sum(axis=(1, 2))`,
    observable: "def observable(phi):\n    return (phi**2).mean(axis=(1, 2))",
    id: "phi2",
    name: "<phi^2>",
  },
  xy_autoregressive: {
    holds: t("`samples[i, row, column]` is the angle of a spin in radians (or, for Ising, the spin itself: +1 or -1)."),
    action: `def bonds(s):
    apart = (lambda one, other: one * other) if params["model"] == "ising" else (lambda one, other: np.cos(one - other))
    return sum(apart(s, np.roll(s, -1, axis=axis)) for axis in (1, 2)).sum(axis=(1, 2))

def S(s):
    return -params["beta"] * bonds(s)`,
    observable: "def observable(s):\n    return -bonds(s) / s[0].size",
    id: "energy",
    name: t("energy per site"),
  },
};

/** What labs that compare methods are compared by here: what the data know best. */
const AREA = "area";

const USUAL: Recipe = {
  holds: t("`samples[i]` is sample `i`."),
  action: "def S(x):\n    return action  # this notebook does not know the formula of this lab",
  observable: "def observable(x):\n    return (x**2).reshape(len(x), -1).mean(axis=1)",
  id: "",
  name: t("mean square"),
};

type Cell = readonly ["markdown" | "code", string];

/** A notebook for the samples of `npzName`, as JSON. */
export function notebookOf(facts: Facts, npzName: string): string {
  const cells = methodsParam(facts.state.lab) ? methodCells(facts, npzName) : samplerCells(facts, npzName);
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

/** Samples of a model, with weights. */
function samplerCells(facts: Facts, npzName: string): Cell[] {
  const { state, link } = facts;
  const { lab } = state;
  const recipe = RECIPES[lab.id] ?? USUAL;
  const page = (state.observables ?? []).find((o) => o.id === recipe.id);
  const raw = page && estimateBy(page, "raw");
  const corrected = page && (estimateBy(page, "reweighted") ?? correctedOf(page));
  const [reference] = page?.references ?? [];
  return [
    [
      "markdown",
      `${title(facts)}\n\n${t("Samples of a trained network, and how to make an unbiased estimate of {what} from them.", { what: recipe.name })}\n` +
        t("They were drawn in a browser by {page}. Put {file} into the folder of this notebook; it needs NumPy and nothing else.", { page: `[Lattice Lab](${link})`, file: `\`${npzName}\`` }),
    ],
    ["code", `import numpy as np\n\n${settings(facts)}\n\ndata = np.load("${npzName}")\nsamples = data["samples"].astype(float)\naction = data["action"]\nlog_q = data["log_q"] if "log_q" in data.files else None\nprint(samples.shape, "log q is", "there" if log_q is not None else "not known to this model")`],
    [
      "markdown",
      `${recipe.holds} ${t("`action[i]` is $S$ of it, and `log_q[i]` the logarithm of the density with which the model draws it. First the action from its formula: it is the same up to rounding.")}`,
    ],
    ["code", `${recipe.action}\n\nprint("largest difference of S:", np.abs(S(samples) - action).max())`],
    [
      "markdown",
      t("A sample stands for $w = e^{-S}/q$ of its like. Means with these weights belong to $e^{-S}/Z$ whatever the model has learned, as long as it reaches every region: $\\langle O\\rangle = \\sum_i w_i O_i / \\sum_i w_i$. The error is that of the jackknife: leave out one block of samples after the other."),
    ],
    [
      "code",
      `def weighted_mean(values, weights):\n    return (weights * values).sum() / weights.sum()\n\ndef jackknife(values, weights, blocks=100):\n    """Mean and its standard error."""\n    blocks = min(blocks, len(values))\n    parts = np.array_split(np.arange(len(values)), blocks)\n    without = np.array([weighted_mean(np.delete(values, part), np.delete(weights, part)) for part in parts])\n    error = np.sqrt((blocks - 1) * np.mean((without - without.mean()) ** 2))\n    return weighted_mean(values, weights), error\n\n${recipe.observable}\n\nvalues = observable(samples)\nraw, raw_error = jackknife(values, np.ones(len(values)))\nprint(f"as the model draws: {raw:.6f} +- {raw_error:.6f}")`,
    ],
    [
      "code",
      `if log_q is None:\n    print("Without log q there are no weights: what the model draws is all there is.")\nelse:\n    log_w = -action - log_q\n    weights = np.exp(log_w - log_w.max())\n    ess = weights.sum() ** 2 / (len(weights) * (weights**2).sum())\n    value, error = jackknife(values, weights)\n    print(f"effective samples for each drawn: {ess:.4f}")\n    print(f"reweighted: {value:.6f} +- {error:.6f}")`,
    ],
    [
      "markdown",
      reference
        ? t("The page had, as the model draws: {raw}; corrected: {corrected}; known: {known}.", { raw: said(raw), corrected: said(corrected), known: known(reference) })
        : t("The page had, as the model draws: {raw}; corrected: {corrected}.", { raw: said(raw), corrected: said(corrected) }),
    ],
  ];
}

/** Answers of methods to replicas of the data: what they scatter. */
function methodCells(facts: Facts, npzName: string): Cell[] {
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
    [
      "code",
      `import numpy as np\n\n${settings(facts)}\nmethods = params["methods"].split(",")\n\ndata = np.load("${npzName}")\nsamples = data["samples"].astype(float)\naction = data["action"]\nd_omega = params["cutoff"] / samples.shape[2]\nomega = d_omega * np.arange(1, samples.shape[2] + 1)\nprint(samples.shape, methods)`,
    ],
    [
      "markdown",
      t("`samples[i, m, k]` is the spectral function that method `methods[m]` finds from replica `i` of the data, at the frequency `omega[k]`; it is not a number where a method gave none. `action[i]` is half of $\\chi^2$ of the first method."),
    ],
    [
      "code",
      `def half_width(values):\n    """Half the width of the central 68.3 %: one standard deviation of normal numbers, and not moved by a few that ran away."""\n    values = values[np.isfinite(values)]\n    if len(values) < 8:\n        return np.nan\n    low, high = np.quantile(values, [0.1587, 0.8413])\n    return (high - low) / 2\n\n${reference ? 'print("chi^2 per point of the first method, median over replicas:", np.nanmedian(2 * action / params["points"]))\n' : ""}for m, method in enumerate(methods):\n    area = samples[:, m].sum(axis=1) * d_omega\n    print(f"area, {method}: median {np.nanmedian(area):.6f}, spread {half_width(area):.6f}")`,
    ],
    ["markdown", t("The same for the spectral function itself gives the bands of the page: around each method's answer to the data as they are, not around the mean of replicas.")],
    [
      "code",
      `bands = np.array([[half_width(samples[:, m, k]) for k in range(len(omega))] for m in range(len(methods))])\npeaks = omega[np.nan_to_num(np.nanmedian(samples, axis=0), nan=-np.inf).argmax(axis=1)]\nfor method, peak, band in zip(methods, peaks, bands):\n    print(f"{method}: highest near {peak:.4f}, widest band {np.nanmax(band):.4f}")`,
    ],
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
