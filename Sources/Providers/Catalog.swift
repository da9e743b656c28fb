// SPDX-License-Identifier: Apache-2.0

/// All built-in kinds of providers.
///
/// A new kind needs a folder and a line here.
public let builtInProviders: [ProviderKind] = [
    .brevo,
    .capture,
    .chaos,
    .command,
    .gmail,
    .graph,
    .mailgun,
    .mailjet,
    .plugin,
    .postmark,
    .resend,
    .sendgrid,
    .ses,
    .smtp,
    .sparkpost,
]
