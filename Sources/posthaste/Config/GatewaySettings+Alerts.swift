// SPDX-License-Identifier: Apache-2.0
import Basics
import Mail
import Monitoring
import Queue
import Settings

extension SettingsReader {
    private static let alertKinds = ["webhook", "email", "command"]

    /// Reads the alert settings; `providers` are the existing providers.
    func alerts(providers: [String]) -> AlertSettings {
        var settings = AlertSettings()
        var queueAge: [Priority: Duration] = [:]
        var repeats: [Duration] = []
        for reader in maps("alerts") {
            if let span = reader.span("repeat_after", atLeast: .seconds(1)) { repeats.append(span) }
            for (priority, limit) in reader.queueAge() { queueAge[priority] = min(queueAge[priority] ?? limit, limit) }
            let alerts = reader.alertNames()
            guard let word = reader.string("kind", required: true) else {
                reader.passOver()
                continue
            }
            guard let kind = reader.alertKind(word, providers: providers) else { continue }
            settings.channels.append(ReceiverSettings(name: word, kind: kind, alerts: alerts))
        }
        settings.number()
        settings.watchdog = AlertEvaluator.Settings(
            repeatAfter: repeats.min() ?? AlertEvaluator.Settings().repeatAfter,
            queueAge: queueAge
        )
        return settings
    }

    private func alertKind(_ word: String, providers: [String]) -> ReceiverSettings.Kind? {
        switch word {
        case "webhook": return webhook()
        case "email": return email(providers: providers)
        case "command": return program()
        default:
            passOver()
            let nearest = NearestName.of(word, among: Self.alertKinds).map { "did you mean `\($0)`?" }
            note(
                "there is no kind of alert called `\(word)`",
                key: "kind",
                remedy: nearest ?? "the kinds are \(Self.alertKinds.joined(separator: ", "))"
            )
            return nil
        }
    }

    private func webhook() -> ReceiverSettings.Kind? {
        let secret = self.secret("secret")
        let signing = secret.flatMap { WebhookSecret($0) }
        if secret != nil, signing == nil {
            let remedy = "make one with `echo whsec_$(openssl rand -base64 32)`"
            note("expected `whsec_` and 24 to 64 bytes in base64", key: "secret", remedy: remedy)
        }
        // The URL of such a webhook is a secret: it is sufficient to post to it.
        guard let text = self.secret("url", required: true)?.exposed else { return nil }
        guard let url = HTTPURL(text), url.isSecure || url.isLoopback else {
            note("expected an https address", key: "url", remedy: "http is for loopback hosts alone")
            return nil
        }
        return .webhook(url, secret: signing)
    }

    private func email(providers: [String]) -> ReceiverSettings.Kind? {
        let to = strings("to", required: true)?.compactMap { mailbox($0, key: "to") } ?? []
        let from = string("from").flatMap { mailbox($0, key: "from") }
        let via = strings("via", required: true) ?? []
        if node("to") != nil, to.isEmpty, !hasFaults { note("there is no address in it", key: "to") }
        if node("via") != nil, via.isEmpty { note("there is no provider in it", key: "via") }
        for name in via where !providers.contains(name) {
            let nearest = NearestName.of(name, among: providers).map { "did you mean `\($0)`?" }
            let known = "the providers are \(providers.joined(separator: ", "))"
            note("there is no provider `\(name)`", key: "via", remedy: nearest ?? known)
        }
        return .email(to: to, from: from, via: via)
    }

    private func program() -> ReceiverSettings.Kind? {
        let timeout = positiveDuration("timeout") ?? CommandReceiver.usualTimeLimit
        let words = strings("run", required: true)
        if let words, !(words.first?.hasPrefix("/") ?? false) {
            let remedy = "write it like `run: [/usr/local/bin/page-on-call]`"
            note("the program needs its full path, for no shell looks for it", key: "run", remedy: remedy)
        }
        return words.map { .command($0, timeout: timeout) }
    }

    private func alertNames() -> Set<AlertName>? {
        guard let words = strings("on") else { return nil }
        let known = Features.alerts.names.map(\.rawValue)
        for word in words where !known.contains(word) {
            let nearest = NearestName.of(word, among: known).map { "did you mean `\($0)`?" }
            note(
                "there is no alert called `\(word)`",
                key: "on",
                remedy: nearest ?? "they are \(known.joined(separator: ", "))"
            )
        }
        return Set(words.map(AlertName.init(rawValue:)))
    }

    /// One limit for priority normal, or a map by priority.
    private func queueAge() -> [Priority: Duration] {
        guard let node = node("queue_age") else { return [:] }
        guard case .map = node.value, let reader = map("queue_age") else {
            return span("queue_age", atLeast: .seconds(1)).map { [.normal: $0] } ?? [:]
        }
        let limits = Priority.allCases.compactMap { priority in
            reader.span(priority.name, atLeast: .seconds(1)).map { (priority, $0) }
        }
        return Dictionary(limits) { $1 }
    }

    /// The canary of a provider; nil when there is none or it has a fault.
    func canary() -> CanarySettings? {
        guard let reader = map("canary") else { return nil }
        let every = reader.span("every", atLeast: .seconds(1)) ?? .seconds(900)
        let from = reader.string("from").flatMap { reader.mailbox($0, key: "from") }
        guard let to = reader.string("to", required: true).flatMap({ reader.mailbox($0, key: "to") }) else {
            return nil
        }
        return CanarySettings(every: every, to: to, from: from)
    }

    func mailbox(_ text: String, key: String) -> Mailbox? {
        do throws(FieldError) {
            return try Mailbox(parsing: text)
        } catch {
            note("`\(text)` is no address: \(error)", key: key, remedy: "write it like ops@example.org")
            return nil
        }
    }

    private func span(_ key: String, atLeast least: Duration) -> Duration? {
        guard let span = duration(key) else { return nil }
        if span < least { note("expected \(least.words) or more", key: key) }
        return span
    }
}
