// Small comforts. Every page works without them.

const live = document.getElementById("live");
const say = (text) => { if (live) { live.textContent = ""; setTimeout(() => { live.textContent = text; }, 50); } };

// Moments in the reader's own time zone.
const localTimes = (root) => {
  const lang = document.documentElement.lang || "en";
  for (const time of root.querySelectorAll("time[title]")) {
    const moment = new Date(time.dateTime);
    if (!Number.isNaN(moment.valueOf())) time.title = moment.toLocaleString(lang, { dateStyle: "long", timeStyle: "short" });
  }
};

// Menus close on Escape (focus returns) and on a click elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  else if (location.hash === "#margin") { location.hash = "#main"; }
});

// The composer: what is left, names of chosen pictures, no double sending.
const setUpComposer = (form) => {
  if (form.dataset.ready) return;
  form.dataset.ready = "yes";
  const text = form.querySelector("textarea[name=text]");
  const left = form.querySelector("[data-left]");
  const limit = Number(form.dataset.limit) || 500;
  const count = () => {
    const shown = text.value.replace(/https?:\/\/\S+/g, "x".repeat(23)).replace(/(@\w+)@[\w.-]+/g, "$1");
    const rest = limit - [...shown].length;
    left.textContent = rest <= 100 || text.value ? String(rest) : "";
    left.classList.toggle("over", rest < 0);
  };
  if (text && left) { text.addEventListener("input", count); count(); }
  const files = form.querySelector("input[type=file]");
  files?.addEventListener("change", () => {
    const label = files.closest("label")?.querySelector("span");
    if (label && files.files.length) { label.textContent = [...files.files].map((f) => f.name).join(", "); say(label.textContent); }
  });
  form.addEventListener("submit", () => { const button = form.querySelector("button[type=submit]"); setTimeout(() => { button.disabled = true; button.setAttribute("aria-busy", "true"); }, 0); });
  text?.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(); });
};

// The theme changes at once; the form remembers it.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!event.target.matches("[data-theme-switch]") || !button) return;
  event.preventDefault();
  const body = new FormData(event.target, button);
  fetch(event.target.action, { method: "POST", body, headers: { "HX-Request": "true" } }).then(() => location.reload());
});

// A page that came back from the browser's memory may carry a disabled button.
window.addEventListener("pageshow", () => { for (const b of document.querySelectorAll("button[aria-busy]")) { b.disabled = false; b.removeAttribute("aria-busy"); } });

// A link to hand on: one click copies it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) navigator.clipboard?.writeText(document.getElementById(button.dataset.copy).value).then(() => say(document.documentElement.lang === "fr" ? "Le lien est copié." : "The link is copied."));
});

const setUp = (root) => { localTimes(root); if (navigator.clipboard) root.querySelectorAll("[data-copy]").forEach((b) => { b.hidden = false; }); root.querySelectorAll("[data-composer]").forEach(setUpComposer); };
document.addEventListener("htmx:after:swap", () => setUp(document));
document.addEventListener("htmx:error", () => say(document.documentElement.lang === "fr" ? "La connexion a échoué. Réessayez." : "The connection failed. Try again."));
setUp(document);
