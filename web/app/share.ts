// The dialog of links: address, QR code, what is hidden, and the code for other pages. Fetched when it is first opened.

import { correction, generate } from "lean-qr/nano";
import { freshId, h, showOnce, svg } from "./dom";
import { t } from "./language";
import { EMBED_LEVELS, type EmbedLevel, PANELS, type Panel } from "./panels";

/** What the dialog needs of the page. */
export interface Shared {
  /** Name of what is shared. */
  title: string;
  hidden: readonly Panel[];
  hide(panels: readonly Panel[]): void;
  /** The address of the state on the screen. */
  address(wanted: { present: boolean; embed: EmbedLevel }): string;
  /** Opens the dialog that makes an exercise of it. */
  ask(): void;
}

/** Modules of white around a QR code. */
const QUIET = 4;

/** The dialog, as long as it is open. */
export function openShare(shared: Shared): HTMLDialogElement {
  let level: EmbedLevel = EMBED_LEVELS[0].id;
  let hidden = shared.hidden;

  const link = h("input", { type: "text", readonly: true, "aria-label": t("Link to this state"), title: t("Opens the page as it is now, on any device") });
  const qr = h("button", { type: "button", id: "qr", "aria-pressed": "false", title: t("The link for a camera; larger or smaller by a press") });
  const code = h("textarea", { readonly: true, rows: 4, spellcheck: "false", "aria-label": t("Code for another page"), title: t("A line of HTML that shows the page in a frame") });
  const attempt = h("a", { target: "_blank", rel: "noopener" }, t("Try it ↗"));
  const present = h("input", { type: "checkbox" });

  const show = () => {
    const embed = EMBED_LEVELS.find(({ id }) => id === level)!;
    link.value = shared.address({ present: present.checked, embed: "full" });
    qr.replaceChildren(qrOf(link.value));
    const framed = shared.address({ present: false, embed: level });
    code.value = embedCode(framed, shared.title, embed.height);
    attempt.href = framed;
  };
  present.addEventListener("change", show);

  const panels = PANELS.map(({ id, label }) => {
    const box = h("input", { type: "checkbox", value: id, checked: hidden.includes(id) });
    box.addEventListener("change", () => {
      hidden = PANELS.map((panel) => panel.id).filter((other) => (other === id ? box.checked : hidden.includes(other)));
      shared.hide(hidden);
      show();
    });
    return h("label", { class: "check" }, box, label);
  });
  const group = freshId("level");
  const levels = EMBED_LEVELS.map(({ id, label, says }) => {
    const box = h("input", { type: "radio", name: group, value: id, checked: id === level });
    box.addEventListener("change", () => {
      level = id;
      show();
    });
    return h("label", { class: "check" }, box, h("span", {}, label, h("small", {}, says)));
  });

  qr.addEventListener("click", () => {
    const large = dialog.classList.toggle("large");
    qr.setAttribute("aria-pressed", String(large));
  });
  const ask = h("button", { type: "button", title: t("A question about this state, with checks, as a link") }, t("Make an exercise…"));
  const close = h("button", { type: "button", class: "quiet", "aria-label": t("Close"), title: t("Close this dialog (Escape)") }, "✕");
  const title = h("h2", { id: freshId("share") }, t("Share this state"));
  const dialog = h(
    "dialog",
    { id: "share-dialog", "aria-labelledby": title.id },
    h("div", { class: "heading" }, title, close),
    h(
      "div",
      { class: "link-row" },
      qr,
      h(
        "div",
        {},
        h("div", { class: "copy-row" }, link, copier(link, t("Copy link"))),
        h("p", {}, t("It carries the lab, its settings, the seed, and what is hidden. The same link gives the same run; on the CPU, to the last bit.")),
        h("label", { class: "check", title: t("Large and without chrome, for a room") }, present, t("Open as a presentation")),
        ask,
      ),
    ),
    h("fieldset", { title: t("What is ticked is shown neither here nor where the link is opened") }, h("legend", {}, t("Hide on this page and in the link")), h("div", { class: "checks" }, ...panels)),
    h(
      "fieldset",
      { title: t("How much of the page another one shows in a frame") },
      h("legend", {}, t("Inside another page")),
      h("div", { class: "checks" }, ...levels),
      code,
      h("div", { class: "copy-row" }, copier(code, t("Copy code")), attempt),
    ),
  );
  ask.addEventListener("click", () => {
    dialog.close();
    shared.ask();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  show();
  showOnce(dialog, close);
  link.select();
  return dialog;
}

/** What another page writes to show this one. */
function embedCode(address: string, title: string, height: number): string {
  const attribute = (text: string) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<iframe src="${attribute(address)}" title="${attribute(title)}" width="100%" height="${height}" style="border:0" loading="lazy" allow="fullscreen; screen-wake-lock; clipboard-write"></iframe>`;
}

/** A button that copies a field, and says so: what is beside the dialog cannot be seen. */
export function copier(field: HTMLInputElement | HTMLTextAreaElement, label: string): HTMLElement {
  const button = h("button", { type: "button", class: "primary", title: t("Puts it on the clipboard") }, label);
  const said = h("span", { class: "sr", role: "status" });
  button.addEventListener("click", async () => {
    let copied = true;
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      // The old way, where the new one is forbidden: iframes, plain http.
      field.select();
      copied = document.execCommand("copy");
    }
    button.textContent = said.textContent = copied ? t("Copied ✓") : t("Select it by hand");
    window.setTimeout(() => (button.textContent = label), 2500);
  });
  return h("span", { class: "copier" }, button, said);
}

/** A QR code of a text, dark on white in every theme; a sentence if the text is too long for one. */
export function qrOf(text: string): SVGElement | string {
  let made: ReturnType<typeof generate>;
  try {
    made = generate(text, { minCorrectionLevel: correction.M });
  } catch {
    return t("This link is too long for a QR code.");
  }
  const { size } = made;
  let path = "";
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (made.get(column, row)) path += `M${column + QUIET} ${row + QUIET}h1v1h-1z`;
    }
  }
  const side = size + 2 * QUIET;
  return svg(
    "svg",
    { viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": t("QR code of the link; press to enlarge"), "shape-rendering": "crispEdges" },
    svg("rect", { width: side, height: side, fill: "#fff" }),
    svg("path", { d: path, fill: "#000" }),
  );
}
