// The style sheet of the dashboard, on top of tokens and base. One column on a phone, two where there is room.

/** The style sheet without tokens and base. */
export const style = `

body{min-height:100vh;display:flex;flex-direction:column}
main.page{width:100%;flex:1;padding-bottom:3rem}
main:focus{outline:none}
code,pre{font-family:var(--mono);font-size:.92em}
small{font-size:.85em}
.top{width:100%;flex-wrap:wrap;row-gap:.5rem}
.home{display:flex;align-items:center;gap:.625rem;text-decoration:none;min-height:2.5rem}
.top nav{margin-left:1rem}
.top nav ul{display:flex;gap:.15rem}
.top nav a{display:flex;align-items:center;gap:.4rem;min-height:2.5rem;padding:.3rem .8rem;border-radius:.5rem;text-decoration:none;font-weight:500;color:var(--ink-quiet);white-space:nowrap}
.top nav a:hover{background:var(--sunken);color:var(--ink)}
.top nav a[aria-current=page]{color:var(--ink);background:var(--sunken);font-weight:600}
.count{display:inline-block;min-width:1.4em;padding:0 .4em;border-radius:1em;background:var(--dying);color:#1f1d1a;font-size:.75rem;font-weight:650;line-height:1.5;text-align:center;font-variant-numeric:tabular-nums}
.top .out{margin-left:.25rem}
.live{margin-left:auto;font-size:var(--text-s);font-weight:500;color:var(--ink-quiet);display:flex;align-items:center;min-width:4.5em;justify-content:flex-end}
.live span{display:none;align-items:center;gap:.45em}
.live span::before{content:'';width:.5rem;height:.5rem;border-radius:50%;background:var(--alive-ink)}
.live .live-off::before{background:var(--dying)}
[data-live=on] .live-on,[data-live=off] .live-off{display:flex}
.button{display:inline-flex;align-items:center;justify-content:center;text-decoration:none;font-weight:550;font-size:var(--text-m)}
.button.main{background:var(--ink);color:var(--paper);border-color:var(--ink)}
.button.main:hover{background:color-mix(in srgb,var(--ink) 86%,var(--paper))}
.button.bad{color:var(--gone-ink);border-color:var(--gone-ink)}
.button[aria-pressed=true]{background:var(--sunken);font-weight:650}
.out .button,.preferences .button{font-size:var(--text-s);min-height:2.25rem}
.notice{margin-top:1.25rem;padding:.7rem 1rem;border-radius:var(--round);background:color-mix(in srgb,var(--alive) 45%,var(--raised));font-weight:500}
.notice.bad{background:color-mix(in srgb,var(--dying) 26%,var(--raised))}
.head{padding-top:2.25rem;padding-bottom:1rem}
.head h1,.portrait h1{font-size:clamp(1.7rem,1.3rem + 1.6vw,2.4rem);line-height:1.15}
.head .quiet{margin-top:.35rem;max-width:44rem}
h3{font-size:var(--text-m);font-weight:620;line-height:1.4}
section>h3,#live-providers h3{margin-top:1.5rem}
.last::first-letter{text-transform:uppercase}
main>section,.pair>section,.stack>section,.topics>section,#live-providers>section{padding-block:2rem;position:relative;border-top:1px solid var(--line)}
main>.head+section{border-top:0;padding-top:1rem}
.pair{display:grid;grid-template-columns:minmax(0,1fr);column-gap:4rem}

.hero{display:grid;gap:2.5rem;padding-block:2.5rem 3rem;align-items:center}
.hero h1{font-size:clamp(2rem,1.3rem + 2.8vw,3.1rem);line-height:1.1}
:lang(zh-CN) h1{letter-spacing:-.01em}
.hero .note{margin-top:1rem;color:var(--ink-quiet);max-width:36rem}
.bar rect{fill:var(--fill);stroke:var(--paper);stroke-width:1px;vector-effect:non-scaling-stroke}
.hero .bar{height:.75rem;margin-top:1.75rem}
.legend a{text-decoration-color:transparent}
.legend a:hover{text-decoration-color:currentColor}
.tile{background:var(--sunken)}
.tile.bare{background:color-mix(in srgb,var(--fill) 9%,var(--raised))}
.tile.bare .mark{width:34%;height:34%}
.tile.bare.is-alive .outline{opacity:.4}
.tile.shows{background:var(--sunken);box-shadow:none!important}
.tile.shows img{opacity:1!important;filter:none!important}
.wall .tile.well{background:color-mix(in srgb,var(--fill) 42%,var(--paper));box-shadow:none}
.wall .tile.well img{opacity:1;filter:none}
.wall .tile.is-uploaded .outline{opacity:.75}

.needs{margin-top:1rem;border-top:1px solid var(--line)}
.needs li{border-bottom:1px solid var(--line)}
.needs a{display:grid;grid-template-columns:1.1rem 1fr;gap:.6rem;padding:.7rem 0;text-decoration:none;align-items:baseline}
.needs a:hover span{text-decoration:underline;text-underline-offset:.2em}
.well-note{margin-top:1rem;color:var(--ink-quiet)}
.feed{margin-top:1rem}
.feed li{display:grid;grid-template-columns:1.1rem minmax(0,1fr) auto;gap:.6rem;padding:.42rem 0;border-bottom:1px solid var(--line);align-items:baseline}
.feed time{color:var(--ink-quiet);font-size:var(--text-s);white-space:nowrap}
.chart{margin-top:1.25rem;min-height:22rem}
@media (scripting:none){.chart{display:none}.live{visibility:hidden}}
.u-legend{font-size:var(--text-s);text-align:left!important;color:var(--ink-quiet);margin:.5rem 0 0!important;width:auto!important}
.u-legend th,.u-legend td{border:0;padding:.15rem .35rem!important;display:inline-block!important}
.u-legend .u-series{padding-right:.75rem}
.u-legend .u-marker{border-radius:.2rem}
.blank{margin-top:1rem;padding:1.75rem 1.25rem;border-radius:var(--round);background:var(--sunken);color:var(--ink-quiet)}
.meters{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(14rem,100%),1fr));gap:1.25rem 2.5rem;margin-top:1.25rem}
.meters dt{font-size:var(--text-s);color:var(--ink-quiet)}
.meters dd{margin:0}
.meters b{font-size:1.5rem;font-weight:640;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.meter{width:100%;height:.4rem;border-radius:.2rem;background:var(--line);margin-top:.4rem;overflow:hidden}
.meter rect{fill:var(--alive-ink)}
.slowed{color:var(--throttled-ink);margin-top:.4rem}
/* What lies further is told by a shadow at the edge. */
.scroll{overflow-x:auto;border-radius:.25rem;background:linear-gradient(to right,var(--paper) 40%,transparent) 0 0/3rem 100% no-repeat local,linear-gradient(to left,var(--paper) 40%,transparent) 100% 0/3rem 100% no-repeat local,linear-gradient(to right,var(--shade),transparent) 0 0/.9rem 100% no-repeat scroll,linear-gradient(to left,var(--shade),transparent) 100% 0/.9rem 100% no-repeat scroll}
.scroll{--shade:color-mix(in srgb,var(--ink) 22%,transparent)}
.texts :is(th,td){text-align:left;padding-left:0;padding-right:1.5rem}
.scroll table{min-width:100%;width:max-content}
td:not(:first-child) time{white-space:nowrap}
.zero{color:var(--ink-quiet)}
.tag{display:inline-block;font-size:.75rem;font-weight:600;padding:.05rem .5rem;border-radius:1rem;background:var(--sunken);color:var(--ink-quiet)}
tr.now td{font-weight:640}

.filters{display:flex;flex-wrap:wrap;gap:.75rem;align-items:end;margin-bottom:1rem}
.field{display:grid;gap:.25rem;flex:1 1 12rem;max-width:24rem}
.field label,label{font-size:var(--text-s);color:var(--ink-quiet)}
.field input,.field select{width:100%}
.chip{text-decoration:none}
.chip .mark{width:.9em;height:.9em}
.chip[aria-current]{background:var(--ink);color:var(--paper);border-color:var(--ink)}
.chip[aria-current] :is(.n,.mark){color:inherit}
.bulk{margin-top:1.25rem;display:flex;flex-wrap:wrap;align-items:center;gap:.75rem}
.busy{display:none}
.htmx-request .busy,form.htmx-request .busy{display:inline}
.filters .busy{align-self:end;line-height:2.5rem}
.filters.htmx-request~#results .tile{opacity:.45}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(16rem,100%),1fr));gap:.75rem;margin-top:1rem}
.card{display:flex;flex-direction:column;background:var(--raised);border:1px solid var(--line);border-radius:var(--round);padding:1rem}
.card h2{font-size:var(--text-m);font-weight:620;margin-top:.85rem;line-height:1.35;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden}
.card h2 a{text-decoration-color:transparent}
.card h2 a:hover{text-decoration-color:currentColor}
.card form{margin-top:auto;padding-top:.75rem;display:flex;align-items:center;gap:.75rem}
.card .button{font-size:var(--text-s);min-height:2.25rem}
.two{display:grid;grid-template-columns:1fr 1fr;gap:.75rem}
.two figure{margin:0}
.two figcaption{font-size:.75rem;color:var(--ink-quiet);margin-top:.35rem;text-align:center}
.standing{display:flex;flex-wrap:wrap;gap:.25rem .6rem;align-items:center;margin-top:.35rem;font-size:var(--text-s);color:var(--ink-quiet)}
.last{margin-top:.35rem;font-size:var(--text-s);color:var(--ink-quiet)}
.none{padding:4rem 0;text-align:center;color:var(--ink-quiet)}
.none p+p{margin-top:1rem}
.paging{display:flex;gap:.75rem;justify-content:center;margin-top:1.75rem}

.crumbs{padding-top:1.75rem;font-size:var(--text-s);color:var(--ink-quiet)}
.portrait{display:grid;gap:1.5rem;padding-block:1.25rem 2.25rem}
.portrait .large{max-width:11rem}
.facts{margin-top:1rem;display:grid;gap:.15rem 2rem}
.facts>div{display:grid;grid-template-columns:minmax(7rem,9rem) minmax(0,1fr);gap:1rem;padding:.3rem 0;border-bottom:1px solid var(--line)}
.facts dt{color:var(--ink-quiet);font-size:var(--text-s)}
.facts dd{margin:0;overflow-wrap:anywhere}
.actions{display:flex;flex-wrap:wrap;gap:1rem 2rem;margin-top:1.5rem;align-items:end}
.actions form{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
.actions .upload label{flex-basis:100%}
input[type=file]{max-width:100%;padding:.3rem .5rem}
input[type=file]::file-selector-button{font:inherit;font-size:var(--text-s);color:inherit;background:var(--sunken);border:0;border-radius:.35rem;padding:.3rem .7rem;margin-right:.6rem;cursor:pointer}
.sentences{margin-top:.75rem;display:grid;gap:.6rem}
.sources{margin-top:.75rem;display:grid;gap:.75rem}
.sources code{overflow-wrap:anywhere;font-size:.8125rem}
.sources .quiet{display:block;font-size:var(--text-s)}
.copies{display:flex;flex-wrap:wrap;gap:1.25rem 2rem;margin-top:1rem}
.copies li{display:flex;gap:.9rem;align-items:center;font-size:var(--text-s)}
.copies .tile{width:4.5rem;flex:none}
.story{margin-top:1rem;border-left:2px solid var(--line);padding-left:1.5rem;display:grid;gap:1.4rem}
.story li{position:relative;min-width:0}
.story li::before{content:'';position:absolute;left:calc(-1.5rem - 6px);top:.5rem;width:10px;height:10px;border-radius:50%;background:var(--fill,var(--line-strong));box-shadow:0 0 0 3px var(--paper)}
.story .event::before{display:none}
.story .event>.line>.mark{position:absolute;left:calc(-1.5rem - 8px);top:.25rem;width:14px;height:14px;border-radius:50%;background:var(--paper);box-shadow:0 0 0 3px var(--paper)}
.story .line{display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:center}
.story .line time{color:var(--ink-quiet);font-size:var(--text-s);margin-left:auto}
.story .why{margin-top:.25rem}
.story table{font-size:var(--text-s)}
.story .facts{margin-top:.35rem;font-size:var(--text-s)}
.story .facts>div{border:0;padding:.1rem 0}
.danger details{margin-top:.5rem;font-size:var(--text-m)}
.danger form{margin-top:.75rem}

.suspects{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(25rem,100%),1fr));gap:.75rem;margin-top:1rem}
.suspect{display:grid;grid-template-columns:7rem minmax(0,1fr);gap:1.25rem;background:var(--raised);border:1px solid var(--line);border-radius:var(--round);padding:1rem}
.small .suspect{grid-template-columns:4.5rem minmax(0,1fr)}
.suspect form{display:flex;flex-wrap:wrap;gap:.5rem;margin-top:.75rem}
.suspect .button{font-size:var(--text-s);min-height:2.25rem}
.hash{font-size:var(--text-s);color:var(--ink-quiet);margin-top:.2rem}
.topics{display:grid;grid-template-columns:minmax(0,1fr);column-gap:4rem}
.rules{margin-top:.75rem}
.rules li{display:flex;flex-wrap:wrap;gap:.35rem .75rem;align-items:center;padding:.4rem 0;border-bottom:1px solid var(--line)}
.rules .n{font-weight:640;min-width:3.5rem;text-align:right;font-variant-numeric:tabular-nums}
.rules code{color:var(--ink-quiet)}
.deliveries{margin-top:1rem}
.deliveries li{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:1rem;align-items:center;padding:.85rem 0;border-top:1px solid var(--line);font-size:var(--text-s)}
.settings>div{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}
.settings dd code{overflow-wrap:anywhere}
#live-system{padding-bottom:2rem}
.meters+h3,.quiet+.bar{margin-top:.75rem}
.story th,.story td{text-align:left;padding-left:0;padding-right:1.5rem}

.sign-in{max-width:24rem;margin:clamp(2rem,9vh,7rem) auto 0;border:0!important}
.sign-in .logo{width:3.25rem;height:3.25rem}
.sign-in h1{font-size:2rem;margin-top:1.25rem}
.sign-in h1+.quiet{margin-top:.4rem}
.sign-in form{display:grid;gap:.5rem;margin-top:1.75rem}
.sign-in .button{margin-top:.5rem;min-height:2.75rem}
.sign-in input[type=password]{font-family:var(--mono);min-height:2.75rem}
.sign-in input[aria-invalid]{border-color:var(--gone-ink)}
.wrong{color:var(--gone-ink);font-size:var(--text-s);font-weight:550}
.how{margin-top:2rem;font-size:var(--text-s)}
.how code{display:inline-block;margin-top:.35rem;color:var(--ink)}
.problem{max-width:34rem;margin:clamp(2rem,9vh,7rem) auto 0;border:0!important;display:grid;gap:1rem;justify-items:start}
.problem .tile{width:6rem}
.problem h1,.empty h1{font-size:clamp(1.8rem,1.3rem + 2vw,2.6rem)}
.empty{max-width:46rem;border:0!important;display:grid;grid-template-columns:minmax(0,1fr);gap:1.25rem;padding-top:3rem!important}
.empty .notice{margin:0}
.ways{display:grid;grid-template-columns:minmax(0,1fr);gap:1.25rem}
pre{margin:.4rem 0 0;padding:.9rem 1rem;border-radius:var(--round);background:var(--sunken);overflow-x:auto;font-size:.8125rem;line-height:1.6}
footer.page{width:100%;display:flex;flex-wrap:wrap;gap:1rem;align-items:center;justify-content:space-between;padding-block:0 2rem;font-size:var(--text-s)}
footer.page::before{content:'';flex-basis:100%;border-top:1px solid var(--line);margin-bottom:.5rem}
.preferences{display:flex;flex-wrap:wrap;gap:1rem;align-items:center}
.preferences fieldset{display:flex;margin:0;padding:0;border:0}
.preferences legend{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.preferences fieldset .button{border-radius:0}
.preferences fieldset .button+.button{border-left:0}
.preferences fieldset .button:first-of-type{border-radius:.5rem 0 0 .5rem}
.preferences fieldset .button:last-of-type{border-radius:0 .5rem .5rem 0}

@media (min-width:56rem){
.settings{grid-template-columns:1fr 1fr;column-gap:4rem}
.hero{grid-template-columns:minmax(0,1.2fr) minmax(0,.8fr);gap:4.5rem}
.pair,.topics{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}
.portrait{grid-template-columns:16.5rem minmax(0,1fr);gap:3rem}
.portrait .large{max-width:none}
}
@media (max-width:56rem){
.top nav{order:9;flex:0 0 calc(100% + 3rem);margin:0 -1.5rem;overflow-x:auto;scrollbar-width:none}
.top nav ul{padding-inline:1rem;width:max-content}
}
@media (max-width:40rem){
.page{padding-inline:1rem}
.top nav{flex-basis:calc(100% + 2rem);margin-inline:-1rem}
.top nav ul{padding-inline:.35rem;gap:0}
.top nav a{padding-inline:.65rem}
.hero{padding-block:1.75rem 2.25rem;gap:2rem}
.grid{grid-template-columns:repeat(auto-fill,minmax(min(10.5rem,100%),1fr))}
.card{padding:.75rem}
.two{gap:.5rem}
.suspect{grid-template-columns:5rem minmax(0,1fr);gap:1rem}
.facts>div{grid-template-columns:6.5rem minmax(0,1fr);gap:.75rem}
.deliveries .button{padding-inline:.6rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
.story{padding-left:1.1rem}
.story li::before{left:calc(-1.1rem - 6px)}
.story .event>.line>.mark{left:calc(-1.1rem - 8px)}
.settings>div{grid-template-columns:minmax(0,1fr);gap:0}
.field{max-width:none}
}
@media (prefers-reduced-motion:no-preference){
.button,.chip,select,input,.top nav a{transition:border-color .12s,background-color .12s}
}
@media (forced-colors:active){.tile,.badge,.meter,.bar{border:1px solid}}
@media print{.top nav,.filters,.bulk,.actions,.danger,footer form,.card form{display:none}}
`
