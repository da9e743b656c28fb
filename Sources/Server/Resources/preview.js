// SPDX-License-Identifier: Apache-2.0
// Values from files, data and the server are untrusted: they are inserted as text, never as markup.

const byID = (id) => document.getElementById(id);
const [template, brand, locale] = ["template", "brand", "locale"].map(byID);
const editor = byID("data");
const frame = byID("mail");

let folder = { templates: [], brands: [], revision: 0 };
let findings = [];
/** The typed data of each template; absent when the sample is shown. */
const typed = new Map();
let shown = null;
let asked = 0;

const choice = (name) => document.querySelector(`input[name=${name}]:checked`).value;

function element(name, text, kind) {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

async function call(path, body) {
  const request = body && {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  const response = await fetch(path, request || {});
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.detail), { errors: answer.errors || [] });
  return answer;
}

function fill(select, options, wanted) {
  const same = select.options.length === options.length
    && options.every(([value, text], i) => select.options[i].value === value && select.options[i].text === text);
  if (!same) select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
  select.value = options.some(([value]) => value === wanted) ? wanted : options.length ? options[0][0] : "";
}

const languages = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

function languageName(code) {
  try {
    const name = languages.of(code);
    return name === code ? code : `${name} (${code})`;
  } catch {
    return code;
  }
}

function fillLocales(wanted) {
  const current = folder.templates.find((each) => each.name === template.value);
  fill(locale, (current?.locales[brand.value] || []).map((code) => [code, languageName(code)]), wanted);
}

/** Restores the choices from the URL, where they survive a reload and can be shared. */
function readAddress() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  for (const name of ["scheme", "width", "view"]) {
    const radio = [...document.querySelectorAll(`input[name=${name}]`)].find((each) => each.value === wanted.get(name));
    if (radio) radio.checked = true;
  }
  fill(template, folder.templates.map((each) => [each.name, each.name]), wanted.get("template"));
  fill(brand, folder.brands.map((each) => [each.name, each.title]), wanted.get("brand") || folder.default_brand);
  fillLocales(wanted.get("locale"));
}

function writeAddress() {
  const words = new URLSearchParams({
    template: template.value, brand: brand.value, locale: locale.value,
    scheme: choice("scheme"), width: choice("width"), view: choice("view"),
  });
  history.replaceState(null, "", `#${words}`);
}

function selection() {
  return { template: template.value, brand: brand.value, locale: locale.value, data: typed.get(template.value) };
}

async function render() {
  if (!template.value) {
    showTrouble({ message: `There are no templates that can be shown in ${folder.folder}`, file: "" });
    return;
  }
  const mine = ++asked;
  try {
    const answer = await call("/api/render", selection());
    if (mine === asked) show(answer);
  } catch (error) {
    if (mine === asked) showTrouble({ message: error.message, file: "" });
  }
}

function show(answer) {
  const wrong = Boolean(answer.syntax || answer.faults);
  if (!typed.has(template.value) && editor.value !== answer.sample) editor.value = answer.sample ?? "";
  byID("reset").disabled = !typed.has(template.value);
  editor.classList.toggle("wrong", wrong);
  showFaults(answer);
  if (answer.text !== undefined) shown = answer;
  else if (!wrong) shown = null;
  showTrouble(answer.error);
  byID("sheet").classList.toggle("stale", wrong);
  showPart();
}

function showFaults({ syntax, faults = [], warnings = [] }) {
  const items = [];
  if (syntax) {
    const item = element("li", "", "fault");
    item.append(placeButton(`line ${syntax.line}, column ${syntax.column}`, () => offset(syntax)), syntax.reason);
    items.push(item);
  }
  for (const { pointer, detail } of faults) {
    const item = element("li", "", "fault");
    item.append(placeButton(pointer, () => locate(editor.value, pointer.replace(/^\/data/, ""))), detail);
    items.push(item);
  }
  for (const warning of warnings) items.push(element("li", warning, "warning"));
  byID("faults").replaceChildren(...items);
}

function placeButton(text, place) {
  const button = element("button", text, "place");
  button.type = "button";
  button.addEventListener("click", () => {
    const [start, end] = place();
    editor.focus();
    editor.setSelectionRange(start, end);
  });
  return button;
}

function offset({ line, column }) {
  const before = editor.value.split("\n").slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const start = Math.min(before + column - 1, editor.value.length);
  return [start, Math.min(start + 1, editor.value.length)];
}

/** The range in a JSON text of the value at a JSON pointer; of its parent when it is missing. */
function locate(text, pointer) {
  const names = pointer.split("/").slice(1).map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  const tokens = [...text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)];
  let at = 0;
  let best = [0, text.length];
  const value = (rest) => {
    const start = tokens[at].index;
    const open = tokens[at][0];
    at += 1;
    for (let count = 0; (open === "{" || open === "[") && tokens[at] && !"]}".includes(tokens[at][0]); count += 1) {
      let name = String(count);
      if (open === "{") {
        name = JSON.parse(tokens[at][0]);
        at += 2;
      }
      value(rest && rest.length && rest[0] === name ? rest.slice(1) : null);
      if (tokens[at]?.[0] === ",") at += 1;
    }
    if (open === "{" || open === "[") at += 1;
    const last = tokens[at - 1];
    if (rest && !best.found) best = [start, last.index + last[0].length];
    if (rest && rest.length === 0) best.found = true;
  };
  try {
    value(names);
  } catch {
    return [0, text.length];
  }
  return best;
}

