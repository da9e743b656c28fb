// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Settings

extension ProviderKind {
    /// `kind: postmark`.
    public static let postmark = ProviderKind(
        "postmark",
        summary: "Postmark, through its HTTP API",
        sample: ["server_token: !file secrets/postmark.key"]
    ) { settings, _ in
        PostmarkSettings(settings)
    }
}

/// The settings of a `postmark` provider.
struct PostmarkSettings: ProviderSettings {
    static let defaultURL = "https://api.postmarkapp.com"
    static let defaultStream = "outbound"
    /// Postmark validates mail with this token and discards it.
    static let testToken = "POSTMARK_API_TEST"

    let http: HTTPSettings
    let token: Secret
    /// The ID of the message stream that carries the mail.
    let stream: String
    let events: EventVerification?

    init?(_ settings: SettingsReader) {
        let http = HTTPSettings(settings, defaultURL: Self.defaultURL)
        let token = settings.headerKey("server_token")
        stream = settings.string("message_stream") ?? Self.defaultStream
        if !Self.isStreamID(stream) {
            settings.note(
                "`\(stream)` is no ID of a message stream",
                key: "message_stream",
                remedy: "copy the ID from the settings of the stream, such as `outbound`: letters, digits, - and _"
            )
        }
        events = settings.basicEvents()
        guard let http, let token else { return nil }
        self.http = http
        self.token = token
    }

    func provider(_ services: ProviderServices) -> any Provider {
        HTTPProvider(PostmarkAPI(self, clock: services.clock), client: services.http(through: http.proxy))
    }

    func eventReader(_ services: ProviderServices) -> (any EventReader)? { PostmarkEvents(events) }

    private static func isStreamID(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count) && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_".utf8.contains($0) }
    }
}
