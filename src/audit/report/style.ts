// The style sheet of the report, on top of tokens and base. One column on a phone, two where there is room; the first
// screen is a sentence and a wall of faces. No style attribute stands anywhere: the security policy forbids them.

/** The style sheet without tokens and base. */
export const style = `
[data-lang=en] .zh,[data-lang=zh] .en{display:none!important}
html:not(.js) :is(.filters,.more,.switches,.by){display:none}
.to-light .dark-name,[data-switch=theme]:not(.to-light) .light-name{display:none}

.hero{display:grid;gap:2.5rem;padding-top:3rem;padding-bottom:3.5rem;align-items:center}
h1 .zh{letter-spacing:-.01em;line-height:1.2}
.hero .note{margin-top:1rem;color:var(--ink-quiet);max-width:34rem}
.hero .bar{height:.75rem;margin-top:1.75rem}

main section{padding-block:2.5rem;position:relative}
main section::before{content:'';position:absolute;top:0;left:0;right:0;border-top:1px solid var(--line)}
main section.page::before{left:1.5rem;right:1.5rem}
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
.scroll{overflow-x:auto;max-height:24rem}
.expiry{margin-top:1rem}
.expiry .bar{height:.35rem;margin-top:.3rem;border-radius:.2rem}
.expiry td{min-width:4.2rem;width:16%}
.expiry .zero{color:var(--ink-quiet)}
.rules{margin-top:1rem;display:grid}
.rules li{display:grid;grid-template-columns:4.5rem 1fr;gap:0 1rem;padding:.55rem 0;border-bottom:1px solid var(--line)}
.rules .n{font-weight:600;text-align:right;font-variant-numeric:tabular-nums}
[data-lang=zh] .rules .zh+p{font-size:var(--text-s);color:var(--ink-quiet)}
.rules code{font:var(--text-s) var(--mono);color:var(--ink-quiet)}

@media (min-height:48rem){.filters{position:sticky;top:0;z-index:2}}
.filters{background:var(--paper);padding:1rem 0 .5rem;margin-top:.5rem}
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