function showTrouble(error) {
  const box = byID("trouble");
  box.hidden = !error;
  if (!error) return;
  const place = error.line ? `${error.file}:${error.line}:${error.column}` : error.file;
  const parts = [element("strong", place ? `${place} ` : ""), error.message];
  if (error.excerpt) parts.push(element("pre", error.excerpt));
  if (shown) parts.push(element("p", "The last good version is shown below.", "quiet"));
  box.replaceChildren(...parts);
}

function showPart() {
  const view = choice("view");
  const scheme = choice("scheme");
  byID("from").textContent = shown?.from ?? "";
  byID("subject").textContent = shown?.subject || "\u00A0";
  document.title = shown ? `${shown.subject} – Posthaste preview` : "Posthaste preview";
  byID("sheet").className = [
    view === "html" ? choice("width") : view === "text" ? "desktop" : "wide",
    byID("sheet").classList.contains("stale") ? "stale" : "",
  ].join(" ");
  const isHTML = view === "html" && Boolean(shown?.mail);
  frame.hidden = !isHTML;
  byID("plain").hidden = isHTML;
  if (isHTML) {
    const address = `${shown.mail}?scheme=${scheme}`;
    frame.className = scheme;
    // Replaces the history entry, so that changed choices do not fill the history.
    if (frame.dataset.address !== address) frame.contentWindow.location.replace(address);
    frame.dataset.address = address;
  } else {
    const none = "This mail has no HTML part.";
    byID("plain").textContent = !shown ? "" : view === "text" ? shown.text : shown.html ?? none;
  }
  writeAddress();
}

function showFindings() {
  const own = [`${template.value}/`, "layouts/", "partials/", "brands/default/", `brands/${brand.value}/`];
  const near = findings.filter(({ file }) => own.some((start) => file.startsWith(start)));
  const far = findings.length - near.length;
  byID("findings").replaceChildren(...near.map((finding) => {
    const item = element("li", "", finding.severity);
    const place = finding.line ? `${finding.file}:${finding.line}:${finding.column}` : finding.file;
    item.append(element("code", place), finding.message);
    return item;
  }));
  byID("checks-count").textContent = near.length ? String(near.length) : "nothing to remark";
  byID("elsewhere").textContent = far ? `${far} more in other templates and brands: posthaste templates lint` : "";
}

async function loadFindings() {
  const { revision } = folder;
  byID("checks-count").textContent = "checking…";
  const answer = await call("/api/findings");
  if (revision !== folder.revision) return;
  findings = answer.findings;
  showFindings();
}

async function loadFolder() {
  folder = await call("/api/folder");
  readAddress();
  const { providers, obstacle } = folder.sending;
  fill(byID("provider"), [["", "its route"], ...providers.map((name) => [name, name])], byID("provider").value);
  for (const control of byID("send").elements) control.disabled = Boolean(obstacle);
  if (obstacle) byID("sent").replaceChildren(element("li", obstacle, "warning"));
  else if (byID("sent").querySelector(".warning")) byID("sent").replaceChildren();
  await render();
  loadFindings().catch(() => {});
}

/** Polls for the next revision; the server delays each response until there is one. */
async function follow() {
  const live = byID("live");
  for (;;) {
    try {
      const { revision } = await call(`/api/changes?since=${folder.revision}`);
      if (revision !== folder.revision) await loadFolder();
      live.textContent = "live";
      live.classList.add("on");
    } catch {
      live.textContent = "waiting for the preview to come back";
      live.classList.remove("on");
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

async function send(event) {
  event.preventDefault();
  const button = byID("send").querySelector("button");
  button.disabled = true;
  byID("sent").replaceChildren(element("li", "sending…"));
  try {
    const answer = await call("/api/send", { ...selection(), to: byID("to").value, provider: byID("provider").value });
    byID("sent").replaceChildren(element("li", answer.detail, answer.state === "sent" ? "good" : ""));
  } catch (error) {
    const faults = error.errors.map(({ pointer, detail }) => `${pointer}: ${detail}`);
    byID("sent").replaceChildren(...(faults.length ? faults : [error.message]).map((text) => element("li", text, "fault")));
  }
  button.disabled = false;
}

let pause;
editor.addEventListener("input", () => {
  typed.set(template.value, editor.value);
  clearTimeout(pause);
  pause = setTimeout(render, 120);
});
byID("reset").addEventListener("click", () => {
  typed.delete(template.value);
  render();
  editor.focus();
});
template.addEventListener("change", () => {
  fillLocales(locale.value);
  if (typed.has(template.value)) editor.value = typed.get(template.value);
  shown = null;
  render();
  showFindings();
});
brand.addEventListener("change", () => {
  fillLocales(locale.value);
  render();
  showFindings();
});
locale.addEventListener("change", render);
for (const radio of document.querySelectorAll("input[type=radio]")) radio.addEventListener("change", showPart);
byID("send").addEventListener("submit", send);
window.addEventListener("hashchange", () => {
  readAddress();
  render();
});
follow();
