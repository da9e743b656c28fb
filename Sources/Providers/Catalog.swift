// SPDX-License-Identifier: Apache-2.0

/// Every kind of provider that comes with the gateway.
///
/// Adding one is a folder and a line here.
public let builtInProviders: [ProviderKind] = [
    .capture,
    .chaos,
    .command,
    .gmail,
    .smtp,
]
