// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import Synchronization
import Testing

@testable import Mail

@Suite struct SigningProviderTests {
    /// Keeps what it would send.
    private final class Recorder: Provider {
        let sent = Mutex<[[UInt8]]>([])

        var capabilities: Capabilities { .mime }
        var maxMessageBytes: Int? { 4711 }

        func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
            let content = MIMEWriter.message(message)
            sent.withLock { $0.append(content) }
            return Receipt(id: "1")
        }

        func probe() async throws(DeliveryError) {}
    }

    private struct Adviser: AdvisingProvider, ReconcilingProvider {
        var capabilities: Capabilities { [] }
        func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt { Receipt(id: nil) }
        func probe() async throws(DeliveryError) {}
        func advice(from senders: [EmailAddress]) async -> [ProviderAdvice] {
            [ProviderAdvice(isFault: true, "advice")]
        }
        func receipt(of message: OutgoingMessage) async throws(DeliveryError) -> Receipt? { Receipt(id: message.id) }
    }

    private static func signed(_ base: some Provider, by signers: CurrentSigners) -> any Provider {
        SigningProvider(base, signers: { signers.all }, clock: { Timestamp(milliseconds: 1_000_000) })
    }

    @Test func mailOfTheDomainIsSignedWithTheCurrentKeys() async throws {
        let (recorder, signers) = (Recorder(), CurrentSigners())
        let provider = Self.signed(recorder, by: signers)
        let key = try DKIMKey(pem: Secret(DKIMTestKeys.football))
        func names() -> [String] {
            recorder.sent.withLock { sent in
                let text = String(decoding: sent.last ?? [], as: UTF8.self)
                return text.split(separator: "DKIM-Signature: ").filter { $0.contains("relaxed;") }.map { field in
                    // From `d=` to `t=`, whatever is folded.
                    let words = field.split(whereSeparator: \.isWhitespace).prefix(6)
                    return words.dropFirst(3).joined(separator: " ")
                }
            }
        }
        _ = try await provider.send(MIMESample.message(from: "a@mail.example.org"))
        #expect(names() == [])
        signers.configure(
            [("example.org", "one"), ("mail.example.org", "two"), ("other.example", "three")].map {
                DKIMSigner(checkedDomain: $0, checkedSelector: $1, key: key)
            }
        )
        _ = try await provider.send(MIMESample.message(from: "a@mail.example.org"))
        #expect(names() == ["d=example.org; s=one; t=1000;", "d=mail.example.org; s=two; t=1000;"])
        _ = try await provider.send(MIMESample.message(from: "a@example.org"))
        #expect(names() == ["d=example.org; s=one; t=1000;"])
        _ = try await provider.send(MIMESample.message(from: "a@example.net"))
        #expect(names() == [])
        // Each of the three signatures has its room.
        #expect(provider.capabilities == recorder.capabilities && provider.maxMessageBytes == 4711 - 3 * 1024)
    }

    @Test func rolesOfTheProviderRemain() async throws {
        let (adviser, recorder) = (
            Self.signed(Adviser(), by: CurrentSigners()), Self.signed(Recorder(), by: CurrentSigners())
        )
        #expect(await (adviser as? any AdvisingProvider)?.advice(from: []).map(\.text) == ["advice"])
        #expect(try await (adviser as? any ReconcilingProvider)?.receipt(of: MIMESample.message())?.id == "msg_1")
        #expect(!(recorder is any AdvisingProvider) && !(recorder is any ReconcilingProvider))
    }
}
