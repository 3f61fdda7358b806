// The comparison page's own style, on top of the tokens and the base that all pages of ours share.
import { base } from '../../look/base.ts'
import { tokens } from '../../look/tokens.ts'

export const pageStyle = `${tokens}${base}
.intro{padding-block:1.75rem 1.25rem}
.intro h1{font-size:clamp(1.9rem,1.2rem + 3vw,3.1rem)}
.lead{max-width:44rem;margin-top:.75rem;font-size:1.0625rem;text-wrap:pretty}
.chapter{display:flex;gap:.7rem;align-items:baseline;margin-top:1.1rem;max-width:50rem;min-height:3.1em}
.chapter span,.story p,.said,.note,.score li,.foot li{text-wrap:pretty}
.chapter time{font:600 var(--text-s)/1 var(--mono);color:var(--alive-ink);border:1px solid currentColor;border-radius:1rem;padding:.3rem .55rem;flex:none}
.both{display:grid;grid-template-columns:1fr 1fr;gap:1.25rem}
.scores{position:sticky;top:0;z-index:3;background:var(--paper);padding-block:.5rem .75rem;border-bottom:1px solid var(--line)}
.score{min-width:0}
.score h2{font-size:var(--text-m);display:flex;gap:.45rem;align-items:center}
.score h2 .logo{width:1.2rem;height:1.2rem}
.score .big{display:flex;align-items:baseline;gap:.5rem;font-variant-numeric:tabular-nums}
.score .big b{font-size:clamp(1.9rem,1.3rem + 3vw,3.2rem);line-height:1.1;letter-spacing:-.03em;font-weight:680}
.score ul{font-size:var(--text-s);color:var(--ink-quiet);font-variant-numeric:tabular-nums}
.raw .big.bad b,.raw .big.bad span{color:var(--gone-ink)}
.ours .big b{color:var(--alive-ink)}
.paper{background:var(--raised);border:1px solid var(--line);border-radius:1rem;overflow:hidden;margin-top:1.25rem}
.story{padding:1.5rem 1.5rem 1.25rem;border-bottom:1px solid var(--line)}
.story h2{font-size:1.5rem}
.story .quiet{font-size:var(--text-s);margin:.25rem 0 .75rem}
.story p:last-child{max-width:46rem}
.paper h3{font-size:var(--text-m);padding:1rem 1.5rem .25rem;margin:0}
.pairs>li{display:grid;grid-template-columns:1fr 1fr;border-top:1px solid var(--line)}
.pairs>li:first-child{border-top:0}
.comment{padding:.8rem 1.5rem;display:grid;grid-template-columns:2.75rem 1fr;gap:0 .8rem;min-width:0}
.comment+.comment{border-left:1px solid var(--line)}
.comment>.face{grid-row:span 2}
.face{width:2.75rem;height:2.75rem;border-radius:.55rem;background:var(--sunken);overflow:hidden}
.face img{border-radius:inherit}
.face ever-avatar{display:block;border-radius:inherit}
.who{display:flex;flex-wrap:wrap;gap:0 .6rem;align-items:baseline;font-size:var(--text-s);color:var(--ink-quiet)}
.who b{color:var(--ink);font-weight:600}
.you-tag{color:var(--alive-ink);font-weight:600}
.likes{margin-left:auto}
.note{grid-column:1/-1;margin:0 1.5rem .9rem;padding:.6rem .85rem;border-radius:.6rem;background:color-mix(in srgb,var(--alive) 26%,var(--raised));font-size:var(--text-s)}
.is-asked .ours .face{outline:3px solid var(--focus);outline-offset:2px;cursor:pointer}
@media (prefers-reduced-motion:no-preference){.is-asked .ours .face{animation:call 1.6s ease-in-out infinite}.face.new img{animation:come .5s ease-out}}
@keyframes call{50%{outline-offset:5px}}
@keyframes come{from{opacity:0;transform:scale(.86)}}
.crowd{margin-top:1.5rem}
.crowd .faces{display:grid;grid-template-columns:repeat(auto-fill,minmax(2.5rem,1fr));gap:.3rem;margin-top:.6rem}
.crowd .face{width:100%;height:auto}
.grey{background:var(--sunken);box-shadow:inset 0 0 0 1.5px var(--gone)}
.foot{padding-block:1.5rem 3rem}
.foot ul{margin-top:.6rem;display:grid;gap:.5rem;max-width:52rem}
.foot code{font-family:var(--mono);overflow-wrap:anywhere}
@media (max-width:40rem){
.page{padding-inline:1rem}
.both{gap:.75rem}
.crumb{display:none}
.lead{font-size:var(--text-m)}
.story{padding:1.1rem}
.paper h3{padding:.8rem 1.1rem .1rem}
.score ul li+li{display:none}
.comment{padding:.65rem .6rem;grid-template-columns:2.25rem 1fr;gap:.35rem .5rem;align-items:center}
.comment .face{width:2.25rem;height:2.25rem;grid-row:auto}
.face ever-avatar{zoom:.818}
.comment .said{grid-column:1/-1;font-size:var(--text-s);line-height:1.5}
.who{display:block}
.who b{display:block;font-size:var(--text-s);line-height:1.25}
.likes{display:none}
.note{margin:0 .6rem .7rem}
.crowd .faces{grid-template-columns:repeat(auto-fill,minmax(1.75rem,1fr))}
}
`
