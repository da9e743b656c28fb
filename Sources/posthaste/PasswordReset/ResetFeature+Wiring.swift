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
    /// Creates the feature, which sends through `acceptance` like any other sender and binds the late values of its mail at
    /// hand-over.
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

    /// Applies new settings, and logs faults that prevent its mail from being sent.
    func configure(_ config: ResetConfig?, _ templates: OpenTemplates, _ logger: Logger) {
        configure(config)
        for fault in config?.faults(in: templates.templates) ?? [] {
            logger.error("password reset cannot send its mail", metadata: ["fault": "\(fault)"])
        }
    }

    /// Drops expired tokens and counts.
    func purge(_ logger: Logger) async {
        do throws(DatabaseError) { try await purge() } catch {
            logger.error("expired reset tokens cannot be dropped", metadata: ["error": "\(error)"])
        }
    }
}

extension ResetConfig {
    /// The findings of `doctor`: whether the directory accepts the sign-in, and whether the mail can be rendered.
    func findings(_ templates: OpenTemplates) async -> [DoctorFinding] {
        let faults = faults(in: templates.templates)
        return [await directoryFinding]
            + faults.map { DoctorFinding(subject: "password reset", verdict: .fault, detail: $0) }
    }

    private var directoryFinding: DoctorFinding {
        get async {
            do throws(DirectoryError) {
                try await directory.directory(.process).check()
                return DoctorFinding(subject: "password reset", verdict: .ok, detail: directory.words)
            } catch {
                return DoctorFinding(subject: "password reset", verdict: .fault, detail: "\(directory.words): \(error)")
            }
        }
    }
}

extension ResetConfig.Dependencies {
    /// Reads the dependencies from the settings and the files that they name.
    init(_ settings: GatewaySettings) {
        self.init(
            brands: BrandFolders.names(in: settings.templates) ?? [],
            defaultBrand: settings.defaultBrand,
            publicURL: settings.publicURL
        ) { host, brand in
            // Evaluated at most once, and only with password reset on, because it reads a folder.
            let found = TemplateLibrary(folder: settings.templates).snapshot.brand(brand)
            guard let found, !found.mayLink(to: host) else { return nil }
            return found.linkHosts
        }
    }
}

extension ResetServices {
    /// The clock, the random generator and the network of this process.
    static let process = ResetServices(
        http: ProcessServices.http,
        parse: { try JSONReader.read($0) },
        ids: IDs(clock: ProcessContext.clock, random: ProcessContext.random),
        clock: ProcessContext.clock,
        random: ProcessContext.random
    )
}
