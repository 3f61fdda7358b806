// The style sheet of the report, on top of the tokens. One column on a phone, two where there is room; the first
// screen is a sentence and a wall of faces. No style attribute stands anywhere: the security policy forbids them.

// A list of fewer than a hundred rows has a tile for each row, and a wall that is no larger than it needs.
const smallWalls = [1, 2, 3, 4, 5, 6, 7, 8]
  .map((n) => `.wall-${n}{grid-template-columns:repeat(${n},1fr);max-width:${n * 4}rem}`)
  .join('')

/** The style sheet without the tokens. */
export const style = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:400 var(--text-m)/1.55 var(--font);overflow-wrap:break-word}
bdi{overflow-wrap:anywhere}
th bdi{overflow-wrap:normal}
h1,h2,h3,p,ul,ol,figure,table,dl{margin:0;padding:0}
ul,ol{list-style:none}
[hidden]{display:none!important}
[data-lang=en] .zh,[data-lang=zh] .en{display:none!important}
html:not(.js) :is(.filters,.more,.switches,.by){display:none}
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
.to-light .dark-name,[data-switch=theme]:not(.to-light) .light-name{display:none}

.hero{display:grid;gap:2.5rem;padding-top:3rem;padding-bottom:3.5rem;align-items:center}
.eyebrow{color:var(--ink-quiet);font-size:var(--text-s);margin-bottom:1rem}
.eyebrow b{color:var(--ink);font-weight:600}
h1{font-size:var(--text-hero);line-height:1.08;letter-spacing:-.032em;font-weight:680;text-wrap:balance}
h1 .zh{letter-spacing:-.01em;line-height:1.2}
.hero .note{margin-top:1rem;color:var(--ink-quiet);max-width:34rem}
.hero .bar{height:.75rem;margin-top:1.75rem}
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

main section{padding-block:2.5rem;position:relative}
main section::before{content:'';position:absolute;top:0;left:0;right:0;border-top:1px solid var(--line)}
main section.page::before{left:1.5rem;right:1.5rem}
h2{font-size:var(--text-l);letter-spacing:-.015em;line-height:1.3;font-weight:640}
h2+.quiet{margin-top:.15rem}
.pair{display:grid;grid-template-columns:minmax(0,1fr);gap:0 4rem}
.steps{display:grid;gap:.75rem 3rem;margin-top:1.25rem}
.steps li{display:grid;grid-template-columns:1.25rem 1fr;gap:.5rem}
.steps .mark{width:1.1rem;height:1.1rem;margin-top:.2rem}
.steps b{font-weight:600}

figure{margin-top:1.25rem}
.by{display:flex;margin-bottom:1rem}
.by button{font:inherit;font-size:var(--text-s);color:var(--ink-quiet);background:none;border:1px solid var(--line);min-height:2.25rem;padding:.2rem .8rem;cursor:pointer}
.by button:first-child{border-radius:.5rem 0 0 .5rem;border-right:0}
.by button:last-child{border-radius:0 .5rem .5rem 0}
.by button[aria-pressed=true]{background:var(--sunken);color:var(--ink);font-weight:600}
[data-shows=share] .by-number,[data-shows=number] .by-share{display:none!important}
.bar{width:100%;height:1.1rem;border-radius:.3rem;overflow:hidden;background:var(--sunken)}
.bar rect,.columns rect{fill:var(--fill);stroke:var(--paper);stroke-width:1px;vector-effect:non-scaling-stroke}
.columns rect.catch{fill:transparent;stroke:none}
.columns g:hover rect.catch{fill:var(--sunken)}
.providers{display:grid;gap:.9rem}
.providers .name{display:flex;justify-content:space-between;gap:1rem;margin-bottom:.3rem}
.providers .name b{font-weight:600}
.providers .name span{font-variant-numeric:tabular-nums;font-size:var(--text-s);color:var(--ink-quiet)}
.plot{display:grid;grid-template-columns:auto 1fr;gap:0 .6rem}
.plot .axis{display:flex;flex-direction:column;justify-content:space-between;text-align:right;font-size:.75rem;line-height:1;color:var(--ink-quiet);font-variant-numeric:tabular-nums}
.columns{width:100%;height:13rem;border-bottom:1px solid var(--line-strong)}
.plot .ticks{grid-column:2;display:flex;justify-content:space-between;gap:1rem;margin-top:.4rem;font-size:.75rem;color:var(--ink-quiet);font-variant-numeric:tabular-nums}
.key{display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin-top:1rem;font-size:var(--text-s);color:var(--ink-quiet)}
.key li{display:flex;align-items:center;gap:.4rem}
.key i{width:.8rem;height:.8rem;border-radius:.2rem;background:var(--fill)}
details{margin-top:1rem;font-size:var(--text-s)}
summary{cursor:pointer;color:var(--ink-quiet);width:fit-content;padding:.2rem 0}
.scroll{overflow-x:auto;max-height:24rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;width:100%;margin-top:.5rem}
th,td{padding:.4rem 0 .4rem 1rem;text-align:right;border-bottom:1px solid var(--line);font-weight:400;vertical-align:top}
th:first-child,td:first-child{text-align:left;padding-left:0}
thead th{color:var(--ink-quiet);font-size:var(--text-s);white-space:nowrap}
tbody th{font-weight:600}
.expiry{margin-top:1rem}
.expiry .bar{height:.35rem;margin-top:.3rem;border-radius:.2rem}
.expiry td{min-width:4.2rem;width:16%}
.expiry .zero{color:var(--ink-quiet)}
.rules{margin-top:1rem;display:grid}
.rules li{display:grid;grid-template-columns:4.5rem 1fr;gap:0 1rem;padding:.55rem 0;border-bottom:1px solid var(--line)}
.rules .n{font-weight:600;text-align:right;font-variant-numeric:tabular-nums}
.rules code{font:var(--text-s) var(--mono);color:var(--ink-quiet)}
.badge{display:inline-flex;align-items:center;gap:.35em;font-size:var(--text-s);font-weight:600;line-height:1.4;padding:.1rem .55rem .1rem .45rem;border-radius:1rem;color:var(--fill-ink);background:color-mix(in srgb,var(--fill) 13%,var(--raised));white-space:nowrap}

