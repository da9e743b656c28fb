// SPDX-License-Identifier: Apache-2.0
import Boundary
import Delivery
import GatewayTesting
import Mail
import Settings
import Synchronization
import Testing

@testable import Providers

/// A provider of a kind that reaches a stand-in of its service over loopback.
struct ServiceBench<Service: StandInMailService> {
    let server: MailServiceServer<Service>
    let provider: any AdvisingProvider

    init(_ kind: ProviderKind, _ service: Service, _ settings: [(String, SampleSettings)]) throws {
        server = try MailServiceServer(service)
        let reader = SampleSettings.map([("api_url", .scalar(server.origin))] + settings).reader
        let built = try kind.provider(reader, .sample(http: CurlHTTPClient(userAgent: "")))
        provider = try #require(built as? any AdvisingProvider)
    }

    /// The error of one attempt; nil when it was accepted.
    func failure(of message: OutgoingMessage) async -> DeliveryError? {
        do throws(DeliveryError) {
            _ = try await provider.send(message)
            return nil
        } catch {
            return error
        }
    }

    /// The error of a probe; nil when it found none.
    func fault() async -> DeliveryError? {
        do throws(DeliveryError) {
            try await provider.probe()
            return nil
        } catch {
            return error
        }
    }
}

/// The same for the conformance suite; a connection that is cut within a small body looks as if it were cut after it.
final class ServiceUnderTest<Service: StandInMailService>: ProviderUnderTest {
    private let bench: Mutex<ServiceBench<Service>>
    private let open: @Sendable () throws -> ServiceBench<Service>
    private let refusal: HTTPResponse
    private let refusedLogin: HTTPResponse
    private let adapt: @Sendable (any Provider) -> any Provider

    init(
        refusal: HTTPResponse,
        refusedLogin: HTTPResponse,
        adapt: @escaping @Sendable (any Provider) -> any Provider = { $0 },
        open: @escaping @Sendable () throws -> ServiceBench<Service>
    ) throws {
        (self.open, self.refusal, self.refusedLogin, self.adapt) = (open, refusal, refusedLogin, adapt)
        bench = Mutex(try open())
    }

    deinit { bench.withLock { $0.server.stop() } }

    var provider: any Provider { adapt(bench.withLock { $0.provider }) }

    func behave(_ behaviour: ServiceBehaviour) async -> Bool {
        guard behaviour != .cutsBeforeTheEnd, let next = try? open() else { return false }
        bench.withLock { bench in
            bench.server.stop()
            bench = next
        }
        switch behaviour {
        case .takesAll, .cutsBeforeTheEnd: break
        case .refuses: next.server.always(.answer(refusal))
        case .putsOff: next.server.always(.answer(HTTPResponse(status: 503)))
        case .refusesLogin: next.server.always(.answer(refusedLogin))
        case .isAway: next.server.stop()
        case .cutsAfterTheEnd: next.server.always(.actAndCut)
        case .hangs: next.server.always(.hang)
        }
        return true
    }

    func taken() async -> [TakenMessage]? { bench.withLock { $0.server.service.taken.map(\.mail) } }
}
