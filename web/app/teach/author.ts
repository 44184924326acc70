// The lecturer's dialog: from the state on the screen to the link of an exercise.

import { h, setAttributes, setText, showOnce } from "../dom";
import { waysOfEstimating } from "../estimators";
import { t } from "../language";
import { PANELS } from "../panels";
import { prose } from "../format";
import { plainMath } from "../math";
import { copier, qrOf } from "../share";
import type { State } from "../store";
import { writeHash } from "../url_state";
import { LOCKS } from "./locks";
import { lockNames } from "./panel";
import { BETWEEN } from "./task";

/** Opens the dialog for the state on the screen. */
export function openAuthor(state: State): void {
  const { lab } = state;
  const ways = waysOfEstimating();
  const field = (label: string, control: HTMLElement) => h("label", { class: "ask-field" }, h("span", {}, label), control);
  const area = (rows: number) => h("textarea", { rows });
  const select = (label: string, options: readonly (readonly [string, string])[]) =>
    h("select", { "aria-label": label }, ...options.map(([value, text]) => h("option", { value }, text)));
  const observables = lab.observables.map(({ id, symbol, label }) => [id, `${plainMath(symbol)}, ${prose(label)}`] as const);
  const boxes = (name: string, all: readonly (readonly [string, string])[], chosen: readonly string[]) =>
    h("fieldset", {}, h("legend", {}, name), h("div", { class: "checks" }, ...all.map(([value, label]) => h("label", { class: "check" }, h("input", { type: "checkbox", value, checked: chosen.includes(value) }), label))));
  const chosenOf = (from: HTMLElement) => [...from.querySelectorAll<HTMLInputElement>("input:checked")].map(({ value }) => value);

  const question = area(3);
  const options = area(3);
  const hint = h("p", { class: "problem", role: "status" });
  const predicted = select(t("Number to predict"), [["", t("none")], ...observables]);
  const reveal = area(2);
  const rows = h("div", { class: "check-rows" });
  const addRow = () => {
    const remove = h("button", { type: "button", class: "quiet", "aria-label": t("Remove this check") }, "✕");
    const row = h(
      "div",
      { class: "check-row" },
      select(t("Quantity"), [...observables, ...lab.params.map(({ id, label }) => [id, label] as const)]),
      select(t("Estimator"), [["", t("best")], ...ways.map(({ id, method, name }) => [method ?? id, name] as const)]),
      select(t("Comparison"), [[">", ">"], ["<", "<"], ["=", "="], ["sigma", t("within 2σ of exact")], ["error", t("error below")]]),
      h("input", { type: "text", inputmode: "decimal", "aria-label": t("Value"), placeholder: t("value") }),
      h("input", { type: "text", inputmode: "numeric", "aria-label": t("Seconds of computing at most"), placeholder: t("s at most") }),
      remove,
    );
    remove.addEventListener("click", () => {
      row.remove();
      show();
    });
    rows.append(row);
  };
  const more = h("button", { type: "button" }, t("Add a check"));
  more.addEventListener("click", addRow);
  addRow();
  const hide = boxes(t("Hidden until the reveal"), PANELS.map(({ id, label }) => [id, label] as const), state.hidden);
  const names = lockNames();
  const lock = boxes(t("Locked: shown, but not to be changed"), [...LOCKS.map((word) => [word, names[word]!] as const), ...lab.params.map(({ id, label }) => [id, label] as const)], []);

  const link = h("input", { type: "text", readonly: true, "aria-label": t("Link to the exercise") });
  const attempt = h("a", { target: "_blank", rel: "noopener" }, t("Try it ↗"));
  const qr = h("div", { class: "ask-qr" });
  const show = () => {
    const lines = options.value.split("\n").map((line) => line.trim().replaceAll(BETWEEN, "/")).filter(Boolean);
    const words = {
      ask: question.value.trim() || t("What do you expect?"),
      options: lines.map((line) => line.replace(/^\*\s*/, "")).join(BETWEEN),
      right: String(lines.findIndex((line) => line.startsWith("*")) + 1 || ""),
      number: lines.length > 0 ? "" : predicted.value,
      check: [...rows.children].map(checkOf).filter(Boolean).join(","),
      reveal: reveal.value.trim(),
      lock: chosenOf(lock).join(","),
    };
    const starred = lines.filter((line) => line.startsWith("*")).length;
    const twice = new Set(words.options.split(BETWEEN)).size < lines.length;
    setText(hint, starred > 1 ? t("Only the first of the starred choices counts as right.") : twice ? t("Two choices are the same.") : "");
    const task = Object.fromEntries(Object.entries(words).filter(([, text]) => text !== ""));
    const hidden = PANELS.map(({ id }) => id).filter((id) => chosenOf(hide).includes(id));
    link.value = `${location.href.split("#")[0]}#${writeHash({ ...state, hidden, wish: "auto", embed: "full", task })}`;
    attempt.href = link.value;
    qr.replaceChildren(qrOf(link.value));
  };

  const close = h("button", { type: "button", class: "quiet", "aria-label": t("Close") }, "✕");
  const dialog = h(
    "dialog",
    { id: "ask-dialog", "aria-label": t("Make an exercise") },
    h("div", { class: "heading" }, h("h2", {}, t("Make an exercise")), close),
    h("p", {}, t("It begins with the state on the screen: {lab}, {preset}, seed {seed}. Whoever reads the link closely finds the right answer in it.", { lab: lab.title, preset: state.preset.title, seed: state.seed })),
    field(t("Question"), question),
    field(t("Choices, one a line, * before the right one; none to predict a number"), options),
    hint,
    field(t("Number to predict"), predicted),
    h("fieldset", {}, h("legend", {}, t("Checks: met when the run is done")), rows, more),
    field(t("Said at the reveal"), reveal),
    hide,
    lock,
    h("div", { class: "link-row" }, qr, h("div", {}, h("div", { class: "copy-row" }, link, copier(link, t("Copy link"))), attempt)),
  );
  for (const event of ["input", "change"]) dialog.addEventListener(event, show);
  show();
  showOnce(dialog, close);
  question.focus();
}

/** The check that a row says; empty if it says none yet, or none that can be read. */
function checkOf(row: Element): string {
  const [what, way, relation, value, seconds] = [...row.querySelectorAll<HTMLInputElement | HTMLSelectElement>("select, input")].map((one) => one.value.trim().replace(",", "."));
  const [number, most] = row.querySelectorAll("input");
  // The core's choices are words; all else is compared with numbers.
  const wrong = value !== "" && relation !== "=" && !Number.isFinite(Number(value));
  setAttributes(number!, { "aria-invalid": wrong && "true", title: wrong ? t("{got} is not a number", { got: value! }) : null });
  const never = seconds !== "" && !(Number(seconds) > 0 && Number.isInteger(Number(seconds)));
  setAttributes(most!, { "aria-invalid": never && "true", title: never ? t("{got} is not a whole number of seconds", { got: seconds! }) : null });
  if (wrong || never) return "";
  const name = way ? `${what}:${way}` : what;
  const limit = seconds ? `@${seconds}` : "";
  if (relation === "sigma") return `${name}:sigma<2${limit}`;
  if (!value) return "";
  return relation === "error" ? `${name}:error<${value}${limit}` : `${name}${relation}${value}${limit}`;
}
