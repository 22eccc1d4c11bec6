/// How pages look, in light and in dark, on paper, a screen and a phone.
enum PageStyle {
    static let text = """
        :root {
          color-scheme: light dark;
          --paper: #fff; --ink: #1c1e21; --quiet: #5b6067; --line: #e2e4e8; --tint: #f6f7f8;
          --link: #1f5fbf; --bar: #8fa9cf; --path: #1f4f9f; --bad: #b3261e; --good: #18703f; --busy: #7a5200;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #14161a; --ink: #e6e8eb; --quiet: #9aa1aa; --line: #2b2f36; --tint: #1b1e23;
            --link: #8ab4ff; --bar: #4a648e; --path: #9dc0ff; --bad: #ff8f87; --good: #6ccf97; --busy: #e0b25c;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0 auto; padding: 1rem 1.25rem 4rem; max-width: 76rem; background: var(--paper); color: var(--ink);
          font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums;
        }
        header { color: var(--quiet); padding-bottom: .5rem; border-bottom: 1px solid var(--line); }
        h1 { font-size: 1.5rem; font-weight: 600; margin: 1.25rem 0 .25rem; }
        h2 { font-size: 1rem; font-weight: 600; margin: 2rem 0 .25rem; }
        a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: .15em; }
        a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
        p { margin: .25rem 0; }
        .quiet, dt, th[scope=col], caption { color: var(--quiet); font-weight: 400; }
        .mono, code, pre { font: 13px/1.5 ui-monospace, monospace; }
        .message { white-space: pre-wrap; color: var(--bad); }
        .state, time { white-space: nowrap; }
        .failed { color: var(--bad); } .done { color: var(--good); } .running { color: var(--busy); }
        .lost, .waiting, .idle { color: var(--quiet); }
        dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .75rem 1.5rem; margin: 1rem 0; }
        dl div { min-width: 0; }
        dd { margin: 0; }
        h1, p, dd, summary, th[scope=row], figcaption { overflow-wrap: anywhere; }
        table { width: 100%; border-collapse: collapse; margin: .25rem 0; }
        caption { text-align: left; padding-bottom: .25rem; }
        th, td { text-align: left; vertical-align: top; padding: .4rem 1rem .4rem 0; border-bottom: 1px solid var(--line); }
        th[scope=row] { font-weight: 500; width: 45%; }
        th:last-child, td:last-child { padding-right: 0; }
        .number { text-align: right; white-space: nowrap; }
        details { font-weight: 400; }
        summary { cursor: pointer; color: var(--quiet); }
        .why { font-weight: 400; color: var(--quiet); margin: 0; }
        details ul, details ol { margin: .25rem 0; padding-left: 1.25rem; font-weight: 400; }
        figure { margin: .5rem 0; }
        figcaption { color: var(--quiet); }
        svg { display: block; width: 100%; overflow: hidden; }
        svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
        svg .tick { fill: var(--quiet); } svg line { stroke: var(--line); }
        svg rect { fill: var(--bar); }
        svg .path { fill: var(--path); } svg text.path { fill: var(--ink); font-weight: 600; }
        svg .bad { fill: var(--paper); stroke: var(--bad); stroke-dasharray: 3 2; } svg text.bad { fill: var(--bad); stroke: none; }
        @media (max-width: 44rem) {
          body { padding: .75rem .75rem 3rem; }
          th, td { padding-right: .6rem; }
          .spare { display: none; }
          thead { position: absolute; clip-path: inset(50%); }
          tbody tr { display: flex; flex-wrap: wrap; gap: 0 1rem; border-bottom: 1px solid var(--line); padding-bottom: .4rem; }
          tbody th, tbody td { border: 0; padding: .4rem 0 0; }
          th[scope=row] { flex: 0 0 100%; padding-right: 0; }
        }
        @media print { body { max-width: none; } details > * { display: block; } }
        """
}
