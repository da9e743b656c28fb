// SPDX-License-Identifier: Apache-2.0

extension ProviderKind {
    /// `kind: ses`.
    public static let ses = ProviderKind("ses", summary: "Amazon SES, through its API (v2)") { reader, context in
        SESSettings(reader, context)
    }
}
