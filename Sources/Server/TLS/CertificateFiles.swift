// SPDX-License-Identifier: Apache-2.0
import Basics
import FoundationEssentials
internal import Synchronization
import Text

/// The files of a certificate and its private key.
package struct CertificateFiles: Sendable, Hashable {
    package let certificate: String
    package let privateKey: String

    package init(certificate: String, privateKey: String) {
        (self.certificate, self.privateKey) = (certificate, privateKey)
    }

    /// Reads both files.
    ///
    /// A certificate that has expired is no fault here.
    package func load() throws(CertificateFault) -> ServerCertificate {
        let chain = try Self.content(certificate, .certificate)
        return try ServerCertificate(chain: chain, privateKey: Self.content(privateKey, .privateKey))
    }

    private static func content(_ path: String, _ file: CertificateFault.File) throws(CertificateFault) -> [UInt8] {
        do { return Array(try Data(contentsOf: URL(filePath: path))) } catch { throw .unreadable(path: path, file) }
    }

    fileprivate var stamps: [FileStamp?] { [FileStamp(path: certificate), FileStamp(path: privateKey)] }
}

/// The current certificate of listeners: it follows its files.
package final class LiveCertificate: Sendable {
    private struct State {
        var certificate: ServerCertificate
        var stamps: [FileStamp?]
    }

    package let files: CertificateFiles
    private let state: Mutex<State>

    /// Reads the files.
    package init(_ files: CertificateFiles) throws(CertificateFault) {
        self.files = files
        let stamps = files.stamps
        state = Mutex(State(certificate: try files.load(), stamps: stamps))
    }

    package var current: ServerCertificate { state.withLock { $0.certificate } }

    /// Reads the files again when they have changed, or in any case when `isForced`: the new certificate, or nil.
    ///
    /// After a fault the old certificate stays, until the files change once more.
    package func refresh(isForced: Bool = false) throws(CertificateFault) -> ServerCertificate? {
        let stamps = files.stamps
        let isNew = state.withLock { state in
            guard isForced || state.stamps != stamps else { return false }
            state.stamps = stamps
            return true
        }
        guard isNew else { return nil }
        let certificate = try files.load()
        state.withLock { $0.certificate = certificate }
        return certificate
    }
}
