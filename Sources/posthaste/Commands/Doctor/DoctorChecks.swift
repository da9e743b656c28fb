// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Foundation
import JSON
import Monitoring
import OAuth
import Queue
import Server
import Storage
import Templates

/// The checks of `doctor`, in order.
enum DoctorChecks {
    /// In bytes; with less free space a busy gateway has hours, not days.
    private static let scarce = 1 << 30
    private static let hopeless = 64 << 20

    static func run(_ options: ConfigOptions) async -> [DoctorFinding] {
        let config: LoadedConfig
        do throws(CommandFailure) {
            config = try options.load()
        } catch {
            return error.lines.map { DoctorFinding(subject: "config", verdict: .fault, detail: $0) }
        }
        var findings = [DoctorFinding(subject: "config", verdict: .ok, detail: config.file.path)]
        findings += config.warnings.map { DoctorFinding(subject: "config", verdict: .warning, detail: $0) }
        findings += await store(config)
        findings += templates(config.settings)
        findings += await tokens()
        for entry in config.read.providers { findings.append(await provider(entry)) }
        findings += await smtp(config)
        findings += await features(config)
        findings.append(disk(config.settings.store.path ?? config.settings.templates))
        return findings
    }

    private static func store(_ config: LoadedConfig) async -> [DoctorFinding] {
        let store: OpenStore
        let newest: [MessageRecord]
        do {
            store = try await OpenStore.open(config.settings.store)
            _ = store.connectTokens(config.settings)
            newest = try await store.stores.messages.list(MessageFilter(limit: 1))
        } catch let failure as CommandFailure {
            return [DoctorFinding(subject: "store", verdict: .fault, detail: failure.lines.joined(separator: "; "))]
        } catch {
            return [DoctorFinding(subject: "store", verdict: .fault, detail: "\(config.settings.store.name): \(error)")]
        }
        let opened = DoctorFinding(subject: "store", verdict: .ok, detail: config.settings.store.name)
        // A store that cannot be read was reported before.
        let unknown = ((try? await store.stores.unknownWords(alerts: Features.alerts)) ?? []).map { line in
            DoctorFinding(subject: "store", verdict: .warning, detail: line)
        }
        return [opened] + unknown + [clock(after: newest.first?.createdAt)] + (await outages(store))
    }

    /// The open alerts in the store.
    private static func outages(_ store: OpenStore) async -> [DoctorFinding] {
        // A store that cannot be read was reported before.
        let episodes = (try? await store.stores.episodes.episodes()) ?? []
        return episodes.filter(\.isOpen).map { episode in
            DoctorFinding(subject: "outage", verdict: .warning, detail: "\(episode.title), since \(episode.since)")
        }
    }

    /// Mail from the future reveals a clock that was set back.
    private static func clock(after newest: Timestamp?) -> DoctorFinding {
        let now = ProcessContext.clock()
        guard let newest, newest > now + .seconds(60) else {
            return DoctorFinding(subject: "clock", verdict: .ok, detail: "\(now)")
        }
        let detail = "it is \(now), but the newest message is of \(newest); set the clock (`timedatectl`)"
        return DoctorFinding(subject: "clock", verdict: .fault, detail: detail)
    }

    private static func templates(_ settings: GatewaySettings) -> [DoctorFinding] {
        let open = OpenTemplates(settings)
        let faults = open.library.faults
        guard !faults.isEmpty else {
            let detail = [
                Counted.text(open.library.names.count, "template"), Counted.text(open.library.brands.count, "brand"),
            ]
            .joined(separator: ", ")
            return [DoctorFinding(subject: "templates", verdict: .ok, detail: detail)]
        }
        return faults.map { DoctorFinding(subject: "templates", verdict: .fault, detail: $0.description) }
    }

    private static func tokens() async -> [DoctorFinding] {
        let sources = ProcessServices.tokens.sources
        guard !sources.isEmpty else {
            return [DoctorFinding(subject: "tokens", verdict: .ok, detail: "no provider uses OAuth tokens")]
        }
        var findings: [DoctorFinding] = []
        for source in sources {
            let status = await source.read()
            let name = "\(status.provider), \(status.account), \(status.place)"
            findings += status.warnings.map {
                DoctorFinding(subject: "tokens", verdict: .warning, detail: "\(name): \($0)")
            }
            if let forecast = status.forecast {
                let words = "\(name): the grant is likely to end on \(forecast.diesAt.utcDay): \(forecast.reason)"
                findings.append(DoctorFinding(subject: "tokens", verdict: .warning, detail: words))
            }
            if let failure = status.failure {
                let words = [failure.detail, failure.remedy].compactMap(\.self).joined(separator: "; ")
                findings.append(DoctorFinding(subject: "tokens", verdict: .fault, detail: "\(name): \(words)"))
            } else if status.warnings.isEmpty {
                findings.append(DoctorFinding(subject: "tokens", verdict: .ok, detail: name))
            }
        }
        return findings
    }

    private static func provider(_ entry: DeliverySettings.ProviderEntry) async -> DoctorFinding {
        let check = await ProviderCheck.run(entry)
        return DoctorFinding(subject: "provider", verdict: check.error == nil ? .ok : .fault, detail: check.words)
    }

    private static func features(_ config: LoadedConfig) async -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        for settings in config.features.compactMap(\.settings) {
            findings += await settings.check(.process, templates: OpenTemplates(config.settings).templates)
        }
        return findings
    }

    private static func disk(_ path: String) -> DoctorFinding {
        let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        // A file system that does not report its free space is no fault of the setup.
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        guard let free = attributes?[.systemFreeSize] as? Int else {
            return DoctorFinding(subject: "disk", verdict: .warning, detail: "\(folder): the free space is not known")
        }
        let detail = "\(free >> 20) MiB free in \(folder)"
        if free < hopeless { return DoctorFinding(subject: "disk", verdict: .fault, detail: "\(detail); make room") }
        return DoctorFinding(subject: "disk", verdict: free < scarce ? .warning : .ok, detail: detail)
    }
}

extension DoctorFinding {
    var line: String {
        MessageText.printable(MessageText.row(verdict.rawValue, MessageText.row(subject, detail)))
    }

    var json: JSON {
        .object(
            JSONObject([
                ("check", .string(subject)), ("verdict", .string(verdict.rawValue)), ("detail", .string(detail)),
            ])
        )
    }
}
