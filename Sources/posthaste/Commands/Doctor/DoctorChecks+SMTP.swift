// SPDX-License-Identifier: Apache-2.0
import Basics
import SMTPServer
import Server
import ServerTLS
import Settings
import Storage
import Submission

extension DoctorChecks {
    /// The SMTP listeners: their addresses, their certificate, and the keys of `trusted`.
    static func smtp(_ config: LoadedConfig) async -> [DoctorFinding] {
        guard let smtp = config.settings.smtp else { return [] }
        var findings: [DoctorFinding] = []
        for (position, listener) in smtp.listeners.enumerated() {
            findings.append(await address(listener, "`smtp.listen[\(position)].address`", smtp))
        }
        if smtp.usesTLS, let files = smtp.certificate { findings.append(certificate(files)) }
        return findings + (await trustedKeys(smtp, config.settings.store))
    }

    /// A port that is in use is fine when this gateway uses it.
    private static func address(
        _ listener: SMTPListener,
        _ setting: String,
        _ smtp: SMTPListeningSettings
    ) async -> DoctorFinding {
        let failure: ListenFailure
        do {
            try await SMTPServer.tryListening(on: listener.address)
            return DoctorFinding(subject: "smtp", verdict: .ok, detail: "\(listener.address) is free")
        } catch {
            failure = ListenFailure(error)
        }
        if failure == .inUse {
            let found = await SMTPProbe.run(
                smtp.target(listener),
                user: "",
                key: nil,
                mail: nil,
                now: ProcessContext.clock()
            )
            if found.contains(where: { $0.subject == "greeting" && $0.detail.contains("ESMTP Posthaste") }) {
                return DoctorFinding(subject: "smtp", verdict: .ok, detail: "\(listener.address) answers")
            }
        }
        let words = failure.words("\(listener.address)", setting: setting)
        return DoctorFinding(subject: "smtp", verdict: .fault, detail: words)
    }

    private static func certificate(_ files: CertificateFiles) -> DoctorFinding {
        do throws(CertificateFault) {
            let certificate = try files.load()
            let warning = certificate.warning(now: ProcessContext.clock())
            let detail = warning ?? "for \(certificate.namesText), until \(certificate.notAfter)"
            return DoctorFinding(
                subject: "certificate",
                verdict: warning == nil ? .ok : .warning,
                detail: "\(files.certificate): \(detail)"
            )
        } catch {
            let detail = "\(files.certificate): \(error.problem); \(error.remedy)"
            return DoctorFinding(subject: "certificate", verdict: .fault, detail: detail)
        }
    }

    private static func trustedKeys(_ smtp: SMTPListeningSettings, _ store: StoreSettings) async -> [DoctorFinding] {
        guard !smtp.trusted.isEmpty else { return [] }
        // A store that cannot be opened was reported before.
        guard let keys = try? await OpenStore.open(store).stores.keys.keys() else { return [] }
        return smtp.trusted.compactMap { trust -> DoctorFinding? in
            let known = keys.filter { $0.name == trust.key && $0.revokedAt == nil }
            if known.contains(where: { $0.scopes.contains(.send) }) { return nil }
            let problem =
                known.isEmpty ? "there is no API key `\(trust.key)`" : "the API key `\(trust.key)` lacks the scope send"
            let remedy = "make one with `posthaste keys create --name \(trust.key) --scopes send`"
            return DoctorFinding(
                subject: "smtp",
                verdict: .fault,
                detail: "`smtp.trusted` for \(trust.network): \(problem); \(remedy)"
            )
        }
    }
}

extension SMTPListeningSettings {
    /// How a client on this machine reaches a listener.
    func target(_ listener: SMTPListener) -> SMTPProbe.Target {
        let host = listener.address.host
        return SMTPProbe.Target(
            host: host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host,
            port: listener.address.port,
            name: hostname,
            isImplicit: listener.security == .implicit
        )
    }
}
