// SPDX-License-Identifier: Apache-2.0

/// The style sheet of a page in the brand's colours.
package struct PageStyle: Sendable, Hashable {
    let css: String

    init(_ brand: PageBrand) {
        css = """
            :root { color-scheme: light dark; \(Self.variables(brand.light)) }
            @media (prefers-color-scheme: dark) { :root { \(Self.variables(brand.dark)) } }
            body { font-family: \(brand.font); }
            \(Self.rules)
            """
    }

    private static func variables(_ palette: PagePalette) -> String {
        let colours: KeyValuePairs = [
            "background": palette.background, "head": palette.head, "foot": palette.foot, "surface": palette.surface,
            "text": palette.text, "muted": palette.muted, "link": palette.link, "fault": palette.fault,
            "border": palette.border, "primary": palette.primary, "on-primary": palette.onPrimary,
        ]
        return colours.map { "--\($0.key): \($0.value.css);" }.joined(separator: " ")
    }

    private static let rules = """
        *, ::before, ::after { box-sizing: border-box; }
        [hidden] { display: none !important; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        body { margin: 0; min-height: 100vh; padding: 2.5rem 1rem; background: var(--background);
          color: var(--head); font-size: 1rem; line-height: 1.5; overflow-wrap: break-word; }
        header, main, footer { max-width: 28rem; margin-inline: auto; }
        header { margin-block-end: 1.5rem; font-size: 1.25rem; font-weight: 700; text-align: center; }
        header img { display: inline-block; max-width: 100%; max-height: 6rem; height: auto; vertical-align: middle; }
        main { padding: 2rem; background: var(--surface); color: var(--text); border: 1px solid var(--border);
          border-block-start: 4px solid var(--primary); border-radius: 0.5rem; }
        h1 { margin: 0 0 0.75rem; font-size: 1.5rem; line-height: 1.25; text-wrap: balance; }
        p, ul { margin: 0 0 1rem; }
        main > :last-child, main form > :last-child, .alert > :last-child { margin-block-end: 0; }
        a { color: var(--link); text-underline-offset: 0.15em; }
        label { display: block; font-weight: 600; margin-block-end: 0.375rem; }
        .field { display: block; width: 100%; min-height: 3rem; margin-block-end: 1rem; padding: 0.5rem 0.75rem;
          font: inherit; color: var(--text); background: var(--surface); border: 1px solid var(--muted);
          border-radius: 0.375rem; }
        .field[aria-invalid] { border: 2px solid var(--fault); }
        .switch { display: flex; align-items: center; min-height: 2.75rem; margin: -0.5rem 0 0.5rem; }
        .switch label { margin: 0; padding-block: 0.5rem; padding-inline: 0.625rem 0.5rem; font-weight: 400; }
        .switch input { flex: none; width: 1.25rem; height: 1.25rem; margin: 0; accent-color: var(--link); }
        .rules { margin-block-end: 1.25rem; color: var(--muted); font-size: 0.9375rem; }
        .rules p { margin: 0; }
        .rules ul, .alert ul { margin: 0.25rem 0 0; padding-inline-start: 1.25rem; }
        .alert { margin-block-end: 1.25rem; padding: 0.75rem 1rem; border: 1px solid var(--fault);
          border-inline-start-width: 5px; border-radius: 0.375rem; }
        .alert p { margin: 0; }
        .button { display: block; width: 100%; min-height: 3rem; padding: 0.75rem 1.25rem; font: inherit;
          font-weight: 600; line-height: 1.5rem; text-align: center; text-decoration: none; cursor: pointer;
          color: var(--on-primary); background: var(--primary); border: 1px solid transparent;
          border-radius: 0.375rem; }
        .button:hover { text-decoration: underline; }
        .note { color: var(--muted); font-size: 0.9375rem; }
        :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
        footer :focus-visible { outline-color: var(--foot); }
        footer { margin-block-start: 1.5rem; color: var(--foot); font-size: 0.875rem; text-align: center; }
        footer a { color: var(--foot); display: inline-block; padding-block: 0.25rem; }
        footer p { margin: 0 0 0.75rem; }
        footer li { display: inline-block; margin-inline: 0.5rem; }
        footer ul { margin: 0 0 0.75rem; padding: 0; list-style: none; }
        .away { position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; overflow: hidden;
          clip-path: inset(50%); border: 0; white-space: nowrap; }
        @media (max-width: 30rem) { body { padding-block: 1.25rem; } main { padding: 1.5rem 1.25rem; } }
        """
}
