// SPDX-License-Identifier: Apache-2.0
internal import Gateway

/// Hands messages to an SMTP server: one transaction carries all recipients of a message, Bcc ones too.
struct SMTPProvider: Provider {
    private let client: any SMTPClient
    private let credentials: SMTPCredentials

    init(_ client: any SMTPClient, credentials: SMTPCredentials) {
        self.client = client
        self.credentials = credentials
    }

    var capabilities: Capabilities { .rawMIME }

    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        let transaction = SMTPTransaction(
            credentials: credentials,
            sender: message.from.address,
            recipients: message.envelope,
            content: RawMessage.content(of: message)
        )
        return try SMTPVerdict.judge(await client.submit(transaction), recipients: message.envelope)
    }

    func probe() async throws(DeliveryError) {
        if let error = SMTPVerdict.error(of: await client.signIn(credentials)) { throw error }
    }
}
