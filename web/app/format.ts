// Numbers as physicists write them.

import type { Value } from "./bindings/Value";
import { t } from "./language";

const MINUS = "\u2212";
const THIN = "\u2009";

/** A number with a true minus sign and at most `digits` significant digits: 0.25, 2e-3, 1200. */
export function number(x: number, digits = 4): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? t("not a number") : x > 0 ? "∞" : `${MINUS}∞`;
  if (x === 0) return "0";
  const size = Math.abs(x);
  const text =
    size >= 1e6 || size < 1e-3
      ? x.toExponential(digits - 1).replace(/\.?0+e/, "e").replace("e+", "e")
      : String(Number(x.toPrecision(digits)));
  return text.replaceAll("-", MINUS);
}

/** A value with its error in the last two digits: 0.6219(8), 12.3(1.4), 1.50(12); 1.83(?) if the error is not known. */
export function withError(value: number, error: number | null): string {
  if (error === null || !Number.isFinite(error)) return `${number(value, 3)}(?)`;
  if (error <= 0) return number(value, 5);
  if (error >= 1e6 || Math.abs(value) >= 1e7) return `${number(value)}(${number(error, 2)})`;
  // One digit of the error when it starts with 3 or more, two otherwise: neither wastes nor hides precision.
  let exponent = Math.floor(Math.log10(error));
  const lead = error / 10 ** exponent;
  let digits = Math.round(lead * 10) < 30 ? 2 : 1;
  if (digits === 1 && Math.round(lead) === 10) {
    exponent += 1;
    digits = 2;
  }
  const decimals = digits - 1 - exponent;
  if (decimals <= 0) return `${value.toFixed(0).replace("-", MINUS)}(${error.toFixed(0)})`;
  const inLastDigits = exponent >= 0 ? error.toFixed(decimals) : String(Math.round(error * 10 ** decimals));
  return `${value.toFixed(decimals).replace("-", MINUS)}(${inLastDigits})`;
}

/** A number of a table, whose size may be any: 0.62(3), 2.1(3)e-5, 2.1e-3; a dash where there is none. */
export function tableNumber(value: number, error: number | undefined): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : number(value);
  if (value === 0 && !(error! > 0)) return "0";
  const exponent = Math.floor(Math.log10(Math.max(Math.abs(value), error! > 0 ? error! : 0)));
  const scaled = exponent < -2 || exponent > 4;
  if (!(error! > 0)) return scaled ? value.toExponential(1).replace("e+", "e").replaceAll("-", MINUS) : number(value, 3);
  if (!scaled) return withError(value, error!);
  return `${withError(value / 10 ** exponent, error! / 10 ** exponent)}e${exponent}`.replace("e-", `e${MINUS}`);
}

/** Seconds for people: 0.4 s, 12 s, 3 min 5 s, 9 h 18 min. */
export function seconds(s: number): string {
  if (s < 10) return `${s.toFixed(1)}${THIN}s`;
  if (s < 90) return `${Math.round(s)}${THIN}s`;
  const whole = Math.round(s);
  if (whole >= 5400) {
    const minutes = Math.round(whole / 60);
    return `${Math.floor(minutes / 60)}${THIN}h${minutes % 60 ? ` ${minutes % 60}${THIN}min` : ""}`;
  }
  return `${Math.floor(whole / 60)}${THIN}min${whole % 60 ? ` ${whole % 60}${THIN}s` : ""}`;
}

/** What stands behind a value whose error is not known. */
export const NO_ERROR = t("(?): its error is not known. Too few samples, or too few that carry the weight, or nothing that fluctuates.");

/** A step's time: 7.9 ms. */
export function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : ms < 100 ? ms.toFixed(0) : number(ms, 3)}${THIN}ms`;
}

/** A parameter's value in a number box or in the address: plain, so that it can be typed again. */
export function plainValue(value: Value): string {
  if (typeof value !== "number" || value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size < 1e-3 || size >= 1e7 ? value.toExponential().replace("e+", "e") : String(value);
}

/** Prose from the core's doc comments, whose code spans need no marks here. */
export function prose(text: string): string {
  const minus = /(?<=[\s(])-(?=[\p{L}\d])/gu;
  return text.replaceAll("`", "").replace(minus, MINUS).replace(/\s+/g, " ").trim();
}
