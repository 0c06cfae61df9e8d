"use strict";
/* The worklist: filters with counts, a list of which only what is seen exists, keyboard, decisions. No library. */
(async () => {
  const byId = (id) => document.getElementById(id);
  const block = Uint8Array.from(atob(byId("data").textContent), (c) => c.charCodeAt(0));
  const text = await new Response(new Blob([block]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  const data = JSON.parse(text);
  const words = data.words, studies = data.studies, count = studies.id.length;
  const served = document.body.dataset.served === "yes";
  const ROW = 72;
  const DECISIONS = ["accept", "reject", "unsure"];

  /* Facets: for each study the keys that it has there; a filter holds one key a facet. */
  const band = (age) => age === null ? "" : age < 18 ? "under 18" : age >= 80 ? "80 and over" : `${Math.floor(age / 10) * 10}–${Math.floor(age / 10) * 10 + 9}`;
  const one = (name) => studies[name].map((n) => words[name][n] === "" ? [] : [words[name][n]]);
  const many = (column, name) => studies[column].map((list) => list.map((n) => words[name][n]));
  const facets = [
    ["Verdict", one("outcome")], ["Decision", studies.id.map(() => ["undecided"])],
    ["Rule", many("rules", "rule")], ["Structure", many("structures", "structure")], ["Cause", many("causes", "cause")],
    ["Site", one("site")], ["Scanner", one("scanner")], ["Sex", one("sex")],
    ["Age", studies.age.map((age) => band(age) === "" ? [] : [band(age)])],
  ].map(([title, keys]) => ({ title, keys, chosen: null }));
  const decisionFacet = facets[1];

  /* Decisions: of this reviewer, and of others as the page or the server gave them. */
  const place = new Map(studies.id.map((id, n) => [id, n]));
  let recorded = data.decisions || [];  /* one a reviewer and study; "void" where somebody changed its record */
  const mine = new Map();
  const unsaved = new Set();
  const reviewer = byId("reviewer");
  const store = (() => { try { return window.localStorage; } catch { return null; } })();
  const storeKey = "fmassist-worklist-" + studies.result.slice(0, 50).join("").slice(0, 200);
  const remember = () => { try { store?.setItem(storeKey, JSON.stringify({ reviewer: reviewer.value, mine: [...mine], unsaved: [...unsaved] })); } catch { /* full or forbidden */ } };
  try {
    const kept = JSON.parse(store?.getItem(storeKey) || "null");
    if (kept) { reviewer.value = kept.reviewer; kept.mine.forEach(([id, d]) => place.has(id) && mine.set(id, d)); kept.unsaved.forEach((id) => mine.has(id) && unsaved.add(id)); }
  } catch { /* nothing usable was kept */ }
  const decisionOf = (n) => {
    /* A decision about an earlier result is told beside the study, and decides nothing of this one. */
    const own = mine.get(studies.id[n]);
    if (own && own.result === studies.result[n]) return own.decision;
    const said = (byStudy.get(studies.id[n]) || []).filter((d) => d.decision !== "void" && d.result === studies.result[n]);
    const kinds = new Set(said.map((d) => d.decision));
    return kinds.size === 0 ? "undecided" : kinds.size === 1 ? said[0].decision : "reviewers disagree";
  };
  let byStudy = new Map();
  const redecide = () => {
    byStudy = new Map();
    for (const d of recorded) byStudy.set(d.study, [...(byStudy.get(d.study) || []), d]);
    for (let n = 0; n < count; n++) decisionFacet.keys[n] = [decisionOf(n)];
  };

  let shown = [], chosen = -1, search = "", sort = "score";
  const found = studies.id.map((id, n) => `${id} ${studies.said[n]}`.toLowerCase());

  /* Of each study a bit for each filter that it fails, so that a filter's counts need no second look at the others. */
  const fails = new Uint16Array(count), SEARCH = 1 << facets.length;
  const judge = () => {
    fails.fill(0);
    facets.forEach((facet, f) => {
      if (facet.chosen !== null) for (let n = 0; n < count; n++) if (!facet.keys[n].includes(facet.chosen)) fails[n] |= 1 << f;
    });
    if (search !== "") for (let n = 0; n < count; n++) if (!found[n].includes(search)) fails[n] |= SEARCH;
  };
  const order = {
    score: (a, b) => (studies.score[b] ?? 2) - (studies.score[a] ?? 2) || studies.findings[b] - studies.findings[a] || (studies.id[a] < studies.id[b] ? -1 : 1),
    findings: (a, b) => studies.findings[b] - studies.findings[a] || (studies.id[a] < studies.id[b] ? -1 : 1),
    id: (a, b) => (studies.id[a] < studies.id[b] ? -1 : 1),
  };

  const all = Array.from({ length: count }, (_, n) => n);
  const sorted = Object.fromEntries(Object.entries(order).map(([name, compare]) => [name, [...all].sort(compare)]));

  const refresh = () => {
    judge();
    shown = sorted[sort].filter((n) => fails[n] === 0);
    byId("space").style.height = `${shown.length * ROW}px`;
    byId("shown").textContent = `${shown.length} of ${count} studies`;
    drawFilters();
    if (!shown.includes(chosen)) choose(shown.length ? shown[0] : -1); else drawRows();
  };

  const drawFilters = () => {
    const nav = byId("filters");
    nav.replaceChildren();
    for (const [f, facet] of facets.entries()) {
      const counts = new Map(), others = ~(1 << f);
      for (let n = 0; n < count; n++) {
        if (fails[n] & others) continue;
        for (const key of facet.keys[n]) counts.set(key, (counts.get(key) || 0) + 1);
      }
      if (facet.chosen !== null && !counts.has(facet.chosen)) counts.set(facet.chosen, 0);
      if (counts.size === 0) continue;
      const head = document.createElement("h2");
      head.textContent = facet.title;
      nav.append(head);
      const rows = [...counts].sort((a, b) => facet.title === "Age" ? (a[0] < b[0] ? -1 : 1) : b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
      for (const [key, number] of rows.slice(0, 40)) {
        const button = document.createElement("button");
        const name = document.createElement("span"), many = document.createElement("span");
        name.textContent = key; name.title = key; many.textContent = number;
        button.append(name, many);
        button.setAttribute("aria-pressed", String(facet.chosen === key));
        button.classList.toggle("none", number === 0);
        button.addEventListener("click", () => { facet.chosen = facet.chosen === key ? null : key; byId("list").scrollTop = 0; refresh(); });
        nav.append(button);
      }
    }
  };

  /* Nothing that was reasoned is ever certain. */
  const chance = (share) => share === null ? "" : share > 0.99 ? "> 99 %" : share > 0 && share < 0.01 ? "< 1 %" : `${Math.round(share * 100)} %`;
  const row = (n, at) => {
    const item = document.createElement("div");
    item.className = `row${n === chosen ? " chosen" : ""}`;
    item.style.top = `${at * ROW}px`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(n === chosen));
    const image = document.createElement("img");
    image.loading = "lazy"; image.alt = "";
    if (words.outcome[studies.outcome[n]] !== "failed") image.src = `${encodeURIComponent(studies.id[n])}/thumbnail.png`;
    const middle = document.createElement("div"); middle.className = "text";
    const id = document.createElement("div"); id.className = "id"; id.textContent = studies.id[n];
    const said = document.createElement("div"); said.className = "said"; said.textContent = studies.said[n];
    middle.append(id, said);
    const right = document.createElement("div"); right.className = "right";
    const verdict = document.createElement("span"); verdict.className = words.outcome[studies.outcome[n]]; verdict.textContent = words.outcome[studies.outcome[n]];
    const score = document.createElement("div"); score.textContent = chance(studies.score[n]);
    score.title = "probability that something in this study is wrong";
    const decided = document.createElement("span"); decided.className = "mine"; decided.textContent = decisionOf(n) === "undecided" ? "" : decisionOf(n);
    right.append(verdict, score, decided);
    item.append(image, middle, right);
    item.addEventListener("click", () => choose(n));
    return item;
  };
  const drawRows = () => {
    const list = byId("list");
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 4);
    const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + 4);
    const rows = [];
    for (let at = first; at < last; at++) rows.push(row(shown[at], at));
    byId("space").replaceChildren(...rows);
  };

  const choose = (n) => {
    chosen = n;
    const has = n >= 0;
    const outcome = has ? words.outcome[studies.outcome[n]] : "";
    byId("chosen").textContent = has ? studies.id[n] : "no study chosen";
    byId("verdict").textContent = outcome; byId("verdict").className = outcome;
    const link = has && outcome !== "failed" ? `${encodeURIComponent(studies.id[n])}/report.html` : "";
    const frame = byId("report");
    if (link) { frame.src = link; byId("open").href = link; } else { frame.removeAttribute("src"); byId("open").removeAttribute("href"); }
    const own = has ? mine.get(studies.id[n]) : null;
    byId("note").value = own ? own.note : "";
    document.querySelectorAll("[data-decision]").forEach((b) => b.setAttribute("aria-pressed", String(own?.decision === b.dataset.decision)));
    const said = has ? byStudy.get(studies.id[n]) || [] : [];
    byId("others").textContent = said.map((d) => d.decision === "void"
      ? `A decision${d.reviewer ? ` of ${d.reviewer}` : ""} does not count: ${d.proof}`
      : `${d.reviewer}: ${d.decision}${d.note ? ` (${d.note})` : ""}, ${d.proof}${d.result && d.result !== studies.result[n] ? ", about an earlier result" : ""}`).join(" · ");
    drawScores(n);
    const at = shown.indexOf(n), list = byId("list");
    if (at >= 0) {
      if (at * ROW < list.scrollTop) list.scrollTop = at * ROW;
      if ((at + 1) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = (at + 1) * ROW - list.clientHeight;
    }
    drawRows();
    plot();
  };
  /* Structures by their score, worst first, as the report has them; what is hardly ever wrong is not listed. */
  const drawScores = (n) => {
    const list = n >= 0 ? studies.worst[n] : [];
    byId("scores").replaceChildren(...list.map(([structure, score, flagged]) => {
      const item = document.createElement("span");
      item.className = flagged ? "flagged" : "";
      item.textContent = score === null ? words.structure[structure] : `${words.structure[structure]} ${chance(score)}`;
      item.title = `${flagged ? "flagged; " : ""}${score === null ? "nothing tells how likely it is wrong" : "probability that its outline is wrong"}`;
      return item;
    }));
  };
  const step = (by) => {
    if (!shown.length) return;
    const at = shown.indexOf(chosen);
    choose(shown[Math.min(shown.length - 1, Math.max(0, at + by))]);
  };

  const decide = async (decision) => {
    if (chosen < 0) return;
    if (!reviewer.value.trim()) { reviewer.classList.add("missing"); reviewer.focus(); return; }
    const n = chosen, id = studies.id[n];
    const entry = { study: id, reviewer: reviewer.value.trim(), decision, note: byId("note").value, result: studies.result[n], at: new Date().toISOString() };
    mine.set(id, entry); unsaved.add(id); remember();
    redecide();
    const at = shown.indexOf(n);
    const next = shown[at + 1] ?? n;
    refresh();
    if (shown.includes(next)) choose(next); else if (shown.length) choose(shown[Math.min(at, shown.length - 1)]);
    if (served) await send(entry);
    tell();
  };
  const send = async (entry) => {
    try {
      const answer = await fetch("decisions", { method: "POST", headers: { "Content-Type": "application/json", "X-FMAssist": "1" }, body: JSON.stringify(entry) });
      const said = await answer.json();
      if (!answer.ok) { trouble(said.trouble); return; }
      unsaved.delete(entry.study); remember(); trouble("");
      recorded = [...recorded.filter((d) => d.study !== entry.study), ...said.decisions];
      redecide(); tellAgreement(said.agreement); drawFilters(); drawRows();
    } catch { trouble("The decision could not be written: is fmassist serve still running?"); }
  };
  const trouble = (text) => { byId("trouble").textContent = text || ""; };
  const tellAgreement = (lines) => { byId("agreement").textContent = (lines || []).join(" · "); };
  const tell = () => { byId("unsaved").textContent = unsaved.size ? `(${unsaved.size})` : ""; };
  const save = async () => {
    if (served) { for (const id of [...unsaved]) await send(mine.get(id)); tell(); return; }
    if (!mine.size) return;
    const document_ = { format: "fmassist-decisions/1", reviewer: reviewer.value.trim(), decisions: [...mine.values()] };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(document_, null, 1)], { type: "application/json" }));
    link.download = "fmassist-decisions.json";
    link.click();
    URL.revokeObjectURL(link.href);
    unsaved.clear(); remember(); tell();
  };

  /* Volumes over the batch: a strip with the study chosen; outliers by the median's deviation (|z| over 3.5). */
  const structures = Object.keys(data.volumes).map(Number).sort((a, b) => (words.structure[a] < words.structure[b] ? -1 : 1));
  for (const n of structures) byId("structure").append(new Option(words.structure[n], n));
  const median = (values) => { const s = [...values].sort((a, b) => a - b); return s.length ? (s[(s.length - 1) >> 1] + s[s.length >> 1]) / 2 : 0; };
  let spots = [];
  const plot = () => {
    if (!byId("spread").open || !structures.length) return;
    const volumes = data.volumes[byId("structure").value], present = volumes.filter((v) => v !== null);
    const middle = median(present), spread = median(present.map((v) => Math.abs(v - middle))) * 1.4826 || 1e-9;
    const far = (v) => Math.abs(v - middle) / spread > 3.5;
    const canvas = byId("plot"), pen = canvas.getContext("2d"), style = getComputedStyle(document.body);
    const colour = (name) => style.getPropertyValue(name);
    let top = 1;
    for (const v of present) top = Math.max(top, v);
    const x = (v) => 12 + (canvas.width - 24) * v / top;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    spots = [];
    let outliers = 0;
    for (let n = 0; n < count; n++) {
      const v = volumes[n];
      if (v === null) continue;
      const away = far(v); outliers += away;
      const y = 18 + (n * 7919 % 83);
      pen.fillStyle = colour(away ? "--block" : "--soft"); pen.globalAlpha = away ? 0.9 : 0.35;
      pen.fillRect(x(v) - 1.5, y, 3, 3);
      spots.push([x(v), y, n]);
    }
    pen.globalAlpha = 1; pen.fillStyle = colour("--ink"); pen.font = "12px sans-serif";
    if (chosen >= 0 && volumes[chosen] !== null) { pen.fillRect(x(volumes[chosen]) - 1, 8, 2, 104); }
    for (const v of top - middle > top / 8 ? [0, middle, top] : [0, top]) pen.fillText(`${Math.round(v)} mL`, Math.min(x(v), canvas.width - 60), 138);
    byId("outliers").textContent = `${present.length} studies, median ${middle.toFixed(0)} mL, ${outliers} outliers`;
  };
  byId("plot").addEventListener("click", (event) => {
    const box = byId("plot").getBoundingClientRect();
    const px = (event.clientX - box.left) * byId("plot").width / box.width, py = (event.clientY - box.top) * byId("plot").height / box.height;
    const near = spots.map(([x, y, n]) => [Math.hypot(x - px, y - py), n]).sort((a, b) => a[0] - b[0])[0];
    if (near && near[0] < 12) { for (const facet of facets) facet.chosen = null; search = ""; byId("search").value = ""; refresh(); choose(near[1]); }
  });

  byId("list").addEventListener("scroll", drawRows);
  window.addEventListener("resize", drawRows);
  byId("search").addEventListener("input", (event) => { search = event.target.value.toLowerCase(); refresh(); });
  byId("sort").addEventListener("change", (event) => { sort = event.target.value; refresh(); });
  byId("structure").addEventListener("change", plot);
  byId("spread").addEventListener("toggle", plot);
  byId("save").addEventListener("click", save);
  byId("keys-help").addEventListener("click", (event) => { byId("help").hidden = !byId("help").hidden; event.target.setAttribute("aria-expanded", String(!byId("help").hidden)); });
  reviewer.addEventListener("input", () => { reviewer.classList.remove("missing"); remember(); });
  document.querySelectorAll("[data-decision]").forEach((b) => b.addEventListener("click", () => decide(b.dataset.decision)));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select");
    if (event.key === "Escape" && typing) { event.target.blur(); byId("list").focus(); return; }
    if (event.target.id === "note" && event.key === "Enter") { event.target.blur(); return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      ArrowDown: () => step(1), j: () => step(1), ArrowUp: () => step(-1), k: () => step(-1), PageDown: () => step(8), PageUp: () => step(-8),
      a: () => decide("accept"), r: () => decide("reject"), u: () => decide("unsure"), n: () => byId("note").focus(),
      o: () => byId("open").href && window.open(byId("open").href, "_blank", "noopener"), "/": () => byId("search").focus(),
      x: () => { for (const facet of facets) facet.chosen = null; search = ""; byId("search").value = ""; refresh(); },
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act) { event.preventDefault(); act(); }
  });
  window.addEventListener("beforeunload", (event) => { if (unsaved.size && served) event.preventDefault(); });

  /* The command that opens the study chosen in Slicer; a page may start no program, so it is copied. */
  const here = document.body.dataset.batch || decodeURIComponent(new URL(".", location.href).pathname).replace(/^\/([A-Za-z]:)/, "$1").replace(/\/$/, "");
  /* As Python writes it, without a character that a shell takes for its own. */
  const literal = (text) => `'${[...text.replace(/\\/g, "/")].map((c) => /[\w /.:@+=,-]/.test(c) ? c : c === "'" ? "\\x27" : `\\U${c.codePointAt(0).toString(16).padStart(8, "0")}`).join("")}'`;
  byId("slicer").addEventListener("click", async () => {
    if (chosen < 0) return;
    const command = `Slicer --python-code "slicer.util.getModuleLogic('FMAssist').openBatch(${literal(here)}, ${literal(studies.id[chosen])})"`;
    byId("command").value = command; byId("command").hidden = false; byId("command").select();
    try { await navigator.clipboard.writeText(command); } catch { document.execCommand("copy"); }
    byId("slicer").textContent = "Copied: paste it into a terminal";
    setTimeout(() => { byId("slicer").textContent = "Open in Slicer"; }, 4000);
  });

  redecide(); tell(); tellAgreement(data.agreement); refresh();
  document.body.dataset.ready = "yes";
})();