@media (min-height:48rem){.filters{position:sticky;top:0;z-index:2}}
.filters{background:var(--paper);padding:1rem 0 .5rem;margin-top:.5rem}
.chips{display:flex;flex-wrap:wrap;gap:.5rem}
.chip{display:inline-flex;align-items:center;gap:.4rem;border-radius:2rem;min-height:2.25rem;padding:.2rem .85rem}
.chip .n{color:var(--ink-quiet);font-size:var(--text-s);font-variant-numeric:tabular-nums}
.chip[aria-pressed=true]{background:var(--ink);color:var(--paper);border-color:var(--ink)}
.chip[aria-pressed=true] :is(.n,.mark){color:inherit}
.fields{display:flex;flex-wrap:wrap;gap:.5rem;margin-top:.75rem}
.fields input{flex:1 1 14rem;min-width:0}
.fields select{max-width:100%}
.shown{font-size:var(--text-s);margin-top:.5rem}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(20rem,100%),1fr));gap:.75rem;margin-top:.5rem}
.card{display:grid;grid-template-columns:5.5rem minmax(0,1fr);gap:1rem;align-items:start;background:var(--raised);border:1px solid var(--line);border-radius:var(--round);padding:.875rem}
.face{width:5.5rem;background:var(--sunken);color:var(--fill)}
.face.none{background:color-mix(in srgb,var(--fill) 8%,var(--raised));box-shadow:inset 0 0 0 1.5px color-mix(in srgb,var(--fill) 60%,var(--raised))}
.face.none .outline{opacity:.14}
.face.none .mark{position:absolute;left:0;right:0;top:24%;margin:auto;width:28%;height:28%}
.face.none.is-alive .outline{opacity:.5}
.face.none.is-alive .mark{display:none}
.face .absent{position:absolute;left:0;right:0;bottom:12%;text-align:center;font-size:.625rem;line-height:1.2;padding:0 .4rem;color:var(--ink)}
.card h3{font-size:var(--text-m);font-weight:600;line-height:1.35;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden}
.standing{display:flex;flex-wrap:wrap;gap:.25rem .6rem;align-items:center;margin-top:.25rem;font-size:var(--text-s);color:var(--ink-quiet)}
.why,.meaning{margin-top:.45rem;font-size:var(--text-s);line-height:1.45;display:-webkit-box;-webkit-line-clamp:4;-webkit-box-orient:vertical;overflow:hidden}
[data-lang=zh] .meaning+.why{margin-top:.15rem;color:var(--ink-quiet)}
.url{margin-top:.35rem;overflow-wrap:anywhere;font:.75rem/1.45 var(--mono);color:var(--ink-quiet)}
.nothing{padding:3rem 0;text-align:center;color:var(--ink-quiet)}
.more{display:block;margin:1.5rem auto 0}
footer.page{padding-top:2rem;padding-bottom:3rem;color:var(--ink-quiet);font-size:var(--text-s)}
footer ul{margin:.25rem 0 1rem}

@media (min-width:56rem){
.hero{grid-template-columns:minmax(0,1.15fr) minmax(0,.85fr);gap:4.5rem;padding-top:4rem;padding-bottom:4.5rem}
.pair{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}
.steps,.rules{grid-template-columns:1fr 1fr;column-gap:4rem}
.expiry{max-width:46rem}
}
@media (max-width:40rem){
.page{padding-inline:1rem}
.hero{padding-top:2rem;padding-bottom:2.5rem;gap:2rem}
main section.page::before{left:1rem;right:1rem}
.filters{position:static!important}
.fields>*{flex:1 1 100%}
.chip{padding:.2rem .7rem}
.expiry td,.expiry th{padding-left:.4rem;font-size:var(--text-s)}
.expiry td{min-width:0}
.expiry thead th{white-space:normal}
.rules li{grid-template-columns:3.4rem 1fr}
}
@media (prefers-reduced-motion:no-preference){
.button,.chip,select,input{transition:border-color .12s,background-color .12s}
}
@media print{.filters,.switches,.more,.by{display:none}}
`
