// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Mail

/// Demo users from the settings, for trying a reset without an identity server.
///
/// Accepts any password that the gateway's own rules allow, and stores none.
package struct DemoDirectory: Directory {
    private let users: [Mailbox]

    package init(users: [Mailbox]) {
        self.users = users
    }

    package func user(with address: EmailAddress) async throws(DirectoryError) -> DirectoryUser? {
        let found = users.first { $0.address.canonical == address.canonical }
        return found.map { DirectoryUser(id: "demo:\($0.address)", address: $0.address, name: $0.name) }
    }

    package func setPassword(_ password: Secret, of userID: String) async throws(DirectoryError) {
        guard users.contains(where: { "demo:\($0.address)" == userID }) else { throw .gone }
    }

    package func endSessions(of userID: String) async throws(DirectoryError) {}

    package func passwordRules() async throws(DirectoryError) -> [PasswordRule] { [] }
}
