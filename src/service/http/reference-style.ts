// The style sheet of the reference page: the colours, type and space of the audit's report, for a page of text. Nothing is
// loaded from anywhere.

const colors: readonly (readonly [name: string, light: string, dark: string])[] = [
  ['paper', '#faf8f5', '#151412'],
  ['raised', '#ffffff', '#1e1c1a'],
  ['sunken', '#f1eee9', '#0f0e0d'],
  ['ink', '#1f1d1a', '#f2efea'],
  ['ink-quiet', '#635e57', '#aaa49b'],
  ['line', '#e5e0d9', '#34312d'],
  ['focus', '#1f5fbf', '#8ab8ff'],
  ['good', '#0b6a58', '#7fd3c0'],
  ['bad', '#a92a20', '#ff9c90'],
  ['warm', '#8a4d00', '#f5c46c'],
  ['cool', '#2a6292', '#8fbfe6'],
]

/** The whole style sheet. */
export const referenceStyle = `
:root{color-scheme:light dark;
${colors.map(([name, light, dark]) => `--${name}:light-dark(${light},${dark});`).join('\n')}
--font:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;
--mono:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"Noto Sans Mono CJK SC",monospace}
@supports not (color:light-dark(#000,#fff)){:root{color-scheme:light;${colors.map(([name, light]) => `--${name}:${light};`).join('')}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:400 .9375rem/1.55 var(--font);overflow-wrap:anywhere}
h1,h2,h3,h4,p,ul,table,dl,pre{margin:0;padding:0}
ul{list-style:none}
a{color:inherit;text-underline-offset:.2em;text-decoration-color:var(--ink-quiet)}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px;border-radius:4px}
code,pre{font-family:var(--mono);font-size:.875em}
pre{font-size:.8125rem}
.skip{position:absolute;left:-999rem;top:.5rem;padding:.5rem 1rem;background:var(--raised);z-index:9}
.skip:focus{left:.5rem}
.page{display:grid;grid-template-columns:minmax(0,1fr);gap:2rem;max-width:74rem;margin-inline:auto;padding:1.5rem}
nav{font-size:.8125rem}
nav h2{font-size:.8125rem;margin-top:1rem;text-transform:capitalize}
nav li a{display:block;padding:.2rem 0;text-decoration:none;color:var(--ink-quiet)}
nav li a:hover{color:var(--ink);text-decoration:underline}
nav details summary{cursor:pointer;min-height:2.5rem;padding:.5rem 0;font-weight:600}
h1{font-size:clamp(1.9rem,1.3rem + 2.6vw,2.8rem);line-height:1.1;letter-spacing:-.03em}
h2{font-size:1.5rem;letter-spacing:-.02em;margin-top:3.5rem;text-transform:capitalize}
h3{font-size:1.125rem;letter-spacing:-.01em}
h4{font-size:.8125rem;margin:1.25rem 0 .35rem;color:var(--ink-quiet)}
.lead{max-width:44rem;margin-top:1rem;color:var(--ink-quiet)}
.call,.shape{margin-top:1.5rem;padding:1.25rem;background:var(--raised);border:1px solid var(--line);border-radius:.75rem}
.call>p{max-width:44rem;margin-top:.5rem}
.where{margin-top:.35rem}
.where b{display:inline-block;min-width:3.6rem;font-family:var(--mono);font-size:.8125rem}
.get b{color:var(--cool)}.put b,.post b{color:var(--good)}.delete b{color:var(--bad)}
.scope{float:right;font-size:.8125rem;color:var(--ink-quiet)}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.8125rem}
th,td{overflow-wrap:break-word;text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;border-top:1px solid var(--line)}
th{font-weight:500;white-space:nowrap}
th:first-child{min-width:7rem}
.answers th:first-child{min-width:0;width:4.5rem}
.must{color:var(--warm)}
.quiet{color:var(--ink-quiet)}
.good{color:var(--good)}.bad{color:var(--bad)}
pre{background:var(--sunken);border-radius:.5rem;padding:.75rem 1rem;overflow-x:auto;white-space:pre}
:target{scroll-margin-top:1rem;outline:2px solid var(--focus);outline-offset:4px;border-radius:.5rem}
@media (min-width:60rem){.page{grid-template-columns:15rem minmax(0,1fr)}nav{position:sticky;top:1.5rem;align-self:start;max-height:calc(100vh - 3rem);overflow:auto}}
@media print{nav{display:none}.call,.shape{break-inside:avoid}}
`
