// Fills the page of a report: starts the viewer, saves figures and numbers, copies texts, unfolds for printing.

const page = JSON.parse(document.getElementById("page").textContent);

const style = "text{font-family:'DejaVu Sans',Verdana,Helvetica,Arial,sans-serif}";
function svgOf(figure) {
  const svg = figure.querySelector(".sheet svg").cloneNode(true);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.insertAdjacentHTML("afterbegin", `<style>${style}</style><rect width="100%" height="100%" fill="#fff"/>`);
  return { text: new XMLSerializer().serializeToString(svg), size: svg.viewBox.baseVal };
}

async function pngOf(figure) {
  const { text, size } = svgOf(figure), factor = 3;
  const picture = new Image(size.width * factor, size.height * factor);
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await picture.decode();
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [picture.width, picture.height];
  sheet.getContext("2d").drawImage(picture, 0, 0, sheet.width, sheet.height);
  return new Promise((done) => sheet.toBlob(done));
}

for (const button of document.querySelectorAll("[data-save]")) {
  button.addEventListener("click", async () => {
    const kind = button.dataset.save, figure = button.closest("figure"), name = figure?.dataset.name;
    if (kind === "SVG") save(`${name}.svg`, new Blob([svgOf(figure).text], { type: "image/svg+xml" }));
    if (kind === "PNG") save(`${name}.png`, await pngOf(figure));
    if (kind === "CSV") save(`${name}.csv`, new Blob([page.tables[name]], { type: "text/csv" }));
    if (kind === "JSON") save("summary.json", new Blob([JSON.stringify(page.summary, null, 2)], { type: "application/json" }));
    if (kind === "print") print();
  });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const text = button.closest(".copy").querySelector(".text");
    try { await navigator.clipboard.writeText(text.innerText); } catch {
      getSelection().selectAllChildren(text);
      document.execCommand("copy");
    }
    button.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });
}

let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:is(.fold, .check):not([open])")];
  for (const details of folded) details.open = true;
});
addEventListener("afterprint", () => { for (const details of folded) details.open = false; });

const place = document.getElementById("viewer"), source = document.getElementById("player");
if (place && source) {
  try {
    await fill(place, JSON.parse(source.textContent));
  } catch (error) {
    place.textContent = `The film cannot be shown: ${error.message}. The figures below need no script.`;
    throw error;
  }
}
