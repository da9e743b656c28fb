// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import OAuth
import Settings

/// The settings of a `ses` provider.
struct SESSettings: ProviderSettings {
    /// The value of `credentials` for those of the machine.
    static let environmentWord = "environment"

    let name: String
    let http: HTTPSettings
    let region: String
    let configurationSet: String?
    /// The keys in the settings; nil when the environment has the credentials.
    let keys: AWSCredentials?
    let tokens: TokenRequest?
    let events: EventVerification?

    /// Reads the settings; notes all faults, and returns nil when there is one.
    init?(_ reader: SettingsReader, _ context: ProviderContext) {
        let region = reader.sesRegion()
        let http = HTTPSettings(reader, defaultURL: region.map(Self.defaultURL))
        let configurationSet = reader.sesConfigurationSet()
        let isInEnvironment = reader.choice("credentials", of: [Self.environmentWord]) != nil
        let keys = reader.awsKeys(isInEnvironment: isInEnvironment)
        events = reader.notificationEvents()
        guard !reader.hasFaults, let http, let region, isInEnvironment || keys != nil else { return nil }
        name = context.name
        self.http = http
        self.region = region
        self.configurationSet = configurationSet
        self.keys = keys
        tokens = isInEnvironment ? Self.request(context.name, http.proxy) : nil
    }

    func provider(_ services: ProviderServices) -> any Provider {
        let api = SESAPI(self, clock: services.clock)
        return HTTPProvider(api, client: services.http(through: http.proxy), tokens: tokens.map(services.tokens))
    }

    func eventReader(_ services: ProviderServices) -> (any EventReader)? {
        SESEvents(events, client: services.http(through: http.proxy))
    }

    /// The address of the service in a region, by the partition of AWS that the region is in.
    static func defaultURL(_ region: String) -> String {
        let domain =
            if region.hasPrefix("cn-") {
                "amazonaws.com.cn"
            } else if region.hasPrefix("eusc-") {
                "amazonaws.eu"
            } else {
                "amazonaws.com"
            }
        return "https://email.\(region).\(domain)"
    }

    private static func request(_ provider: String, _ proxy: ProxyChoice?) -> TokenRequest {
        var request = TokenRequest(provider: provider, kind: "ses", account: "AWS", place: .environment)
        request.proxy = proxy
        return request
    }
}

extension SettingsReader {
    fileprivate func sesRegion() -> String? {
        guard let region = string("region", required: true) else { return nil }
        let parts = region.split(separator: "-", omittingEmptySubsequences: false)
        let isRegion =
            (3...5).contains(parts.count) && parts.last?.utf8.allSatisfy(\.isASCIIDigit) == true
            && parts.dropLast().allSatisfy { part in
                !part.isEmpty && part.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
            } && parts.last?.isEmpty == false
        guard isRegion else {
            note("`\(region)` is no region of AWS", key: "region", remedy: "write it like eu-central-1, without a zone")
            return nil
        }
        return region
    }

    fileprivate func sesConfigurationSet() -> String? {
        guard let name = string("configuration_set") else { return nil }
        let isName =
            (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == 0x2D || $0 == 0x5F }
        if !isName {
            note(
                "`\(name)` is no name of a configuration set",
                key: "configuration_set",
                remedy: "write its name: up to 64 letters, digits, `-` and `_`"
            )
        }
        return name
    }

    /// The keys in the settings; nil when there are none, or when they have a fault, which is noted.
    fileprivate func awsKeys(isInEnvironment: Bool) -> AWSCredentials? {
        let isNeeded = !isInEnvironment && node("credentials") == nil
        let id = secret("access_key_id")
        let key = secret("secret_access_key")
        let session = secret("session_token")
        if isInEnvironment {
            if id != nil || key != nil || session != nil {
                note(
                    "`credentials: environment` and keys of AWS exclude each other",
                    key: "credentials",
                    remedy: "remove `credentials`, or `access_key_id`, `secret_access_key` and `session_token`"
                )
            }
            return nil
        }
        for (name, value) in [("access_key_id", id), ("secret_access_key", key)] where isNeeded && value == nil {
            note("`\(name)` is missing", remedy: "add `\(name):` here, or write `credentials: environment`")
        }
        for (name, value) in [("access_key_id", id), ("secret_access_key", key), ("session_token", session)] {
            guard let text = value?.exposed, text.isEmpty || !AWSCredentials.isVisible(text) else { continue }
            note("the key is empty, or holds a blank or a line break", key: name, remedy: "copy it again, without them")
        }
        checkKeyID(id, hasSession: session != nil)
        guard let id, let key else { return nil }
        return AWSCredentials(accessKeyID: id.exposed, secretAccessKey: key, sessionToken: session)
    }

    private func checkKeyID(_ id: Secret?, hasSession: Bool) {
        guard let id = id?.exposed, !id.isEmpty, AWSCredentials.isVisible(id) else { return }
        if !id.utf8.allSatisfy({ $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") }) {
            note(
                "this is no access key id, which has letters and digits only",
                key: "access_key_id",
                remedy: "write the id, such as AKIAIOSFODNN7EXAMPLE, and the secret under `secret_access_key`"
            )
        }
        if id.hasPrefix("ASIA"), !hasSession {
            note(
                "an access key id that begins with ASIA is temporary and needs `session_token`",
                key: "access_key_id",
                remedy: "add `session_token:`, or write `credentials: environment`, which renews the keys"
            )
        }
    }
}
