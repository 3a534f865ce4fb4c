// The report's looks: light and dark, narrow and wide, on paper. Nothing is fetched.

/** The page's style sheet. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5a6675; --paper: #ffffff; --box: #f4f6f8; --line: #d5dbe2;
  --good: #1a7f45; --bad: #c0262d; --warn: #8a5a00; --accent: #1f5fbf; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9eabba; --paper: #12171e; --box: #1b222c;
  --line: #323c49; --good: #56c98a; --bad: #ff7b7f; --warn: #e5b566; --accent: #7fb0ff; } }
* { box-sizing: border-box; }
body { margin: 0; overflow-wrap: anywhere; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
p { margin: .4rem 0; } .soft { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
.state { display: inline-block; font-weight: 600; border: 1px solid currentColor; border-radius: 999px; padding: 0 .7rem; }
dl { display: grid; grid-template-columns: minmax(7rem, 11rem) 1fr; gap: .35rem 1rem; margin: 1rem 0; }
dt { color: var(--soft); } dd { margin: 0; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th { text-align: left; color: var(--soft); font-weight: 600; } th, td { padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.time { white-space: nowrap; font-variant-numeric: tabular-nums; color: var(--soft); } td.kind { white-space: nowrap; font-weight: 600; }
code, pre { font: .86rem/1.45 ui-monospace, monospace; }
pre { background: var(--box); border: 1px solid var(--line); border-radius: 6px; padding: .7rem .9rem; white-space: pre-wrap; margin: .5rem 0; }
article { border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; margin: .8rem 0; }
article h3 { margin: 0; font-size: 1rem; } ul { margin: .3rem 0; padding-left: 1.2rem; }
svg { width: 100%; height: auto; display: block; } .grid { stroke: var(--line); } .axis { fill: var(--soft); font-size: 13px; } .end { text-anchor: end; }
.rate { fill: none; stroke: var(--accent); stroke-width: 2; } .baseline { stroke: var(--soft); stroke-dasharray: 5 4; }
.point { fill: var(--good); stroke: var(--paper); stroke-width: 1.5; } .point.fail { fill: none; stroke: var(--bad); stroke-width: 2.5; }
.point.no-data { fill: var(--paper); stroke: var(--soft); stroke-width: 2; } summary { cursor: pointer; color: var(--accent); margin: .5rem 0; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: .85rem; }
@media (max-width: 32rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; }
  .timeline tr { display: block; border-bottom: 1px solid var(--line); padding: .3rem 0; } .timeline td { display: inline; border: 0; white-space: normal; }
  .timeline td.text { display: block; } .timeline thead { display: none; } .axis { font-size: 22px; } }
@media print { main { max-width: none; padding: 0; } article, tr, svg { break-inside: avoid; } details > summary { display: none; } }
`;
