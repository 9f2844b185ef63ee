/** The style of the pages: two casts of colours, one for paper; nothing is told by colour alone. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--paper:#fff;--panel:#f5f7fa;--ink:#1b1f24;--quiet:#525a65;--rule:#d3d9e0;--grid:#e6eaef;
--reference:#8c9bb0;--reference-fill:#dfe5ee;--current:#b8500a;--plain:#3b6ea8;--good:#0b5394;--bad:#a3330a;--unknown:#6b4e00}
@media (prefers-color-scheme:dark){:root{--paper:#0f1318;--panel:#171d24;--ink:#e8edf2;--quiet:#a5b0bd;--rule:#343d48;--grid:#242c35;
--reference:#8fa3bf;--reference-fill:#2a3644;--current:#ff9d4d;--plain:#6fa8dc;--good:#8cc4ff;--bad:#ffa98a;--unknown:#e8c467}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;overflow-wrap:anywhere}
main,header,footer{max-width:1180px;margin:0 auto;padding:0 16px}
header{padding-top:28px}
footer{padding-bottom:40px;color:var(--quiet)}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .4rem}
h2{font-size:1.25rem;line-height:1.3;margin:2.4rem 0 .8rem;padding-bottom:.3rem;border-bottom:1px solid var(--rule)}
h3{font-size:1rem;margin:0 0 .4rem}
p{margin:.4rem 0}
.quiet,small{color:var(--quiet);font-size:.875rem}
.verdict{border-left:6px solid var(--quiet);background:var(--panel);padding:.7rem 1rem;margin:1.2rem 0;border-radius:0 6px 6px 0}
.verdict b{font-size:1.15rem}
.verdict.good{border-color:var(--good)}.verdict.good b,.holds{color:var(--good)}
.verdict.bad{border-color:var(--bad)}.verdict.bad b,.broken{color:var(--bad)}
.verdict.unknown{border-color:var(--unknown)}.verdict.unknown b,.unknown{color:var(--unknown)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,230px),1fr));gap:12px;margin:0}
.cards>div{background:var(--panel);border:1px solid var(--rule);border-radius:8px;padding:.7rem .9rem}
.cards dt{font-weight:600}
.cards dd{margin:0}
.cards .value{font-size:1.5rem;line-height:1.35;font-variant-numeric:tabular-nums}
.cards .value.unknown{font-size:1.15rem}
.cards small,.cards .why{display:block;font-size:.8125rem;line-height:1.4}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,350px),1fr));gap:24px 28px;align-items:start}
.overview{display:flex;flex-wrap:wrap;gap:20px 36px;align-items:flex-start}
.overview>figure{flex:1 1 min(100%,350px);max-width:480px}
.overview>div{flex:2 1 min(100%,560px);min-width:0}
figure{margin:0;min-width:0;break-inside:avoid}
svg{display:block;width:100%;max-width:480px;height:auto;margin:.5rem 0}
svg text{font-size:12px;fill:var(--ink)}
svg text.quiet{font-size:12px;fill:var(--quiet)}
rect.plain,.swatch.plain{fill:var(--plain);background:var(--plain)}
rect.current,.swatch.current{fill:var(--current);background:var(--current)}
rect.reference,.swatch.reference{fill:var(--reference-fill);background:var(--reference-fill);stroke:var(--reference);stroke-width:1}
.axis{stroke:var(--quiet)}
.grid{stroke:var(--grid)}
.mark{stroke:var(--ink);stroke-dasharray:3 3}
.diagonal{stroke:var(--quiet);stroke-dasharray:5 4;fill:none}
.whisker{stroke:var(--ink);stroke-width:1.25}
path.curve-current{fill:none;stroke:var(--current);stroke-width:2.25;stroke-linejoin:round}
path.curve-reference{fill:none;stroke:var(--reference);stroke-width:2.25;stroke-dasharray:7 3}
circle.curve-current{fill:var(--current)}
circle.curve-reference{fill:var(--reference)}
.key{list-style:none;display:flex;flex-wrap:wrap;gap:2px 16px;margin:.4rem 0;padding:0;font-size:.875rem}
.swatch{display:inline-block;width:14px;height:10px;margin-right:6px;border:1px solid var(--reference);border-radius:2px}
.swatch.current{border-color:var(--current)}
.beside{margin:.2rem 0;font-size:.875rem}
.beside dt{display:inline;color:var(--quiet)}
.beside dd{display:inline;margin:0}
.beside b{font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;margin:.5rem 0}
.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--plain);outline-offset:2px}
table{border-collapse:collapse;font-size:.875rem;overflow-wrap:normal}
caption{text-align:left;color:var(--quiet);padding:0 0 .3rem}
th,td{text-align:left;padding:.28rem .9rem .28rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
th{font-weight:600}
tbody th{font-weight:400;min-width:9em;max-width:22em;overflow-wrap:anywhere}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
details{margin:.3rem 0;font-size:.875rem}
summary{cursor:pointer;color:var(--quiet);width:fit-content}
.inputs{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:12px 28px}
.inputs dl,.facts{margin:0;display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.15rem .9rem;font-size:.875rem}
.inputs dt,.facts dt{color:var(--quiet)}
.inputs dd,.facts dd{margin:0}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.8125rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--panel);border:1px solid var(--rule);border-radius:6px;padding:.6rem .8rem;margin:.4rem 0;color:var(--ink)}
@media print{:root{color-scheme:light;--paper:#fff;--panel:#fff;--ink:#000;--quiet:#444;--rule:#bbb;--grid:#ddd;
--reference:#555;--reference-fill:#e4e4e4;--current:#b8500a;--plain:#3b6ea8;--good:#000;--bad:#000;--unknown:#000}
body{font-size:11pt}rect,.swatch{print-color-adjust:exact;-webkit-print-color-adjust:exact}
main,header,footer{max-width:none;padding-left:0;padding-right:0}.plots{grid-template-columns:1fr 1fr}
summary{display:none}details::details-content{content-visibility:visible;block-size:auto}
.scroll{overflow:visible}}
`;
