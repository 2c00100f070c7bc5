// Shows new logs above the list, every two seconds, while the page is looked at. Without this script
// the page works all the same; it then shows new logs when it is loaded again.
(() => {
  "use strict";
  const list = document.getElementById("rows");
  const box = document.getElementById("live");
  if (!list || !box || !list.dataset.live) return;
  box.closest("label").hidden = false;
  const max = Number(list.dataset.max);
  let newest = list.dataset.newest;
  let asking = false;

  const ask = async () => {
    if (asking || !box.checked || document.hidden) return;
    asking = true;
    try {
      const got = await fetch(`${list.dataset.live}&after=${encodeURIComponent(newest)}`);
      if (got.status !== 200) return;
      newest = got.headers.get("Akashi-Newest") || newest;
      // Every value in it was made harmless by the server, as in the page itself.
      list.insertAdjacentHTML("afterbegin", await got.text());
      document.querySelector(".empty")?.remove();
      const rows = list.children;
      for (let i = rows.length - 1; i >= max && rows.length > max; i--) {
        if (!rows[i].open) rows[i].remove();
      }
    } catch {
      // The server is away; it is asked again.
    } finally {
      asking = false;
    }
  };
  setInterval(ask, 2000);
})();
