// SPDX-License-Identifier: Apache-2.0
internal import Gateway

/// Hands messages to an SMTP server: one transaction carries all recipients of a message, Bcc ones too.
struct SMTPProvider: Provider {
    private let client: any SMTPClient
    private let signIn: SMTPSignIn

    init(_ client: any SMTPClient, signIn: SMTPSignIn) {
        self.client = client
        self.signIn = signIn
    }

    var capabilities: Capabilities { .rawMIME }

    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        let content = RawMessage.content(of: message)
        let outcome = try await signIn.run { credentials in
            await client.submit(
                SMTPTransaction(
                    credentials: credentials,
                    sender: message.from.address,
                    recipients: message.envelope,
                    content: content
                )
            )
        }
        return try SMTPVerdict.judge(outcome, recipients: message.envelope)
    }

    func probe() async throws(DeliveryError) {
        let outcome = try await signIn.run { await client.signIn($0) }
        if let error = SMTPVerdict.error(of: outcome) { throw error }
    }
}
