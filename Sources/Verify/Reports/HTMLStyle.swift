/// How a page looks: on a screen in light or dark, and on paper.
///
/// Every pair of colours that text uses has a contrast of at least 4.5 to 1; a test reckons it.
enum HTMLStyle {
  static let sheet: StaticString = """

    :root {
      color-scheme: light dark;
      --page: #fbfaf8; --card: #ffffff; --ink: #1f2328; --soft: #57606a; --line: #dcdad5;
      --good: #1a6b36; --good-back: #e6f3ea; --loss: #7a5200; --loss-back: #fbf1da;
      --bad: #a3202a; --bad-back: #fbe9e9; --note: #2b5797; --note-back: #e8eff8;
      --heap: #b4632c; --stack: #7a4fa3; --anonymous: #2f6fb0; --file: #3b7d55;
      --shared: #a8325e; --kernel: #6e7681; --other: #8a7a3f;
      --sans: system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif;
      --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #15181c; --card: #1c2025; --ink: #e3e6ea; --soft: #a2abb5; --line: #343a42;
        --good: #7bd199; --good-back: #17301f; --loss: #e8bf6a; --loss-back: #33280f;
        --bad: #ff9a9a; --bad-back: #3a1b1d; --note: #9ec1f5; --note-back: #1a283c;
        --heap: #d98b55; --stack: #a981d1; --anonymous: #6aa5e0; --file: #6bb58a;
        --shared: #db6f97; --kernel: #98a1ab; --other: #c2ae63;
      }
    }
    * { box-sizing: border-box; }
    html { background: var(--page); }
    body {
      margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 68rem; color: var(--ink);
      background: var(--page); font: 1rem/1.55 var(--sans);
      font-variant-numeric: tabular-nums; overflow-wrap: break-word;
    }
    h1 { font-size: 1.35rem; line-height: 1.3; font-weight: 600; margin: 0; overflow-wrap: anywhere; }
    h2 { font-size: 1.15rem; font-weight: 600; margin: 3rem 0 .9rem; }
    h3 { font-size: 1rem; font-weight: 600; margin: 1.75rem 0 .6rem; }
    p { margin: .4rem 0; max-width: 46rem; }
    code, .code { font-family: var(--mono); font-size: .875em; overflow-wrap: anywhere; }
    .soft { color: var(--soft); }
    .eyebrow { color: var(--soft); font-size: .875rem; margin: 0 0 .35rem; }
    .skip { position: absolute; left: -999rem; }
    .skip:focus { position: static; }
    :focus-visible { outline: 2px solid var(--note); outline-offset: 2px; }
    a { color: var(--note); }

    .verdict {
      margin: 1.5rem 0 0; padding: 1.1rem 1.35rem; border-radius: .6rem; border-left: .4rem solid;
    }
    .verdict strong { display: block; font-size: 1.6rem; line-height: 1.25; font-weight: 650; }
    .verdict p { color: var(--ink); }
    .good { color: var(--good); background: var(--good-back); border-color: var(--good); }
    .loss { color: var(--loss); background: var(--loss-back); border-color: var(--loss); }
    .bad { color: var(--bad); background: var(--bad-back); border-color: var(--bad); }
    .note { color: var(--note); background: var(--note-back); border-color: var(--note); }

    nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1.15rem; margin: 1.2rem 0 0;
      padding: 0; font-size: .9rem; }

    .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr));
      gap: .9rem 1.75rem; margin: 0; }
    .facts div { min-width: 0; }
    .facts .wide { grid-column: 1 / -1; }
    .facts dt { color: var(--soft); font-size: .8125rem; }
    .facts dd { margin: 0; overflow-wrap: anywhere; }

    .finding { background: var(--card); border: 1px solid var(--line); border-left: .3rem solid;
      border-radius: .5rem; padding: .95rem 1.2rem; margin: 0 0 .85rem; break-inside: avoid; }
    .finding h4 { margin: 0; font-size: 1rem; font-weight: 600; }
    .finding .where { color: var(--soft); margin: .1rem 0 .45rem; }
    .reasons { margin: .75rem 0; padding-left: 1.2rem; }
    .reasons details { margin: .1rem 0 .5rem; }
    .columns { columns: 17rem; margin: .4rem 0; padding: 0; list-style: none; }
    .finding.error { border-left-color: var(--bad); }
    .finding.warning { border-left-color: var(--loss); }
    .finding.info { border-left-color: var(--note); }
    .tag { display: inline-block; border-radius: .3rem; padding: .05rem .45rem; margin-right: .5rem;
      font-size: .8125rem; font-weight: 600; }
    .do { margin: .55rem 0 0; padding: 0; list-style: none; }
    .do li { padding-left: 1.4rem; text-indent: -1.4rem; }
    .do li::before { content: "\\2192"; display: inline-block; width: 1.4rem; text-indent: 0;
      color: var(--soft); }
    .values { margin: .5rem 0; }
    .values div { display: flex; gap: .75rem; align-items: baseline; }
    .values dt { color: var(--soft); flex: 0 0 5rem; font-size: .875rem; }
    .values dd { margin: 0; min-width: 0; overflow-wrap: anywhere; font-family: var(--mono);
      font-size: .875rem; }

    .scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line);
      border-radius: .5rem; margin: .75rem 0; }
    table { border-collapse: collapse; width: 100%; font-size: .875rem; line-height: 1.45; }
    caption { text-align: left; padding: .65rem .9rem .2rem; color: var(--soft); font-size: .8125rem; }
    th, td { text-align: left; vertical-align: top; padding: .38rem .9rem; font-weight: 400; }
    thead th { color: var(--soft); font-size: .8125rem; white-space: nowrap;
      border-bottom: 1px solid var(--line); }
    tbody tr + tr > * { border-top: 1px solid var(--line); }
    .number { text-align: right; white-space: nowrap; }
    tbody th.text code { display: inline-block; min-width: 5rem; max-width: 26rem;
      overflow-wrap: break-word; }
    thead th, .list td.text:not(:last-child) { white-space: nowrap; }
    .sides tbody th { width: 9rem; } .sides td { width: 50%; }
    td.text code { white-space: normal; }
    .tree { white-space: pre; font-family: var(--mono); color: var(--soft); }

    details { margin: .75rem 0; }
    summary { cursor: pointer; padding: .3rem 0; color: var(--note); }

    .maps { display: grid; grid-template-columns: max-content 1fr; gap: .4rem .9rem;
      align-items: center; margin: .5rem 0; font-size: .8125rem; }
    .map { display: block; width: 100%; height: 1.25rem; border-radius: .3rem;
      background: var(--line); }
    .legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: 0 0 .5rem;
      padding: 0; font-size: .8125rem; color: var(--soft); }
    .swatch { display: inline-block; width: .75rem; height: .75rem; border-radius: .15rem;
      margin-right: .4rem; vertical-align: -.05rem; }
    .k-heap { fill: var(--heap); background: var(--heap); }
    .k-stack { fill: var(--stack); background: var(--stack); }
    .k-anonymous { fill: var(--anonymous); background: var(--anonymous); }
    .k-file { fill: var(--file); background: var(--file); }
    .k-shared { fill: var(--shared); background: var(--shared); }
    .k-kernel { fill: var(--kernel); background: var(--kernel); }
    .k-other { fill: var(--other); background: var(--other); }

    .removed { color: var(--bad); } .added { color: var(--good); } .changed { color: var(--loss); }
    .changes tbody th { width: 32%; }
    .changes td:nth-child(2) { width: 7rem; }
    .line { display: block; }
    .fact { display: inline-block; margin-right: .9rem; }
    .arrow { color: var(--soft); padding: 0 .3rem; }
    footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--line);
      color: var(--soft); font-size: .875rem; }

    @media (max-width: 40rem) { body { padding: 1.5rem 1rem 3rem; } }
    @media print {
      :root { color-scheme: light; --page: #ffffff; --card: #ffffff; --ink: #000000;
        --soft: #444444; --line: #bbbbbb; --good: #1a6b36; --good-back: #ffffff; --loss: #7a5200;
        --loss-back: #ffffff; --bad: #a3202a; --bad-back: #ffffff; --note: #2b5797;
        --note-back: #ffffff; --heap: #b4632c; --stack: #7a4fa3; --anonymous: #2f6fb0;
        --file: #3b7d55; --shared: #a8325e; --kernel: #6e7681; --other: #8a7a3f; }
      body { padding: 0; max-width: none; font-size: 10pt; }
      nav, .skip { display: none; }
      .scroll { overflow: visible; border: 0; }
      h2, h3 { break-after: avoid; }
      tr, .finding, .verdict, .facts div, .maps { break-inside: avoid; }
      .facts { grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: .5rem 1rem; }
      h2 { margin-top: 1.75rem; }
      thead { display: table-header-group; }
      .verdict { border: 1px solid; border-left-width: .4rem; }
      .map, .swatch { print-color-adjust: exact; }
    }

    """
}
