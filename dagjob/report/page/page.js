"use strict";
(() => {
  document.documentElement.classList.add("js");

  // -- the table: sorted by its headings, filtered, copies folded

  const table = document.querySelector("#ops table");
  if (table) {
    const said = document.querySelector("#said");
    const groups = [...table.tBodies];
    const headings = [...table.tHead.rows[0].cells];
    const inOrder = new Map(groups.map((group) => [group, [...group.rows]]));
    document.querySelector(".tools").hidden = false;

    const valueOf = (row, column) => {
      const cell = row.cells[column];
      return cell.dataset.v !== undefined ? Number(cell.dataset.v) : cell.textContent.trim();
    };
    const byColumn = (column, sign) => (one, other) => {
      const a = valueOf(one, column), b = valueOf(other, column);
      if (a === "" || b === "") return (a === "") - (b === "");
      const order = typeof a === "number" && typeof b === "number" ? a - b
        : String(a).localeCompare(String(b), undefined, { numeric: true });
      return sign * order;
    };
    const sort = (column, direction) => {
      let order = groups;
      const sign = direction === "ascending" ? 1 : -1;
      if (direction !== "none") {
        const compare = byColumn(column, sign);
        order = [...groups].sort((one, other) => compare(one.rows[0], other.rows[0]));
        for (const group of groups) group.append(...[...group.rows].slice(1).sort(compare));
      } else {
        for (const group of groups) group.append(...inOrder.get(group));
      }
      table.append(...order);
      headings.forEach((heading, at) => {
        if (at === column && direction !== "none") heading.setAttribute("aria-sort", direction);
        else heading.removeAttribute("aria-sort");
      });
      const name = headings[column].textContent.trim();
      said.textContent = direction === "none" ? "in the order of the plan" : `sorted by ${name}, ${direction}`;
    };
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent.trim();
      heading.replaceChildren(button);
      // Of numbers the largest is what somebody looks for.
      const first = heading.classList.contains("n") ? "descending" : "ascending";
      const next = { none: first, [first]: first === "ascending" ? "descending" : "ascending" };
      button.addEventListener("click", () => {
        const now = heading.getAttribute("aria-sort") ?? "none";
        sort(column, next[now] ?? "none");
      });
    });

    const foldAll = document.querySelector("#fold-all");
    const folds = [...table.querySelectorAll(".fold")];
    const fold = (button, open) => {
      button.setAttribute("aria-expanded", String(open));
      button.closest("tbody").classList.toggle("folded", !open);
    };
    for (const button of folds) {
      button.hidden = false;
      button.addEventListener("click", () => fold(button, button.getAttribute("aria-expanded") !== "true"));
    }
    foldAll.hidden = !folds.length;
    foldAll.addEventListener("click", () => {
      const open = foldAll.getAttribute("aria-expanded") !== "true";
      foldAll.setAttribute("aria-expanded", String(open));
      foldAll.textContent = open ? "Fold all" : "Unfold all";
      for (const button of folds) fold(button, open);
    });

    const texts = new Map();
    for (const rows of inOrder.values()) for (const row of rows) texts.set(row, row.textContent.toLowerCase());
    const filter = document.querySelector("#filter");
    filter.addEventListener("input", () => {
      const wanted = filter.value.trim().toLowerCase();
      let found = 0;
      for (const group of groups) {
        const [head, ...copies] = inOrder.get(group);
        let any = false;
        for (const copy of copies) {
          copy.hidden = wanted !== "" && !texts.get(copy).includes(wanted);
          any ||= !copy.hidden;
          found += !copy.hidden;
        }
        group.hidden = wanted !== "" && !any && !texts.get(head).includes(wanted);
        if (!copies.length) found += !group.hidden;
      }
      said.textContent = wanted === "" ? "" : `${found} op${found === 1 ? "" : "s"}`;
    });
  }

  // -- links into what is closed

  const openTarget = () => {
    const target = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
    target.querySelector("summary")?.focus({ preventScroll: true });
  };
  addEventListener("hashchange", openTarget);
  openTarget();
})();
