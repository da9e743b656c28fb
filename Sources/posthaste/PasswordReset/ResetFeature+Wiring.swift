// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Logging
import Monitoring
import PasswordReset
import SQL
import Storage
import Submission
import Templates

extension ResetFeature {
    /// Sends through `acceptance` like any other sender, and gives the late values of its mail at hand-over.
    static func wired(
        _ store: OpenStore,
        _ acceptance: MessageSubmission,
        _ builder: MessageBuilder,
        _ trail: ResetJournal,
        _ metrics: Metrics
    ) -> ResetFeature {
        let feature = ResetFeature(world: .process, database: store.stores.features, trail: trail) {
            mail throws(Problem) in
            let id = try await acceptance.accept(mail)
            if id != nil { metrics.accepted(1) }
            return id
        }
        builder.register(feature, as: ResetBinder.name)
        return feature
    }

    /// Takes new settings, and says what keeps the mail from being sent.
    func configure(_ config: ResetConfig?, _ templates: OpenTemplates, _ logger: Logger) {
        configure(config)
        for fault in config?.faults(in: templates.templates) ?? [] {
            logger.error("password reset cannot send its mail", metadata: ["fault": "\(fault)"])
        }
    }

    /// Drops what is of no use any more.
    func purge(_ logger: Logger) async {
        do throws(DatabaseError) { try await purge() } catch {
            logger.error("expired reset tokens cannot be dropped", metadata: ["error": "\(error)"])
        }
    }
}

extension ResetConfig {
    /// What `doctor` says: whether the directory lets us in, and whether the mail can be written.
    func findings(_ templates: OpenTemplates) async -> [DoctorFinding] {
        let faults = faults(in: templates.templates)
        return [await directoryFinding]
            + faults.map { DoctorFinding(subject: "password reset", verdict: .fault, detail: $0) }
    }

    private var directoryFinding: DoctorFinding {
        get async {
            do throws(DirectoryFailure) {
                try await directory.directory(.process).check()
                return DoctorFinding(subject: "password reset", verdict: .ok, detail: directory.words)
            } catch {
                return DoctorFinding(subject: "password reset", verdict: .fault, detail: "\(directory.words): \(error)")
            }
        }
    }
}

extension ResetConfig.Dependencies {
    /// What the settings and the files that they name tell.
    init(_ settings: GatewaySettings) {
        self.init(
            brands: BrandFolders.names(in: settings.templates) ?? [],
            defaultBrand: settings.defaultBrand,
            publicURL: settings.publicURL
        ) { host, brand in
            // Asked once at most, and only where password reset is on: reading a folder takes its time.
            let found = TemplateLibrary(folder: settings.templates).snapshot.brand(brand)
            guard let found, !found.mayLink(to: host) else { return nil }
            return found.linkHosts
        }
    }
}

extension ResetServices {
    /// The clock, the chance and the network of this process.
    static let process = ResetServices(
        http: ProcessServices.http,
        parse: { try JSONReader.read($0) },
        ids: IDs(clock: ProcessContext.clock, random: ProcessContext.random),
        clock: ProcessContext.clock,
        random: ProcessContext.random
    )
}
