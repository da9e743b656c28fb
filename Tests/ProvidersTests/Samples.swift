// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Delivery
import GatewayTesting
import Mail
import OAuth
import Providers
import Settings
import Synchronization
import Testing

/// A plain message from `a@a.example`.
func sampleMessage(to recipients: [String] = ["b@b.example"], text: String = "hello") throws -> OutgoingMessage {
    try OutgoingMessage(
        id: "m1",
        messageID: "m1@a.example",
        date: Timestamp(milliseconds: 0),
        from: Mailbox(EmailAddress(parsing: "a@a.example")),
        recipients: recipients.map { Recipient(Mailbox(try EmailAddress(parsing: $0))) },
        subject: "x",
        text: text
    )
}

/// Settings as in a file: `key: value`, a list for several values, a map by nesting.
indirect enum SampleSettings: Sendable, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    case scalar(String)
    case list([SampleSettings])
    case map([(String, SampleSettings)])

    init(stringLiteral value: String) { self = .scalar(value) }
    init(arrayLiteral elements: SampleSettings...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, SampleSettings)...) { self = .map(elements) }

    var reader: SettingsReader { SettingsReader(node, path: "providers.p", folder: "/etc/posthaste") }

    private var node: SettingsNode {
        let place = SettingsPosition(file: "posthaste.yaml", line: 1, column: 1)
        return switch self {
        case .scalar(let text): SettingsNode(.scalar(text), at: place)
        case .list(let items): SettingsNode(.list(items.map(\.node)), at: place)
        case .map(let members):
            SettingsNode(.map(members.map { .init(key: $0.0, position: place, node: $0.1.node) }), at: place)
        }
    }
}

/// What a provider is read and built with.
struct SampleProvider {
    let context: ProviderContext
    let services: ProviderServices

    /// Speaks SMTP through libcurl; `seen` gets each endpoint, `tokens` returns the sources of tokens.
    static func sample(
        allowsChaos: Bool = false,
        http: any HTTPClient = UnreachableHTTP(),
        tokens: @escaping @Sendable (TokenRequest) -> any TokenSource = { _ in NoTokens() },
        programs: any ProgramRunner = ProgramSpawner(),
        wrapped: @escaping @Sendable (SettingsReader) -> (any ProviderSettings)? = { _ in nil },
        seen: @escaping @Sendable (SMTPEndpoint) -> Void = { _ in },
        log: @escaping @Sendable (_ line: String) -> Void = { _ in },
        clock: @escaping Clock = { Timestamp(milliseconds: 0) }
    ) -> SampleProvider {
        let services = ProviderServices(
            smtp: { endpoint in
                seen(endpoint)
                return CurlSMTPClient(endpoint)
            },
            http: http,
            tokens: tokens,
            programs: programs,
            log: { _, line, _ in log(line) },
            clock: clock
        )
        let context = ProviderContext(
            name: "p",
            concurrency: 2,
            hostName: "gateway.example",
            allowsChaos: allowsChaos,
            wrapped: wrapped
        )
        return SampleProvider(context: context, services: services)
    }
}

extension ProviderKind {
    /// Reads the settings and builds the provider; throws the first fault when that is impossible.
    func provider(_ reader: SettingsReader, _ sample: SampleProvider) throws -> any Provider {
        guard let settings = read(reader, sample.context) else { throw try #require(reader.faults().first) }
        return settings.provider(sample.services)
    }
}

/// Records the token requests.
final class Seen: Sendable {
    private let noted = Mutex<[TokenRequest]>([])

    var requests: [TokenRequest] { noted.withLock { $0 } }

    func note(_ request: TokenRequest) -> any TokenSource {
        noted.withLock { $0.append(request) }
        return NoTokens()
    }
}
