// What every page of ours has in common, on top of the tokens: text, buttons, badges, bars, walls of faces, tables. No style
// attribute stands anywhere: the security policies forbid them.

// A list of fewer than a hundred rows has a tile for each row, and a wall that is no larger than it needs.
const smallWalls = [1, 2, 3, 4, 5, 6, 7, 8]
  .map((n) => `.wall-${n}{grid-template-columns:repeat(${n},1fr);max-width:${n * 4}rem}`)
  .join('')

/** The style sheet that follows the tokens. */
export const base = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:400 var(--text-m)/1.55 var(--font);overflow-wrap:break-word}
bdi{overflow-wrap:anywhere}
th bdi{overflow-wrap:normal}
h1,h2,h3,p,ul,ol,figure,table,dl{margin:0;padding:0}
ul,ol{list-style:none}
[hidden]{display:none!important}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px;border-radius:4px}
a{color:inherit;text-decoration-color:var(--line-strong);text-underline-offset:.2em}
a:hover{text-decoration-color:currentColor}
svg{display:block}
.symbols{position:absolute}
.quiet{color:var(--ink-quiet)}
.skip{position:absolute;left:-999rem;top:.5rem;padding:.5rem 1rem;background:var(--raised);z-index:9}
.skip:focus{left:.5rem}
.page{max-width:calc(var(--page) + 3rem);margin-inline:auto;padding-inline:1.5rem}
header.page{display:flex;align-items:center;gap:.625rem;padding-top:1.25rem;font-weight:600;letter-spacing:-.01em}
.logo{width:1.75rem;height:1.75rem}
.logo-tile{fill:var(--alive-ink)}
.logo-face{color:var(--paper)}
.switches{margin-left:auto;display:flex;gap:.5rem}
.button,.chip,select,input{font:inherit;color:inherit;background:var(--raised);border:1px solid var(--line);border-radius:.5rem;min-height:2.5rem;padding:.35rem .8rem}
.button,.chip,select{cursor:pointer}
.button:hover,.chip:hover,select:hover,input:hover{border-color:var(--line-strong)}
.button:disabled{opacity:.5;cursor:default}
.switches .button{font-size:var(--text-s);font-weight:500;min-height:2.25rem}
.eyebrow{color:var(--ink-quiet);font-size:var(--text-s);margin-bottom:1rem}
.eyebrow b{color:var(--ink);font-weight:600}
h1{font-size:var(--text-hero);line-height:1.08;letter-spacing:-.032em;font-weight:680;text-wrap:balance}
.legend{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:.3rem 2rem;margin-top:1rem}
.legend li{display:flex;align-items:baseline;gap:.5rem;border-bottom:1px solid var(--line);padding:.2rem 0}
.legend .n{margin-left:auto;font-weight:600;font-variant-numeric:tabular-nums}
.legend .share{color:var(--ink-quiet);font-size:var(--text-s);min-width:3.9em;text-align:right;font-variant-numeric:tabular-nums}
.mark{display:inline-block;width:.95em;height:.95em;vertical-align:-.1em;color:var(--fill-ink);flex:none}
.legend .mark{align-self:center}
.wall{display:grid;grid-template-columns:repeat(10,1fr);gap:clamp(.25rem,.9vw,.4rem)}
${smallWalls}
.tile,.face{position:relative;display:block;aspect-ratio:1;border-radius:var(--round-face);overflow:hidden;color:var(--fill)}
.tile{background:color-mix(in srgb,var(--fill) 42%,var(--paper))}
.tile .outline,.face .outline{position:absolute;inset:0;width:100%;height:100%}
.tile img,.face img{position:absolute;inset:0;width:100%;height:100%;object-fit:cover;display:block}
.tile.is-alive .outline{opacity:.75}
.tile:not(.is-alive){background:none;box-shadow:inset 0 0 0 1.5px var(--fill)}
.tile:not(.is-alive) .outline{opacity:.16}
.tile:not(.is-alive) img{opacity:.28;filter:grayscale(1)}
.tile .mark{position:absolute;inset:0;margin:auto;width:46%;height:46%}
h2{font-size:var(--text-l);letter-spacing:-.015em;line-height:1.3;font-weight:640}
h2+.quiet{margin-top:.15rem}
.bar{width:100%;height:1.1rem;border-radius:.3rem;overflow:hidden;background:var(--sunken)}
details{margin-top:1rem;font-size:var(--text-s)}
summary{cursor:pointer;color:var(--ink-quiet);width:fit-content;padding:.2rem 0}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;width:100%;margin-top:.5rem}
th,td{padding:.4rem 0 .4rem 1rem;text-align:right;border-bottom:1px solid var(--line);font-weight:400;vertical-align:top}
th:first-child,td:first-child{text-align:left;padding-left:0}
thead th{color:var(--ink-quiet);font-size:var(--text-s);white-space:nowrap}
tbody th{font-weight:600}
.badge{display:inline-flex;align-items:center;gap:.35em;font-size:var(--text-s);font-weight:600;line-height:1.4;padding:.1rem .55rem .1rem .45rem;border-radius:1rem;color:var(--fill-ink);background:color-mix(in srgb,var(--fill) 13%,var(--raised));white-space:nowrap}
.chips{display:flex;flex-wrap:wrap;gap:.5rem}
.chip{display:inline-flex;align-items:center;gap:.4rem;border-radius:2rem;min-height:2.25rem;padding:.2rem .85rem}
.chip .n{color:var(--ink-quiet);font-size:var(--text-s);font-variant-numeric:tabular-nums}
.chip[aria-pressed=true]{background:var(--ink);color:var(--paper);border-color:var(--ink)}
.chip[aria-pressed=true] :is(.n,.mark){color:inherit}
`
