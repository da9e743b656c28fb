// SPDX-License-Identifier: Apache-2.0
import Basics
import Logging
import ServerTLS
import Synchronization

/// The certificates of all listeners, each read once and followed.
final class Certificates: Sendable {
    private let live = Mutex<[CertificateFiles: LiveCertificate]>([:])

    /// The certificate of these files.
    ///
    /// Throws when they cannot be used at the start.
    func certificate(_ files: CertificateFiles) throws(CommandFailure) -> LiveCertificate {
        if let known = live.withLock({ $0[files] }) { return known }
        do throws(CertificateFault) {
            let new = try LiveCertificate(files)
            live.withLock { $0[files] = new }
            return new
        } catch {
            throw CommandFailure("\(files.certificate): \(error.problem); \(error.remedy)")
        }
    }

    /// Reads files again that have changed, or all of them; logs what came of it.
    func refresh(isForced: Bool = false, logger: Logger) {
        for certificate in live.withLock({ Array($0.values) }) {
            let path = certificate.files.certificate
            do throws(CertificateFault) {
                guard let new = try certificate.refresh(isForced: isForced, now: ProcessContext.clock()) else {
                    continue
                }
                logger.notice(
                    "the certificate was read again",
                    metadata: ["file": "\(path)", "names": "\(new.namesText)", "expires": "\(new.notAfter)"]
                )
            } catch {
                logger.error(
                    "the new certificate is refused, the old one stays",
                    metadata: ["file": "\(path)", "fault": "\(error.problem); \(error.remedy)"]
                )
            }
        }
    }

    /// What is wrong with a certificate now, or soon: for `/readyz`.
    func warnings(now: Timestamp) -> [String] {
        live.withLock { Array($0) }.compactMap { files, certificate in
            certificate.current.warning(now: now).map { "\(files.certificate): \($0)" }
        }
    }
}

extension ServerCertificate {
    /// The names for operators.
    var namesText: String { names.isEmpty ? "none" : names.joined(separator: ", ") }

    /// Why the certificate needs the operator; nil while it is valid for two weeks or more.
    func warning(now: Timestamp) -> String? {
        if let fault = fault(at: now) { return "\(fault.problem); \(fault.remedy)" }
        guard notAfter - now < .seconds(14 * 86_400) else { return nil }
        return "the certificate expires in \((notAfter - now).words), at \(notAfter); renew it"
    }
}
