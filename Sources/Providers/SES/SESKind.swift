// SPDX-License-Identifier: Apache-2.0

extension ProviderKind {
    /// `kind: ses`.
    public static let ses = ProviderKind(
        "ses",
        summary: "Amazon SES, through its API (v2)",
        sample: [
            "region: eu-central-1", "access_key_id: AKIAIOSFODNN7EXAMPLE", "secret_access_key: !file secrets/ses.key",
        ]
    ) { reader, context in
        SESSettings(reader, context)
    }
}
