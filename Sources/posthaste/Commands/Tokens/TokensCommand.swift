// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Delivery
import OAuth
import Storage

struct TokensCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens",
        abstract: "OAuth tokens: list, import, refresh, authorize, revoke and reseal them.",
        subcommands: [
            TokensList.self, TokensImport.self, TokensRefresh.self, TokensAuthorize.self, TokensRevoke.self,
            TokensReseal.self,
        ]
    )
}

extension CommandFailure {
    init(_ error: DeliveryError) {
        self.init([error.detail, error.remedy].compactMap(\.self).joined(separator: "; "))
    }

    init(_ fault: TokenError) {
        self.init(fault.description)
    }
}
